package dev.counterfoil.format.weakkeys;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** RSA keys whose private half follows from what is public. */
public final class WeakRsa {
  private static final BigInteger GENERATOR = BigInteger.valueOf(65_537);

  /**
   * The largest of the 39 primes that the flawed library multiplied for its shortest keys; longer
   * keys use more.
   */
  private static final int ROCA_PRIME_MAX = 167;

  private static final int SMALL_FACTOR_MAX = 1 << 16;

  /** Steps of Fermat's method: what is found at all by it is found in the first ones. */
  private static final int FERMAT_STEPS = 16;

  private static final List<BigInteger> ODD_PRIMES = oddPrimes();
  private static final BigInteger PRODUCT =
      ODD_PRIMES.stream().reduce(BigInteger.ONE, BigInteger::multiply);

  /** What is wrong with a modulus. */
  public enum Fault {
    /** CVE-2017-15361. */
    ROCA("carries the mark of a broken generator (ROCA, CVE-2017-15361)"),
    SMALL_FACTOR("has a prime factor below 65536"),
    CLOSE_FACTORS("has two factors that lie next to each other");

    private final String words;

    Fault(String words) {
      this.words = words;
    }

    /** To be read behind "the modulus". */
    public String words() {
      return words;
    }
  }

  private WeakRsa() {}

  /** What is wrong with an odd modulus; empty for a good one. */
  public static Optional<Fault> fault(BigInteger modulus) {
    // The mark of ROCA rules a factor below 167 out, so that the order is of no consequence.
    if (hasRocaFingerprint(modulus)) {
      return Optional.of(Fault.ROCA);
    }
    if (!modulus.gcd(PRODUCT).equals(BigInteger.ONE)) {
      return Optional.of(Fault.SMALL_FACTOR);
    }
    return hasCloseFactors(modulus) ? Optional.of(Fault.CLOSE_FACTORS) : Optional.empty();
  }

  /**
   * Whether the modulus carries the fingerprint of CVE-2017-15361 ("The Return of Coppersmith's
   * Attack", CCS 2017, section 3.2): its primes are powers of 65537 modulo the product of small
   * primes, so the modulus is one modulo each of them. An honest modulus passes all of them with a
   * chance of about 2^-27.
   */
  private static boolean hasRocaFingerprint(BigInteger modulus) {
    return ODD_PRIMES.stream()
        .takeWhile(prime -> prime.intValue() <= ROCA_PRIME_MAX)
        .allMatch(prime -> isPowerOfGenerator(modulus.mod(prime), prime));
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

  /** Fermat's method (CVE-2022-26320): the modulus is a difference of squares close to its root. */
  private static boolean hasCloseFactors(BigInteger modulus) {
    BigInteger[] root = modulus.sqrtAndRemainder();
    if (root[1].signum() == 0) {
      return true;
    }
    BigInteger a = root[0].add(BigInteger.ONE);
    for (int i = 0; i < FERMAT_STEPS; i++) {
      if (isSquare(a.multiply(a).subtract(modulus))) {
        return true;
      }
      a = a.add(BigInteger.ONE);
    }
    return false;
  }

  private static boolean isSquare(BigInteger number) {
    // A square ends in the bits of 0, 1, 4 or 9: most numbers are no square at a glance.
    int end = number.intValue() & 0xf;
    return (end == 0 || end == 1 || end == 4 || end == 9)
        && number.sqrtAndRemainder()[1].signum() == 0;
  }

  /**
   * Whether two different moduli have a prime in common: one division then factors both.
   *
   * @param others moduli; one that is the same is passed over, since its owner is the same
   */
  public static boolean sharesFactor(BigInteger modulus, Iterable<BigInteger> others) {
    BigInteger product = BigInteger.ONE;
    for (BigInteger other : others) {
      if (!other.equals(modulus)) {
        product = product.multiply(other).mod(modulus);
      }
    }
    return !product.gcd(modulus).equals(BigInteger.ONE);
  }

  private static List<BigInteger> oddPrimes() {
    BitSet composite = new BitSet(SMALL_FACTOR_MAX);
    List<BigInteger> primes = new ArrayList<>();
    for (int candidate = 3; candidate < SMALL_FACTOR_MAX; candidate += 2) {
      if (!composite.get(candidate)) {
        primes.add(BigInteger.valueOf(candidate));
        for (int multiple = 3 * candidate; multiple < SMALL_FACTOR_MAX; multiple += 2 * candidate) {
          composite.set(multiple);
        }
      }
    }
    return List.copyOf(primes);
  }
}
