package dev.counterfoil.scan.key;

import dev.counterfoil.scan.finding.Layout;
import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;
import dev.counterfoil.scan.sweep.Sweep;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Looks for the exponents d, dp and dq of an RSA key where they stand alone.
 *
 * <p><b>d</b> is known by its high end, without a hint: {@code e·d = 1 + k·φ(n)/g} for some k below
 * e, where g divides p-1 and q-1, and therefore n-1 too. φ(n) is n but for its lower half, so that
 * {@code e·g·d/n} is a whole number but for one part in 2^(bits/2). With L a multiple of every g
 * that comes into question, {@code e·L·d/n} is one too, whatever g is.
 *
 * <p><b>dp</b> and <b>dq</b> are known by their low end: {@code e·dp = 1 + k·(p-1)}, and the hint
 * gives p, and with n also q, modulo 2^32. So k follows from the low bits of dp, and has to be
 * below e: 17 bits of 32.
 *
 * <p>This is tried beside blocks of 64 bytes that are as random as the inside of an exponent; one
 * in 10^8 random blocks is taken for something else.
 */
final class RsaExponents {
  /** Largest common divisor of p-1 and q-1 that is tried: one key in 3,000 has a larger one. */
  static final int DIVISOR_MAX = 4096;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int LONG_BITS = 64;

  /** Bits behind the point of {@code e·L·d/n} that are looked at. */
  private static final int FRACTION_BITS = 24;

  /** How far from a whole number it may be, in units of the last of those bits. */
  private static final int FRACTION_NEAR = 4;

  private static final int LEADING_ZEROS_MAX = 2;
  private static final int LOW_BYTES = 4;

  private static final BigInteger E = BigInteger.valueOf(65537);

  private final String kid;
  private final BigInteger n;
  private final int bytesOfN;
  private final BigInteger divisors;
  private final long scale;
  private final Prime p;
  private final Prime q;

  /**
   * A prime of the modulus, as far as it is known.
   *
   * @param exponent the name of what belongs to it
   * @param twos how often 2 divides p-1
   * @param inverse of the rest of p-1
   */
  private record Prime(String exponent, int twos, int inverse) {
    static Prime of(String exponent, int low) {
      int twos = Math.min(Integer.numberOfTrailingZeros(low - 1), 31);
      return new Prime(exponent, twos, inverseOf((low - 1) >>> twos));
    }
  }

  /**
   * Prepares the search.
   *
   * @param n the modulus; the public exponent is 65537
   * @param pLow the low 32 bits of one prime
   */
  RsaExponents(String kid, BigInteger n, int pLow) {
    this.kid = kid;
    this.n = n;
    this.bytesOfN = n.bitLength() / 8;
    this.divisors = commonMultiple(n.subtract(BigInteger.ONE));
    this.scale =
        E.multiply(divisors)
            .shiftLeft(n.bitLength() - LONG_BITS + LONG_BITS + FRACTION_BITS)
            .divide(n)
            .longValueExact();
    this.p = Prime.of("rsa-dp", pLow);
    this.q = Prime.of("rsa-dq", n.intValue() * inverseOf(pLow));
  }

  /**
   * The least common multiple of the divisors of n-1 that p-1 and q-1 may share, cut where it gets
   * too large for the arithmetic; the smaller ones are the likelier.
   */
  private static BigInteger commonMultiple(BigInteger before) {
    BigInteger multiple = BigInteger.ONE;
    for (int g = 2; g <= DIVISOR_MAX; g++) {
      BigInteger divisor = BigInteger.valueOf(g);
      if (before.mod(divisor).signum() == 0) {
        BigInteger larger = multiple.divide(multiple.gcd(divisor)).multiply(divisor);
        multiple = larger.bitLength() <= 20 ? larger : multiple;
      }
    }
    return multiple;
  }

