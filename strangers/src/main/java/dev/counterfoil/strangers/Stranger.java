package dev.counterfoil.strangers;

/** A verifier that we did not write, for the tokens of one issuer. */
@FunctionalInterface
interface Stranger {
  /**
   * Verifies a token.
   *
   * @throws Exception when it is refused, for whatever reason
   */
  void verify(String token) throws Exception;
}
