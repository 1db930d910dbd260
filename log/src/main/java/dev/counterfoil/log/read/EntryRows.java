package dev.counterfoil.log.read;

import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Entries of any length in a log's public folder (spec/keylog.md): {@code entries} holds them as
 * bundles do, each with its length in two bytes before it, and {@code offsets} where each of them
 * ends, eight big-endian bytes each. A bundle is a slice of the first file.
 *
 * <p>All of it follows from the journal and is written again at every start, in place: a reader
 * beside sees the same bytes.
 */
public final class EntryRows implements AutoCloseable {
  public static final String ENTRIES = "entries";
  public static final String OFFSETS = "offsets";

  public static final int LENGTH_BYTES = 2;

  private final DiskFile entries;
  private final DiskFile offsets;
  private long count;
  private long end;

  public EntryRows(Disk disk) throws IOException {
    this.entries = disk.openOrCreate(ENTRIES);
    this.offsets = disk.openOrCreate(OFFSETS);
  }

  /** Writes the next entries; when it fails, the same ones may be written again. */
  public void append(List<byte[]> next) throws IOException {
    int bytes = next.stream().mapToInt(entry -> LENGTH_BYTES + entry.length).sum();
    ByteBuffer body = ByteBuffer.allocate(bytes);
    ByteBuffer ends = ByteBuffer.allocate(next.size() * Long.BYTES);
    for (byte[] entry : next) {
      body.putShort((short) entry.length).put(entry);
      ends.putLong(end + body.position());
    }
    entries.write(body.flip(), end);
    offsets.write(ends.flip(), count * Long.BYTES);
    count += next.size();
    end += bytes;
  }

  /** Reads a bundle. */
  static byte[] bundle(DiskFile entries, DiskFile offsets, Tile tile) throws IOException {
    long first = tile.index() * Tile.FULL_WIDTH;
    long from = first == 0 ? 0 : offset(offsets, first - 1);
    long to = offset(offsets, first + tile.width() - 1);
    if (to < from || to - from > (long) tile.width() * (LENGTH_BYTES + 0xffff)) {
      throw new EOFException(OFFSETS + " does not fit " + ENTRIES);
    }
    byte[] bundle = new byte[(int) (to - from)];
    if (entries.read(ByteBuffer.wrap(bundle), from) != bundle.length) {
      throw new EOFException(ENTRIES + " ends before entry " + (first + tile.width() - 1));
    }
    return bundle;
  }

  private static long offset(DiskFile offsets, long entry) throws IOException {
    ByteBuffer value = ByteBuffer.allocate(Long.BYTES);
    if (offsets.read(value, entry * Long.BYTES) != Long.BYTES) {
      throw new EOFException(OFFSETS + " ends before entry " + entry);
    }
    return value.getLong(0);
  }

  @Override
  public void close() throws IOException {
    entries.close();
    offsets.close();
  }
}