  /** The inverse of an odd number modulo 2^32, by Newton's iteration. */
  static int inverseOf(int odd) {
    int inverse = odd;
    for (int bits = 3; bits < 32; bits *= 2) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  /** Looks at what begins or ends in a stretch; eight bytes can be read at each of its places. */
  void lookAt(byte[] bytes, int from, int to, int limit, Trail trail, ScanFindings findings) {
    // Copies, so that the loop keeps them in registers.
    long factor = scale;
    int exponent = E.intValue();
    int pTwos = p.twos;
    int pInverse = p.inverse;
    int qTwos = q.twos;
    int qInverse = q.inverse;
    for (int at = from; at < to; at++) {
      long eight = (long) LONG.get(bytes, at);
      long reversed = Long.reverseBytes(eight);
      int low = exponent * (int) eight - 1;
      int high = exponent * (int) (reversed >>> 32) - 1;
      boolean d =
          isNearWhole(reversed, factor)
              || isNearWhole(eight, factor)
              || isNearWhole(Long.rotateLeft(eight, 32), factor);
      boolean half =
          isSmall(low * pInverse, pTwos, exponent)
              || isSmall(low * qInverse, qTwos, exponent)
              || isSmall(high * pInverse, pTwos, exponent)
              || isSmall(high * qInverse, qTwos, exponent);
      if (d) {
        if (isNearWhole(reversed, factor)) {
          testD(Layout.BIG_ENDIAN, bytes, at, limit, trail, findings);
        }
        if (isNearWhole(eight, factor)) {
          testD(Layout.LITTLE_ENDIAN, bytes, at + 8 - bytesOfN, limit, trail, findings);
        }
        if (isNearWhole(Long.rotateLeft(eight, 32), factor)) {
          testD(Layout.WORDS, bytes, at, limit, trail, findings);
        }
      }
      if (half) {
        for (Layout layout : Layout.values()) {
          int first = layout == Layout.BIG_ENDIAN ? high : low;
          testHalf(layout, p, bytes, at, first, limit, trail, findings);
          testHalf(layout, q, bytes, at, first, limit, trail, findings);
        }
      }
    }
  }

  /** Whether these can be the high 64 bits of d. */
  private static boolean isNearWhole(long high, long scale) {
    long number = Math.unsignedMultiplyHigh(high, scale) + FRACTION_NEAR;
    // Small numbers, of which memory is full, are near zero.
    return (number & (1 << FRACTION_BITS) - 1) <= 2 * FRACTION_NEAR && number >= 1 << FRACTION_BITS;
  }

  /**
   * Whether a number is k·2^twos with k below e: what is not a multiple of 2^twos is turned into a
   * large one.
   */
  private static boolean isSmall(int multiple, int twos, int e) {
    return Integer.compareUnsigned(Integer.rotateRight(multiple, twos), e) < 0;
  }

  private void testD(
      Layout layout, byte[] bytes, int from, int limit, Trail trail, ScanFindings findings) {
    // Leading zeros that were left out make d larger by 2^8, which is near a whole number, too.
    int leftOut = layout == Layout.BIG_ENDIAN ? LEADING_ZEROS_MAX : 0;
    for (int zeros = 0; zeros <= leftOut; zeros++) {
      byte[] number = Secret.number(layout, bytes, from - zeros, limit, bytesOfN, zeros);
      Arrays.fill(number, 0, Math.min(zeros, number.length), (byte) 0);
      if (number.length > 0 && isD(new BigInteger(1, number))) {
        findings.ours("rsa-d", kid, Optional.of(layout), trail, from);
        return;
      }
    }
  }

  /** Whether d with e gives the factors of n: {@code e·d - 1 = k·φ(n)/g}. */
  private boolean isD(BigInteger d) {
    BigInteger multiple = E.multiply(d).subtract(BigInteger.ONE);
    // The nearest whole number to L·(e·d-1)/n is L·k/g, since φ(n) is nearly n.
    BigInteger rounded = multiple.multiply(divisors).add(n.shiftRight(1)).divide(n);
    if (rounded.signum() <= 0) {
      return false;
    }
    BigInteger[] phi = multiple.multiply(divisors).divideAndRemainder(rounded);
    return phi[1].signum() == 0 && isSumOfPrimes(n.add(BigInteger.ONE).subtract(phi[0]));
  }

  /** Whether p + q is this, so that p and q are the roots of x² - sum·x + n. */
  private boolean isSumOfPrimes(BigInteger sum) {
    if (sum.signum() <= 0 || sum.bitLength() > n.bitLength() / 2 + 2) {
      return false;
    }
    BigInteger square = sum.multiply(sum).subtract(n.shiftLeft(2));
    return square.signum() >= 0 && square.sqrtAndRemainder()[1].signum() == 0;
  }

  /**
   * Tests a window for the exponent of a prime.
   *
   * @param right e times its low bits, less 1, which is k·(p-1) modulo 2^32
   */
  private void testHalf(
      Layout layout,
      Prime prime,
      byte[] bytes,
      int at,
      int right,
      int limit,
      Trail trail,
      ScanFindings findings) {
    int k = Integer.rotateRight(right * prime.inverse, prime.twos);
    if (k <= 0 || k >= E.intValue()) {
      return;
    }
    int length = bytesOfN / 2;
    int from = layout == Layout.LITTLE_ENDIAN ? at : at + LOW_BYTES - length;
    byte[] number = Secret.number(layout, bytes, from, limit, length, LEADING_ZEROS_MAX);
    for (int zeros = 0; zeros <= LEADING_ZEROS_MAX && number.length > 0; zeros++) {
      if (isHalf(new BigInteger(1, number), k)) {
        findings.ours(prime.exponent, kid, Optional.of(layout), trail, Math.max(0, from));
        return;
      }
      number[zeros] = 0;
    }
  }

  private boolean isHalf(BigInteger x, int k) {
    BigInteger[] divided =
        E.multiply(x).subtract(BigInteger.ONE).divideAndRemainder(BigInteger.valueOf(k));
    BigInteger prime = divided[0].add(BigInteger.ONE);
    return divided[1].signum() == 0
        && prime.compareTo(BigInteger.ONE) > 0
        && prime.compareTo(n) < 0
        && n.mod(prime).signum() == 0;
  }

  /** The search for the exponents of some keys, beside random blocks. */
  static Sweep.BlockSearch search(List<RsaExponents> keys) {
    return new Blocks(List.copyOf(keys));
  }

  /** Tells random blocks from others, once for all keys. */
  private record Blocks(List<RsaExponents> keys) implements Sweep.BlockSearch {
    private static final int BLOCK = 64;
    private static final int ZEROS_MAX = 6;
    private static final int HIGH_MIN = 8;
    private static final long LOWEST = 0x0101010101010101L;
    private static final long HIGHEST = LOWEST << 7;
    private static final int EDGE = 16;

    @Override
    public void search(
        byte[] bytes, int from, int to, int limit, Trail trail, ScanFindings findings) {
      boolean before = isRandom(bytes, from - BLOCK, limit);
      boolean here = isRandom(bytes, from, limit);
      for (int block = from; block < to; block += BLOCK) {
        boolean behind = isRandom(bytes, block + BLOCK, limit);
        if (before || behind) {
          int end = Math.min(block + BLOCK, limit);
          for (RsaExponents key : keys) {
            key.lookAt(bytes, block, Math.min(end, limit - 7), limit, trail, findings);
          }
          if (end > limit - 7) {
            lookAtEnd(bytes, Math.max(0, limit - EDGE), limit, trail, findings);
          }
        }
        before = here;
        here = behind;
      }
    }

    /** The last bytes, where eight cannot be read any more: a copy with zeros behind them. */
    private void lookAtEnd(byte[] bytes, int from, int limit, Trail trail, ScanFindings findings) {
      byte[] padded = Arrays.copyOf(bytes, limit + EDGE);
      for (RsaExponents key : keys) {
        key.lookAt(padded, from, limit, limit, trail, findings);
      }
    }

    private static boolean isRandom(byte[] bytes, int at, int limit) {
      if (at < 0 || at + BLOCK > limit) {
        return true;
      }
      int zeros = 0;
      long high = 0;
      for (int i = at; i < at + BLOCK; i += 8) {
        long eight = (long) LONG.get(bytes, i);
        high += eight >>> 7 & LOWEST;
        // Zero bytes, and now and then a one above a zero.
        zeros += Long.bitCount(eight - LOWEST & ~eight & HIGHEST);
      }
      long negative = (high * LOWEST) >>> 56;
      return zeros <= ZEROS_MAX && negative >= HIGH_MIN && negative <= BLOCK - HIGH_MIN;
    }
  }
}
