package dev.counterfoil.log.care;

import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.read.EntryRows;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The leaves and the public files that the records of an {@link EntryLog} make. Belongs to one
 * thread; a pass begins at record 0.
 */
public final class EntryLeaves implements HashedLeaves {
  private final JournalReader journal;
  private final TreeHasher hasher = new TreeHasher();
  private long end;

  public EntryLeaves(JournalReader journal) {
    this.journal = journal;
  }

  @Override
  public long scan(long from, long to, Derived derived) throws IOException {
    if (from == 0) {
      end = 0;
    }
    long[] bytes = {0};
    journal.scan(
        from,
        to,
        (position, entry) -> {
          bytes[0] += entry.length;
          derived.leaf(position, hasher.leaf(entry));
          ByteBuffer row = ByteBuffer.allocate(EntryRows.LENGTH_BYTES + entry.length);
          row.putShort((short) entry.length).put(entry);
          derived.bytes(EntryRows.ENTRIES, end, row.array());
          end += row.capacity();
          derived.bytes(
              EntryRows.OFFSETS,
              position * Long.BYTES,
              ByteBuffer.allocate(Long.BYTES).putLong(end).array());
        });
    return bytes[0];
  }
}
