package dev.counterfoil.log.read;

import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where digests stand among {@link #COUNT} consecutive entries: a hash table of 32-bit slots, each
 * with 20 bits of the row and 12 bits of the digest's hash, so that the digest itself is read from
 * the log only where it is there. One thread adds; any thread may look at the same time.
 *
 * <p>Whoever hands in digests chooses them, so the hash has a secret key: rows cannot be made to
 * fall into one another's slots (multiply-shift hashing of vectors, Dietzfelbinger 1996).
 */
final class DigestTable {
  /** Entries of a table. */
  static final int COUNT = 1 << 20;

  private static final int SLOTS = 2 * COUNT;
  private static final int ROW_BITS = 20;
  private static final int KEYS = 8;
  private static final int MAGIC = 0x43464454; // "CFDT"
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 4 + 4 + 8 * KEYS + 2 * Hash.BYTES + 4;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** Reads the digest of a row. */
  @FunctionalInterface
  interface Rows {
    byte[] digest(int row) throws IOException;
  }

  private final long[] keys;

  /** Null until the first row comes: the logs that nobody records in take no room. */
  private volatile @Nullable IntBuffer slots;

  private DigestTable(long[] keys, @Nullable IntBuffer slots) {
    this.keys = keys;
    this.slots = slots;
  }

  /** An empty table in memory. */
  static DigestTable empty(RandomGenerator random) {
    long[] keys = random.longs(KEYS).toArray();
    return new DigestTable(keys, null);
  }

  /** Slot in the upper bits, tag in the next: never 0, since that is an empty slot. */
  private long hash(byte[] digests, int offset) {
    long sum = 0;
    for (int i = 0; i < KEYS; i++) {
      sum += (keys[i] | 1) * ((int) INT.get(digests, offset + 4 * i) & 0xffff_ffffL);
    }
    return sum;
  }

  private static int slot(long hash) {
    return (int) (hash >>> (Long.SIZE - ROW_BITS - 1));
  }

  private static int tag(long hash) {
    int tag = (int) (hash >>> 31) & 0xfff;
    return (tag == 0 ? 1 : tag) << ROW_BITS;
  }

  /** Adds a row, unless its digest is there already: the first position of a digest counts. */
  void add(int row, byte[] digests, int offset, Rows rows) throws IOException {
    IntBuffer slots = this.slots;
    if (slots == null) {
      slots = IntBuffer.allocate(SLOTS);
      this.slots = slots;
    }
    long hash = hash(digests, offset);
    int at = slot(hash);
    for (int held = slots.get(at); held != 0; held = slots.get(at)) {
      if ((held ^ tag(hash)) >>> ROW_BITS == 0
          && isAt(digests, offset, rows.digest(held & (COUNT - 1)))) {
        return;
      }
      at = (at + 1) & (SLOTS - 1);
    }
    slots.put(at, tag(hash) | row);
  }

  /** The row of a digest, or -1. */
  int find(byte[] digest, Rows rows) throws IOException {
    IntBuffer slots = this.slots;
    if (slots == null) {
      return -1;
    }
    long hash = hash(digest, 0);
    int at = slot(hash);
    int looked = 0;
    // A table that was written full of anything has no empty slot to end at.
    for (int held = slots.get(at); held != 0 && looked++ < SLOTS; held = slots.get(at)) {
      int row = held & (COUNT - 1);
      if ((held ^ tag(hash)) >>> ROW_BITS == 0 && isAt(digest, 0, rows.digest(row))) {
        return row;
      }
      at = (at + 1) & (SLOTS - 1);
    }
    return -1;
  }

  private static boolean isAt(byte[] digests, int offset, byte[] digest) {
    return Arrays.equals(digests, offset, offset + Hash.BYTES, digest, 0, Hash.BYTES);
  }

  /**
   * Writes a full table to a file and takes it from there, so that memory holds what is looked at.
   *
   * @param ends the digests of the first and the last row
   */
  DigestTable toFile(Path file, byte[] ends) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + 4 * SLOTS);
    bytes.putInt(MAGIC).putInt(VERSION);
    for (long key : keys) {
      bytes.putLong(key);
    }
    bytes.put(ends);
    IntBuffer slots = this.slots;
    if (slots != null) {
      bytes.slice(HEADER_BYTES, 4 * SLOTS).asIntBuffer().put(0, slots, 0, SLOTS);
    }
    bytes.putInt(crc(bytes));
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    Files.write(beside, bytes.array());
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return open(file, ends)
        .orElseThrow(() -> new IOException(file + " does not hold what was written"));
  }

  /**
   * A table that was written before; empty where there is none, or it is damaged or another log's.
   */
  static Optional<DigestTable> open(Path file, byte[] ends) throws IOException {
    ByteBuffer bytes;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() != HEADER_BYTES + 4L * SLOTS) {
        return Optional.empty();
      }
      bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (bytes.getInt() != MAGIC || bytes.getInt() != VERSION) {
      return Optional.empty();
    }
    long[] keys = new long[KEYS];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = bytes.getLong();
    }
    byte[] heldEnds = new byte[ends.length];
    bytes.get(heldEnds);
    if (!Arrays.equals(heldEnds, ends) || bytes.getInt() != crc(bytes)) {
      return Optional.empty();
    }
    return Optional.of(new DigestTable(keys, bytes.slice(HEADER_BYTES, 4 * SLOTS).asIntBuffer()));
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, HEADER_BYTES - 4));
    crc.update(bytes.slice(HEADER_BYTES, 4 * SLOTS));
    return (int) crc.getValue();
  }
}
