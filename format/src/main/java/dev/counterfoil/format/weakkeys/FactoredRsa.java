package dev.counterfoil.format.weakkeys;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * RSA keys that an attacker factors in a second, besides those of {@link WeakRsa}. The check takes
 * about as long, so it is made where a key is registered, and not where one is read. Three large
 * primes, or one of them twice, are no fault: nobody else finds them.
 */
public final class FactoredRsa {
  /** Largest prime factor that is divided by. */
  private static final int FACTOR_MAX = 1 << 20;

  /** Largest prime power in p - 1 with which Pollard's method finds p. */
  private static final int SMOOTH_MAX = 1 << 13;

  /** How far from a root of the modulus factors are looked for. */
  private static final int NEAR = 2048;

  /** The largest degree of these roots. */
  private static final int NEAR_DEGREE_MAX = 5;

  /** What is wrong with a modulus. */
  public enum Fault {
    SMALL_FACTOR("has a prime factor below 2^20"),
    POWER("is a power of a number"),
    NEAR_ROOT("has a factor next to one of its roots"),
    SMOOTH("has a prime factor p for which p - 1 has small factors alone");

    private final String words;

    Fault(String words) {
      this.words = words;
    }

    /** To be read behind "the modulus". */
    public String words() {
      return words;
    }
  }

  private FactoredRsa() {}

  /** What is wrong with an odd modulus; empty where nothing is found. */
  public static Optional<Fault> fault(BigInteger modulus) {
    if (hasFactor(modulus, Tables.PRODUCT)) {
      return Optional.of(Fault.SMALL_FACTOR);
    }
    // A root has no small factor either, so that it has more than twenty bits.
    for (int degree = 2; degree <= modulus.bitLength() / 20; degree++) {
      BigInteger root = root(modulus, degree);
      if (root.pow(degree).equals(modulus)) {
        return Optional.of(Fault.POWER);
      }
      if (degree <= NEAR_DEGREE_MAX && hasFactor(modulus, around(root, modulus))) {
        return Optional.of(Fault.NEAR_ROOT);
      }
    }
    BigInteger power = BigInteger.TWO.modPow(Tables.SMOOTH, modulus).subtract(BigInteger.ONE);
    return hasFactor(modulus, power) ? Optional.of(Fault.SMOOTH) : Optional.empty();
  }

  private static boolean hasFactor(BigInteger modulus, BigInteger number) {
    return !number.mod(modulus).gcd(modulus).equals(BigInteger.ONE);
  }

  private static BigInteger around(BigInteger root, BigInteger modulus) {
    BigInteger product = BigInteger.ONE;
    BigInteger number = root.subtract(BigInteger.valueOf(NEAR));
    for (int i = 0; i <= 2 * NEAR; i++) {
      product = product.multiply(number).mod(modulus);
      number = number.add(BigInteger.ONE);
    }
    return product;
  }

  /** The whole part of a root, by Newton's method from above. */
  private static BigInteger root(BigInteger number, int degree) {
    BigInteger of = BigInteger.valueOf(degree);
    BigInteger less = BigInteger.valueOf(degree - 1);
    BigInteger root = BigInteger.ONE.shiftLeft((number.bitLength() + degree - 1) / degree);
    while (true) {
      BigInteger next = root.multiply(less).add(number.divide(root.pow(degree - 1))).divide(of);
      if (next.compareTo(root) >= 0) {
        return root;
      }
      root = next;
    }
  }

  /** Made when the first key is registered. */
  private static final class Tables {
    static final BigInteger PRODUCT = product(false);

    /** A multiple of each number whose prime powers are small. */
    static final BigInteger SMOOTH = product(true);

    private static BigInteger product(boolean isPowers) {
      int max = isPowers ? SMOOTH_MAX : FACTOR_MAX;
      BitSet composite = new BitSet(max);
      List<BigInteger> factors = new ArrayList<>();
      for (int candidate = 2; candidate < max; candidate++) {
        if (composite.get(candidate)) {
          continue;
        }
        long power = candidate;
        while (isPowers && power * candidate < max) {
          power *= candidate;
        }
        factors.add(BigInteger.valueOf(power));
        for (long multiple = 2L * candidate; multiple < max; multiple += candidate) {
          composite.set((int) multiple);
        }
      }
      return product(factors);
    }

    /** In pairs: one after the other takes a hundred times as long. */
    private static BigInteger product(List<BigInteger> factors) {
      if (factors.size() == 1) {
        return factors.get(0);
      }
      int half = factors.size() / 2;
      return product(factors.subList(0, half))
          .multiply(product(factors.subList(half, factors.size())));
    }
  }
}
