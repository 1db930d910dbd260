package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.tiles.LeafDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The digests that the journal's records of a run make, and the first record that is none. Read at
 * once: finding a place in the journal costs more than some thousand records there.
 */
final class RunRecords implements JournalReader.InPlaceVisitor {
  private final long first;
  private final byte[] digests;
  private final LeafDigester digester = new LeafDigester();
  private long begin;
  private long next;
  private @Nullable DifferentException failure;

  private RunRecords(long first, int count) {
    this.first = first;
    this.next = first;
    this.digests = new byte[count * Hash.BYTES];
  }

  static RunRecords read(JournalReader journal, long first, int count) throws IOException {
    RunRecords records = new RunRecords(first, count);
    records.begin = journal.begin();
    records.next = Math.max(first, records.begin);
    try {
      if (records.next < first + count) {
        journal.scanInPlace(records.next, first + count, records);
      }
    } catch (LogDamagedException e) {
      records.fail(
          LogCheck.Kind.RECORD_DAMAGED,
          "a record as it was written",
          String.valueOf(e.getMessage()));
    }
    return records;
  }

  @Override
  public void record(long index, ByteBuffer payload) {
    if (failure != null) {
      return;
    }
    try {
      long position = digester.digest(payload, digests, (int) (index - first) * Hash.BYTES);
      if (position != index) {
        fail(
            LogCheck.Kind.RECORD_DIFFERS,
            "the one of this position",
            "the one of position " + position);
        return;
      }
      next = index + 1;
    } catch (FormatException e) {
      fail(LogCheck.Kind.RECORD_DAMAGED, "a record of a log", String.valueOf(e.getMessage()));
    }
  }

  private void fail(LogCheck.Kind kind, String expected, String found) {
    if (failure == null) {
      failure = new DifferentException(kind, next, where(next), expected, found);
    }
  }

  private static String where(long position) {
    return "the journal's record " + position;
  }

  /**
   * Compares the record at a position, which come in order, with the digest of its leaf. A record
   * that was given back says nothing.
   *
   * @param entries has the digest at an offset
   */
  void compare(long position, byte[] entries, int offset) throws DifferentException {
    if (position >= next && failure != null) {
      throw failure;
    }
    if (position < begin) {
      return;
    }
    int own = (int) (position - first) * Hash.BYTES;
    if (!Arrays.equals(digests, own, own + Hash.BYTES, entries, offset, offset + Hash.BYTES)) {
      throw new DifferentException(
          LogCheck.Kind.RECORD_DIFFERS,
          position,
          where(position),
          "the leaf's digest " + Hash.read(entries, offset).hex(),
          Hash.read(digests, own).hex());
    }
  }
}
