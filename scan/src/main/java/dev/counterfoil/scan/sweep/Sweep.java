package dev.counterfoil.scan.sweep;

import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One pass over bytes. Two neighbouring bytes at every offset are looked up in a table of 65,536:
 * nearly all of them begin nothing, and that is all that is done about them. Needles are known by
 * two bytes that are rare.
 */
public final class Sweep {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int PAIRS = 1 << 16;
  private static final Needle[] NONE = {};

  /** Bytes that the loop takes at a time, and the block in which text is looked for. */
  private static final int STRIDE = 16;

  /** Zeros that are passed over at a time. */
  private static final int ZEROS = 64;

  private static final long HIGH_BITS = 0x8080808080808080L;

  private final byte[] marks;
  private final Needle[][] needles;
  private final List<BlockSearch> blocks;
  private final Text text;

  private Sweep(byte[] marks, Needle[][] needles, List<BlockSearch> blocks) {
    this.marks = marks;
    this.needles = needles;
    this.blocks = List.copyOf(blocks);
    this.text = new Text(this);
  }

  /** A search that has no two bytes to be known by. */
  @FunctionalInterface
  public interface BlockSearch {
    /** Searches positions from {@code from} to {@code to}. */
    void search(byte[] bytes, int from, int to, int limit, Trail trail, ScanFindings findings);
  }

  /** Collects what to look for. */
  public static final class Builder {
    private final Needle[][] needles = new Needle[PAIRS][];
    private final List<BlockSearch> blocks = new ArrayList<>();

    /** Looks where two bytes stand, the first of them in the low eight bits. */
    public Builder at(int pair, Needle needle) {
      Needle[] before = needles[pair];
      if (before == null) {
        needles[pair] = new Needle[] {needle};
      } else {
        Needle[] more = new Needle[before.length + 1];
        System.arraycopy(before, 0, more, 0, before.length);
        more[before.length] = needle;
        needles[pair] = more;
      }
      return this;
    }

    /** Looks where two characters stand. */
    public Builder at(String two, Needle needle) {
      return at(two.charAt(0) | two.charAt(1) << 8, needle);
    }

    public Builder everywhere(BlockSearch search) {
      blocks.add(search);
      return this;
    }

    public Sweep build() {
      byte[] marks = new byte[PAIRS];
      Needle[][] filled = new Needle[PAIRS][];
      for (int pair = 0; pair < PAIRS; pair++) {
        marks[pair] = (byte) (needles[pair] == null ? 0 : 1);
        filled[pair] = needles[pair] == null ? NONE : needles[pair];
      }
      return new Sweep(marks, filled, blocks);
    }
  }

  /**
   * Searches for what begins, or is known by bytes, from {@code from} to {@code to}. Bytes before
   * and behind are read where something reaches there.
   *
   * @param limit end of what can be read; at least {@code to}
   */
  public void search(
      byte[] bytes, int from, int to, int limit, Trail trail, ScanFindings findings) {
    Text.Run run = text.start(bytes, limit, trail, findings);
    boolean zerosAreNothing = marks[0] == 0;
    int at = from;
    // The last load begins nine bytes behind and takes eight.
    int end = Math.min(to, limit - STRIDE);
    for (; at < end; at += STRIDE) {
      long a = (long) LONG.get(bytes, at);
      long c = (long) LONG.get(bytes, at + 8);
      if ((a | c) == 0 && zerosAreNothing && at + ZEROS < end && isZero(bytes, at + STRIDE)) {
        at += ZEROS - STRIDE;
        continue;
      }
      long b = (long) LONG.get(bytes, at + 1);
      long d = (long) LONG.get(bytes, at + 9);
      if ((any(a) | any(b) | any(c) | any(d)) != 0) {
        lookAt(bytes, at, at + STRIDE, limit, trail, findings);
      }
      if (((a | c) & HIGH_BITS) == 0) {
        run.see(at);
      }
    }
    if (at < to) {
      lookAt(bytes, at, Math.min(to, limit - 1), limit, trail, findings);
      run.seeRest(at, to);
    }
    for (BlockSearch search : blocks) {
      search.search(bytes, from, to, limit, trail, findings);
    }
  }

  private int any(long eight) {
    return marks[(int) eight & 0xffff]
        | marks[(int) (eight >>> 16) & 0xffff]
        | marks[(int) (eight >>> 32) & 0xffff]
        | marks[(int) (eight >>> 48)];
  }

  private void lookAt(
      byte[] bytes, int from, int to, int limit, Trail trail, ScanFindings findings) {
    for (int at = from; at < to; at++) {
      int pair = (bytes[at] & 0xff) | ((bytes[at + 1] & 0xff) << 8);
      if (marks[pair] != 0) {
        for (Needle needle : needles[pair]) {
          needle.look(bytes, at, limit, trail, findings);
        }
      }
    }
  }

  private static boolean isZero(byte[] bytes, int at) {
    long all = 0;
    for (int i = at; i < at + ZEROS - STRIDE; i += 8) {
      all |= (long) LONG.get(bytes, i);
    }
    return all == 0;
  }
}
