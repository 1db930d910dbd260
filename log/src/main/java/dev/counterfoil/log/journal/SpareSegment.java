package dev.counterfoil.log.journal;

import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * The segment of a journal that is allocated ahead, so that a commit finds it done and never waits
 * for space. One thread prepares it while another writes the journal.
 */
final class SpareSegment {
  private static final System.Logger LOGGER = System.getLogger(SpareSegment.class.getName());
  private static final String NAME = "spare";

  private final Disk disk;
  private final JournalOptions options;
  private volatile boolean ready;
  private boolean saidFull;

  SpareSegment(Disk disk, JournalOptions options) {
    this.disk = disk;
    this.options = options;
  }

  /**
   * Looks whether there is one from before. A crash may have left one that is shorter than it was
   * to be: it will do where the shortest segment would.
   */
  synchronized void find() throws IOException {
    try (DiskFile file = disk.openToRead(NAME)) {
      long bytes = file.sizeBytes();
      ready = bytes >= options.firstSegmentBytes() && bytes <= options.segmentBytes();
    } catch (NoSuchFileException e) {
      ready = false;
    }
  }

  /** Whether there is one. Waits for nobody who prepares it. */
  boolean isReady() {
    return ready;
  }

  /**
   * Allocates it when there is none and the disk has room for it.
   *
   * @return whether there is one
   */
  synchronized boolean prepare() {
    if (ready) {
      return true;
    }
    long bytes = options.segmentBytes();
    try {
      bytes = options.nextSegmentBytes(journalBytes());
      long free = disk.freeBytes();
      if (free - bytes < options.reserveBytes()) {
        sayFull("only " + (free >> 20) + " MiB are free", bytes, null);
        return false;
      }
      disk.createZeroed(NAME, bytes);
    } catch (IOException e) {
      // Nothing of the journal was touched: it is full until this works.
      sayFull("allocating a segment failed", bytes, e);
      return false;
    }
    ready = true;
    saidFull = false;
    return true;
  }

  private long journalBytes() throws IOException {
    long bytes = 0;
    for (String name : disk.names()) {
      if (SegmentFormat.first(name).isPresent()) {
        bytes += lengthOf(name);
      }
    }
    return bytes;
  }

  private long lengthOf(String segment) throws IOException {
    try (DiskFile file = disk.openToRead(segment)) {
      return file.sizeBytes();
    } catch (NoSuchFileException e) {
      // It was given back between the two looks.
      return 0;
    }
  }

  /** Gives it its header and its name: one durable rename. */
  synchronized OpenSegment activate(SegmentFormat.SegmentHeader header) throws IOException {
    DiskFile file = disk.open(NAME);
    file.write(header.encode(), 0);
    file.sync();
    String name = SegmentFormat.name(header.first());
    disk.rename(NAME, name);
    ready = false;
    return new OpenSegment(
        file, name, header.seed(), file.sizeBytes(), SegmentFormat.SEGMENT_HEADER_BYTES);
  }

  private void sayFull(String why, long bytes, @Nullable IOException cause) {
    if (!saidFull) {
      saidFull = true;
      LOGGER.log(
          System.Logger.Level.ERROR,
          "The journal in %s cannot grow: %s, a segment takes %d MiB and %d MiB are kept in reserve. Make room on the disk."
              .formatted(disk, why, bytes >> 20, options.reserveBytes() >> 20),
          cause);
    }
  }
}
