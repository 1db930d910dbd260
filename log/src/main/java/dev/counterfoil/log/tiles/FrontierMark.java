package dev.counterfoil.log.tiles;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The frontier of the tree at a size below which all tiles are durable. {@link #FILE}: from here
 * the next start goes on, instead of reading the whole journal. {@link #BEGIN}: from here on the
 * journal has records, and this is what those before it made. Kept in the journal's folder, where
 * who writes the public folder cannot reach.
 *
 * @param size number of leaves
 * @param roots of the perfect subtrees, largest first
 */
public record FrontierMark(long size, List<Hash> roots) {
  public static final String FILE = "frontier";
  public static final String BEGIN = "begin";

  /** The tree of no leaf. */
  public static final FrontierMark EMPTY = new FrontierMark(0, List.of());

  /** A mark is made about every so many entries: they are read again in well under a second. */
  public static final long DISTANCE = 1L << 17;

  public static final int BYTES_MAX = 4096;
  private static final int MAGIC = 0x43464652; // "CFFR"
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 16;

  public FrontierMark {
    if (size < 0 || roots.size() != Long.bitCount(size)) {
      throw new IllegalArgumentException("a frontier has one root for each bit of its size");
    }
    roots = List.copyOf(roots);
  }

  public byte[] encode() {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + roots.size() * Hash.BYTES + 4);
    bytes.putInt(MAGIC).putInt(VERSION).putLong(size);
    roots.forEach(root -> bytes.put(root.bytes()));
    bytes.putInt(crc(bytes.array()));
    return bytes.array();
  }

  /**
   * Where a journal begins: at record 0 where it says nothing.
   *
   * @throws LogDamagedException when what it says is damaged
   */
  public static FrontierMark begin(Disk journalDisk) throws IOException {
    byte[] bytes;
    try {
      bytes = journalDisk.read(BEGIN, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return EMPTY;
    }
    return parse(bytes)
        .orElseThrow(
            () ->
                new LogDamagedException(
                    BEGIN + " in " + journalDisk + " is damaged: restore it from a copy"));
  }

  /** The root of the tree at its size. */
  public Hash root() {
    return frontier().root();
  }

  /** The mark in a file's bytes; empty when they are none. */
  public static Optional<FrontierMark> parse(byte[] bytes) {
    ByteBuffer source = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER_BYTES + 4
        || source.getInt() != MAGIC
        || source.getInt() != VERSION
        || source.getInt(bytes.length - 4) != crc(bytes)) {
      return Optional.empty();
    }
    long size = source.getLong();
    int count = Long.bitCount(size);
    if (size < 0 || bytes.length != HEADER_BYTES + count * Hash.BYTES + 4) {
      return Optional.empty();
    }
    List<Hash> roots = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      roots.add(Hash.read(bytes, HEADER_BYTES + i * Hash.BYTES));
    }
    return Optional.of(new FrontierMark(size, roots));
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    return (int) crc.getValue();
  }

  /** A frontier that goes on from here. */
  public MerkleFrontier frontier() {
    int[] next = {0};
    try {
      // Asks for the roots once each, largest first.
      return MerkleFrontier.resume(size, (level, index) -> roots.get(next[0]++));
    } catch (HashSource.UnavailableException e) {
      throw new IllegalStateException("roots in memory are available", e);
    }
  }
}
