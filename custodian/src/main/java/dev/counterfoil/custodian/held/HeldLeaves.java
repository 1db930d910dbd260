package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.care.HashedLeaves;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.tiles.TileStore;
import java.io.IOException;
import java.util.Optional;

/**
 * The leaves that held counterfoils make, read again for the scrubber. Of what was shredded the
 * index's digest stands for it, and of what was forgotten the tree's own: the root decides.
 */
record HeldLeaves(HeldSegments held, HeldRecordForm.Reader reader, TileStore tree)
    implements HashedLeaves {
  @Override
  public long scan(long from, long to, Derived derived) throws IOException {
    long bytes = 0;
    for (long position = from; position < to; position++) {
      Optional<HeldEntry> entry = held.entry(position);
      if (entry.isEmpty()) {
        derived.leaf(position, forgotten(position));
        bytes += Hash.BYTES;
        continue;
      }
      derived.leaf(position, entry.get().digest());
      bytes += HeldEntry.BYTES + entry.get().length();
      check(position, entry.get());
    }
    return bytes;
  }

  private Hash forgotten(long position) throws IOException {
    byte[] row = tree.digests(position, 1);
    if (row.length != Hash.BYTES) {
      throw new LogDamagedException("the tree ends before position " + position);
    }
    return Hash.read(row, 0);
  }

  private void check(long position, HeldEntry entry) throws IOException {
    try {
      Optional<byte[]> record = held.record(position);
      if (record.isPresent() && !reader.parse(record.get()).digest().equals(entry.digest())) {
        throw new LogDamagedException(
            "the counterfoil at position " + position + " is not the one of its index entry");
      }
    } catch (CustodyDamagedException | FormatException e) {
      throw new LogDamagedException(
          "the counterfoil at position %d cannot be read: %s".formatted(position, e.getMessage()),
          e);
    }
  }
}
