package dev.counterfoil.testing.verdicts;

/** A fault that is put into a part of the world, and must be found: the judges' own control. */
enum Planted {
  /** Whoever misses a token in what is published calls it forged at once. */
  MISSING_IS_CALLED_FORGED("is called forged"),
  /** What is refused for its form is not reported, whoever signed it. */
  MALFORMED_IS_NOT_REPORTED("left no finding"),
  /** The verifier takes every token whose signature is good. */
  SIGNATURE_IS_ENOUGH("a forged token is verified"),
  /** The signer releases tokens whose record did not reach the disk. */
  SIGNS_WITHOUT_RECORD("is not in the record"),
  /** A trace looks a token's identifier up, and not the token. */
  ITS_IDENTIFIER_IS_ENOUGH("is said to be issued"),
  /** What a custodian says that it holds it does not. */
  HELD_IS_NOT_THERE("is said to be held");

  /** Part of what the judge says. */
  final String found;

  Planted(String found) {
    this.found = found;
  }
}
