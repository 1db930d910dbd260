package dev.counterfoil.auditclient;

import dev.counterfoil.auditclient.SpoolDisk.SpoolFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads a spool's segments. Remembers where it was, so that reading on costs no more than what is
 * read. By one thread at a time.
 */
final class SpoolReader {
  private static final System.Logger LOG = System.getLogger(SpoolReader.class.getName());

  private final SpoolDisk disk;

  /** The number that it reads next, in which segment, and where that lies. */
  private long next = -1;

  private long segment = -1;
  private long offset;

  /** A record. Holds its content as it is given: it is not changed afterwards. */
  static final class Kept {
    private final long number;
    private final byte[] content;

    private Kept(long number, byte[] content) {
      this.number = number;
      this.content = content;
    }

    /** Its own number. */
    long number() {
      return number;
    }

    /** What was kept, not to be changed. */
    byte[] content() {
      return content;
    }
  }

  /** Which segments there are. */
  interface Segments {
    /** The number with which the segment begins that holds a record, or the next that there is. */
    OptionalLong holding(long number);

    /** One past the last durable record of the segment that begins with a number. */
    long end(long first);
  }

  SpoolReader(SpoolDisk disk) {
    this.disk = disk;
  }

  /** Records from a number on; those that are damaged are left out, and their numbers. */
  List<Kept> read(Segments segments, long from, int countMax, long bytesMax) throws IOException {
    List<Kept> found = new ArrayList<>();
    long length = 0;
    long number = from;
    OptionalLong first = segments.holding(number);
    while (first.isPresent() && found.size() < countMax && length < bytesMax) {
      number = Math.max(number, first.getAsLong());
      number =
          readSegment(
              first.getAsLong(),
              segments.end(first.getAsLong()),
              number,
              countMax - found.size(),
              bytesMax - length,
              found);
      length = found.stream().mapToLong(kept -> kept.content().length).sum();
      first = segments.holding(number);
    }
    return found;
  }

  /** Reads on in one segment; the number at which to read next. */
  private long readSegment(
      long first, long end, long from, int countMax, long bytesMax, List<Kept> found)
      throws IOException {
    try (SpoolFile file = disk.openToRead(SpoolSegment.name(first))) {
      boolean goesOn = segment == first && next >= first && next <= from;
      long number = goesOn ? next : first;
      long at = goesOn ? offset : SpoolSegment.HEAD_BYTES;
      long length = 0;
      int count = 0;
      segment = -1;
      while (number < end && count < countMax && length < bytesMax) {
        Optional<byte[]> one = SpoolSegment.read(file, at, number);
        if (one.isEmpty()) {
          LOG.log(
              System.Logger.Level.ERROR,
              "audit events {0} to {1} in the spool {2} are damaged: they are missing",
              Long.toString(number),
              Long.toString(end - 1),
              disk);
          return end;
        }
        if (number >= from) {
          found.add(new Kept(number, one.get()));
          length += one.get().length;
          count++;
        }
        at += SpoolSegment.RECORD_HEAD_BYTES + one.get().length;
        number++;
      }
      segment = first;
      next = number;
      offset = at;
      return number;
    }
  }
}
