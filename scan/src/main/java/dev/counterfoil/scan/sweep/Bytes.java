package dev.counterfoil.scan.sweep;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/** Looks at bytes that may or may not be there. */
public final class Bytes {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  /** Four bytes, the lowest first. */
  public static int littleEndian(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  /** Whether an ASCII text stands at a place, all of which can be read. */
  public static boolean isAt(byte[] bytes, int at, int limit, String text) {
    return isAt(bytes, at, limit, text.getBytes(StandardCharsets.US_ASCII));
  }

  public static boolean isAt(byte[] bytes, int at, int limit, byte[] what) {
    if (at < 0 || at > limit - what.length) {
      return false;
    }
    for (int i = 0; i < what.length; i++) {
      if (bytes[at + i] != what[i]) {
        return false;
      }
    }
    return true;
  }

  /** How many different values the bytes have. */
  public static int distinct(byte[] bytes, int from, int to) {
    BitSet seen = new BitSet(256);
    for (int i = from; i < to; i++) {
      seen.set(bytes[i] & 0xff);
    }
    return seen.cardinality();
  }
}
