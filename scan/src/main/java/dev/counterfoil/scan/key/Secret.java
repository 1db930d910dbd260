package dev.counterfoil.scan.key;

import dev.counterfoil.scan.finding.Layout;
import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;
import dev.counterfoil.scan.sweep.Bytes;
import dev.counterfoil.scan.sweep.Sweep;
import java.util.Arrays;
import java.util.Optional;

/**
 * A number that is a private key of ours or as good as one. Some of its low-order bits are known;
 * whether a window of bytes is the number, the public key says.
 *
 * @param what its name in reports
 * @param kid the key's name
 * @param length in bytes
 * @param mask bits of its low-order four bytes that are known
 * @param value of those bits
 * @param leadingZerosMax bytes that an encoding may have left out because they are zero
 * @param proof decides
 */
record Secret(
    String what, String kid, int length, int mask, int value, int leadingZerosMax, Proof proof) {
  /** Different values that random bytes of 32 have at least: all but one in 2^61. */
  static final int DISTINCT_MIN = 15;

  private static final int CHECKED_BYTES = 32;

  /** Decides by the public key. */
  @FunctionalInterface
  interface Proof {
    /** Whether it is the number, big-endian, in all of its length. */
    boolean isIt(byte[] number);
  }

  /** Looks for it in each order of bytes. */
  void addTo(Sweep.Builder sweep) {
    for (int low = 0; low < 1 << 16; low++) {
      if (((low ^ value) & mask & 0xffff) == 0) {
        sweep.at(low, this::lookLittleEndian);
        sweep.at(low >>> 8 | (low & 0xff) << 8, this::lookBigEndian);
      }
    }
  }

  private void lookBigEndian(byte[] bytes, int at, int limit, Trail trail, ScanFindings findings) {
    int end = at + 2;
    if (end - 4 >= 0
        && end <= limit
        && fits(Integer.reverseBytes(Bytes.littleEndian(bytes, end - 4)))) {
      test(Layout.BIG_ENDIAN, bytes, end - length, limit, trail, findings);
    }
  }

  private void lookLittleEndian(
      byte[] bytes, int at, int limit, Trail trail, ScanFindings findings) {
    if (at + 4 <= limit && fits(Bytes.littleEndian(bytes, at))) {
      test(Layout.LITTLE_ENDIAN, bytes, at, limit, trail, findings);
      test(Layout.WORDS, bytes, at + 4 - length, limit, trail, findings);
    }
  }

  private boolean fits(int low) {
    return ((low ^ value) & mask) == 0;
  }

  /**
   * Tests a window that may begin before what can be read, as far as only zeros are left out there.
   */
  private void test(
      Layout layout, byte[] bytes, int from, int limit, Trail trail, ScanFindings findings) {
    byte[] number = number(layout, bytes, from, limit, length, leadingZerosMax);
    if (number.length > 0
        && Bytes.distinct(number, length - CHECKED_BYTES, length)
            >= DISTINCT_MIN - leadingZerosMax / 4
        && isIt(number)) {
      findings.ours(what, kid, Optional.of(layout), trail, Math.max(0, from));
      Arrays.fill(number, (byte) 0);
    }
  }

  private boolean isIt(byte[] number) {
    if (proof.isIt(number)) {
      return true;
    }
    for (int zeros = 0; zeros < leadingZerosMax; zeros++) {
      if (number[zeros] != 0) {
        number[zeros] = 0;
        if (proof.isIt(number)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The bytes of a window in big-endian order; none where it cannot be read. */
  static byte[] number(Layout layout, byte[] bytes, int from, int limit, int length, int zerosMax) {
    byte[] number = new byte[length];
    int missing =
        Math.max(0, Math.max(-from, layout == Layout.LITTLE_ENDIAN ? from + length - limit : 0));
    if (layout == Layout.WORDS) {
      missing = (missing + 3) / 4 * 4;
    }
    if (missing > zerosMax || from + (layout == Layout.LITTLE_ENDIAN ? 0 : length) > limit) {
      return new byte[0];
    }
    for (int i = missing; i < length; i++) {
      number[i] =
          switch (layout) {
            case BIG_ENDIAN -> bytes[from + i];
            case LITTLE_ENDIAN -> bytes[from + length - 1 - i];
            case WORDS -> bytes[from + (i ^ 3)];
          };
    }
    return number;
  }
}
