package dev.counterfoil.log;

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
  private boolean ready;
  private boolean saidFull;

  SpareSegment(Disk disk, JournalOptions options) {
    this.disk = disk;
    this.options = options;
  }

  /** Looks whether there is one from before; a crash may have left one that is too short. */
  synchronized void find() throws IOException {
    try (DiskFile file = disk.openToRead(NAME)) {
      ready = file.sizeBytes() == options.segmentBytes();
    } catch (NoSuchFileException e) {
      ready = false;
    }
  }

  synchronized boolean isReady() {
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
    try {
      long free = disk.freeBytes();
      if (free - options.segmentBytes() < options.reserveBytes()) {
        sayFull("only " + (free >> 20) + " MiB are free", null);
        return false;
      }
      disk.createZeroed(NAME, options.segmentBytes());
    } catch (IOException e) {
      // Nothing of the journal was touched: it is full until this works.
      sayFull("allocating a segment failed", e);
      return false;
    }
    ready = true;
    saidFull = false;
    return true;
  }

  /** Gives it its header and its name: one durable rename. */
  synchronized DiskFile activate(SegmentFormat.SegmentHeader header) throws IOException {
    DiskFile file = disk.open(NAME);
    file.write(header.encode(), 0);
    file.sync();
    disk.rename(NAME, SegmentFormat.name(header.first()));
    ready = false;
    return file;
  }

  private void sayFull(String why, @Nullable IOException cause) {
    if (!saidFull) {
      saidFull = true;
      LOGGER.log(
          System.Logger.Level.ERROR,
          "The journal in %s cannot grow: %s, a segment takes %d MiB and %d MiB are kept in reserve. Make room on the disk."
              .formatted(disk, why, options.segmentBytes() >> 20, options.reserveBytes() >> 20),
          cause);
    }
  }
}
