package dev.counterfoil.assess;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;

/** Marks of RSA keys whose private half can be computed from the public one. */
final class WeakRsa {
  private static final BigInteger GENERATOR = BigInteger.valueOf(65_537);

  /**
   * The odd primes of the 39 that the flawed library multiplied for its shortest keys; longer keys
   * use more.
   */
  private static final List<BigInteger> PRIMES =
      IntStream.rangeClosed(3, 167)
          .mapToObj(BigInteger::valueOf)
          .filter(candidate -> candidate.isProbablePrime(30))
          .toList();

  private WeakRsa() {}

  /**
   * Whether the modulus carries the fingerprint of CVE-2017-15361 ("The Return of Coppersmith's
   * Attack", CCS 2017, section 3.2): its primes are powers of 65537 modulo the product of small
   * primes, so the modulus is one modulo each of them. An honest modulus passes all of them with a
   * chance of about 2^-27.
   */
  static boolean hasRocaFingerprint(BigInteger modulus) {
    return PRIMES.stream().allMatch(prime -> isPowerOfGenerator(modulus.mod(prime), prime));
  }

  private static boolean isPowerOfGenerator(BigInteger residue, BigInteger prime) {
    BigInteger power = BigInteger.ONE;
    do {
      if (power.equals(residue)) {
        return true;
      }
      power = power.multiply(GENERATOR).mod(prime);
    } while (!power.equals(BigInteger.ONE));
    return false;
  }

  /** Whether two different moduli have a prime in common. */
  static boolean shareFactor(BigInteger one, BigInteger other) {
    return !one.equals(other) && !one.gcd(other).equals(BigInteger.ONE);
  }
}
