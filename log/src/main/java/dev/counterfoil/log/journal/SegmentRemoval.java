package dev.counterfoil.log.journal;

import dev.counterfoil.log.Log;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.tiles.FrontierMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Takes whole segments of a journal's beginning away, which others hold ({@link Log#giveBack}). */
final class SegmentRemoval {
  private static final int ZEROS_BYTES = 1 << 20;

  private SegmentRemoval() {}

  /**
   * Removes the segments before a record that one begins at, or the last one ends at. What the tree
   * was there is durable before the first of them goes, so that a crash anywhere leaves a journal
   * that begins at the one place or the other.
   */
  static void removeBefore(Disk disk, FrontierMark begin, List<Long> firsts) throws IOException {
    disk.replace(FrontierMark.BEGIN, begin.encode());
    for (long first : firsts) {
      if (first < begin.size()) {
        remove(disk, SegmentFormat.name(first));
      }
    }
  }

  /**
   * Ends what a crash left half done of {@link #removeBefore}: when it was noted where the journal
   * begins, a segment began there or later.
   *
   * @param firsts of the segments that there are, in order: those that go are taken off
   */
  static void finish(Disk disk, List<Long> firsts, long begin) throws IOException {
    while (!firsts.isEmpty() && firsts.getFirst() < begin) {
      remove(disk, SegmentFormat.name(firsts.removeFirst()));
    }
  }

  /**
   * Overwrites a segment in its place, so that what it said is not left in blocks that are free.
   */
  private static void remove(Disk disk, String segment) throws IOException {
    try (DiskFile file = disk.open(segment)) {
      writeZeros(file, 0, file.sizeBytes());
      file.sync();
    }
    disk.delete(segment);
  }

  static void writeZeros(DiskFile file, long from, long to) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate((int) Math.max(1, Math.min(ZEROS_BYTES, to - from)));
    for (long at = from; at < to; at += zeros.capacity()) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), to - at));
      file.write(zeros, at);
    }
  }
}
