package dev.counterfoil.custodian.held;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where each segment of a log begins. A segment ends when it is full, or when it is old: so its
 * first position follows from where the closed ones before it ended. One thread changes it, any
 * reads.
 */
final class SegmentTable {
  private final Path folder;

  /** First positions: of the closed segments, and of the open one at the end. */
  private volatile long[] firsts;

  private SegmentTable(Path folder, long[] firsts) {
    this.folder = folder;
    this.firsts = firsts;
  }

  /** Reads where the segments in a folder begin. */
  static SegmentTable read(Path folder) throws IOException {
    SegmentTable table = new SegmentTable(folder, new long[] {0});
    for (CustodySegment last = table.last(); last.isSealed(); last = table.last()) {
      table.closed(last.treeAtEnd().size());
    }
    return table;
  }

  /** The open segment. */
  CustodySegment last() {
    return get(firsts.length - 1);
  }

  /** How many there are, with the open one. */
  int count() {
    return firsts.length;
  }

  /** A segment by its number. */
  CustodySegment get(int number) {
    return new CustodySegment(folder, number, firsts[number]);
  }

  /** The segment of a position; the open one of what is past its begin. */
  CustodySegment holding(long position) {
    long[] all = firsts;
    int found = Arrays.binarySearch(all, position);
    int number = found >= 0 ? found : -found - 2;
    return new CustodySegment(folder, number, all[number]);
  }

  /** How many of a segment's positions lie below a size. */
  int places(CustodySegment segment, long size) {
    long[] all = firsts;
    int next = (int) segment.number() + 1;
    long end = next < all.length ? all[next] : Long.MAX_VALUE;
    return (int) Math.max(0, Math.min(end, size) - segment.first());
  }

  /** The open segment ended; another one begins. */
  void closed(long end) {
    long[] more = Arrays.copyOf(firsts, firsts.length + 1);
    more[firsts.length] = end;
    firsts = more;
  }

  /** The open segment is gone; the one before it is open again. */
  void reopened() {
    firsts = Arrays.copyOf(firsts, firsts.length - 1);
  }
}
