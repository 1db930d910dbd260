package dev.counterfoil.log.journal;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogRewoundException;
import dev.counterfoil.log.tiles.FrontierMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The start of a journal: finds where it ends, cuts off what a crash left of a batch that nobody
 * was told of, and refuses to go on where more than that is missing.
 */
final class SegmentRecovery {
  private static final System.Logger LOGGER = System.getLogger(SegmentRecovery.class.getName());

  private final Disk disk;
  private final Hash origin;

  /**
   * Where a journal goes on.
   *
   * @param size number of its records
   * @param segmentBegin first record of the segment that is written; the size where none is
   * @param segment the segment that is written; null where the next commit begins one
   */
  record Found(long size, long segmentBegin, @Nullable OpenSegment segment) {}

  SegmentRecovery(Disk disk, Hash origin) {
    this.disk = disk;
    this.origin = origin;
  }

  /**
   * Recovers the journal of the folder, which this process has.
   *
   * @param recordsMin number of records that are known to have been durable
   */
  Found recover(long recordsMin) throws IOException {
    List<Long> firsts = new ArrayList<>();
    for (String name : disk.names()) {
      SegmentFormat.first(name).ifPresent(firsts::add);
    }
    firsts.sort(null);
    FrontierMark begin = FrontierMark.begin(disk);
    SegmentRemoval.finish(disk, firsts, begin.size());
    if (firsts.isEmpty()) {
      if (recordsMin > begin.size()) {
        throw new LogDamagedException(
            "the journal in %s is gone, and had at least %d records: restore it from a copy"
                .formatted(disk, recordsMin));
      }
      return new Found(begin.size(), begin.size(), null);
    }
    if (firsts.getFirst() != begin.size()) {
      throw new LogDamagedException(
          "the journal in %s does not begin at record %d: restore its first segments"
              .formatted(disk, begin.size()));
    }
    return recoverLast(firsts.getLast(), recordsMin);
  }

  private Found recoverLast(long first, long recordsMin) throws IOException {
    String last = SegmentFormat.name(first);
    try (SegmentScan scan = SegmentScan.open(disk, last, origin)) {
      long lastBatch = scan.offset();
      for (long at = lastBatch; scan.step() == SegmentScan.Step.BATCH; at = scan.offset()) {
        lastBatch = at;
      }
      refuseDamage(scan, recordsMin);
      DiskFile file = disk.open(last);
      boolean isOpen = false;
      try {
        writeAgain(file, lastBatch, scan.offset());
        cutTornEnd(file, scan);
        file.sync();
        isOpen = true;
      } finally {
        if (!isOpen) {
          file.close();
        }
      }
      return new Found(
          scan.next(),
          first,
          new OpenSegment(file, last, scan.seed(), scan.fileBytes(), scan.offset()));
    }
  }

  /** What is no torn end is left as it is. */
  private void refuseDamage(SegmentScan scan, long recordsMin) throws IOException {
    long later = scan.laterBatch();
    if (later >= 0) {
      throw new LogDamagedException(
          "segment %s in %s offset %d: record %d is damaged, and whole records follow at offset %d; restore the segment from a copy"
              .formatted(scan.name(), disk, scan.offset(), scan.next(), later));
    }
    if (scan.next() < recordsMin && scan.writtenEnd() == scan.offset()) {
      throw new LogRewoundException(
          "the journal in %s ends cleanly at record %d, and the log's own checkpoint covers %d: an earlier state of the folder was put back, or its disk lost what it said was durable"
              .formatted(disk, scan.next(), recordsMin),
          scan.next(),
          recordsMin);
    }
    if (scan.next() < recordsMin) {
      throw new LogDamagedException(
          "segment %s in %s offset %d: the journal ends at record %d and had at least %d: the record there is damaged, or an old copy was put back. Restore the segment, or end this log and start a new one"
              .formatted(scan.name(), disk, scan.offset(), scan.next(), recordsMin));
    }
  }

  /**
   * The last batch is whole, but its sync may not have been asked for, or may have failed: then the
   * kernel shows pages that it believes clean and that no disk has. Writing them again makes the
   * next sync mean something. All earlier batches were synced before the next one was written.
   */
  private void writeAgain(DiskFile file, long lastBatch, long end) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) (end - lastBatch));
    if (file.read(bytes, lastBatch) != bytes.capacity()) {
      throw new IOException("the segment in " + disk + " became shorter while it was read");
    }
    file.write(bytes.flip(), lastBatch);
  }

  /** Overwrites what a crash left of a batch that was never acknowledged. */
  private void cutTornEnd(DiskFile file, SegmentScan scan) throws IOException {
    long writtenEnd = scan.writtenEnd();
    if (writtenEnd == scan.offset()) {
      return;
    }
    LOGGER.log(
        System.Logger.Level.INFO,
        "Cutting off {0} bytes of an unfinished write behind record {1}",
        writtenEnd - scan.offset(),
        scan.next() - 1);
    SegmentRemoval.writeZeros(file, scan.offset(), writtenEnd);
  }
}
