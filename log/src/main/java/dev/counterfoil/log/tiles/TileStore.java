package dev.counterfoil.log.tiles;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The public hashes of a log (spec/leaf.md), each file a row of 32-byte hashes: {@code digests} of
 * the entries, from which leaf hashes and entry bundles are made; {@code level-1}, {@code level-2}
 * and so on, of which tile {@code n}, full or partial, is the slice at {@code n × 8192}; and {@code
 * nodes-3}, {@code nodes-6}, {@code nodes-11} and so on, between them, so that a proof costs few
 * hashes. Together they take 36.65 bytes for each entry.
 *
 * <p>All of it follows from the journal: it is written after the journal's sync and made durable
 * only now and then, and whatever a crash took is written again at the next start. Belongs to the
 * sequencer's thread, but for {@link #sync}.
 */
public final class TileStore implements AutoCloseable {
  public static final String DIGESTS = "digests";

  /** Rows written at once, at most. */
  private static final int ROWS_MAX = 4096;

  /** Rows that a file's buffer has room for at first: upper levels never need more. */
  private static final int ROWS_FIRST = 64;

  /** Tree levels, whether a tree is high enough to have them or not. */
  private static final int LEVELS = 8 * (Tile.LEVEL_MAX + 1);

  private final Disk disk;
  private final LeafRows leafRows;
  private final @Nullable Rows[] levels = new @Nullable Rows[LEVELS];
  private @Nullable Rows digests;

  /** What stands for each leaf. */
  public enum LeafRows {
    /** The digest of a {@link Leaf}, from which its hash follows: {@code digests}. */
    DIGESTS,
    /** The leaf hash, where entries stand in full elsewhere: {@code level-0}. */
    HASHES
  }

  /**
   * Files in a folder, made when they are needed.
   *
   * @param leafRows what stands for each leaf of this log
   */
  public TileStore(Disk disk, LeafRows leafRows) {
    this.disk = disk;
    this.leafRows = leafRows;
  }

  /** The file of a stored tree level. */
  public static String name(int level) {
    return level % 8 == 0 ? "level-" + level / 8 : "nodes-" + level;
  }

  /** Whether subtree hashes of a tree level are stored: of three in eight, or leaves not. */
  public static boolean isStored(LeafRows leafRows, int level) {
    return stepsAbove(level) == 0 && (level > 0 || leafRows == LeafRows.HASHES);
  }

  /** How far a tree level is above the next stored one below it, or above the leaves. */
  static int stepsAbove(int level) {
    return level % 8 % 3;
  }

  /** Takes the digest of an entry. */
  public void addDigest(long position, Hash digest) throws IOException {
    Rows rows = digests;
    if (rows == null) {
      rows = new Rows(disk.openOrCreate(DIGESTS));
      synchronized (levels) {
        digests = rows;
      }
    }
    rows.add(position, digest);
  }

  /** Takes a subtree hash that an append completed; some levels only are stored. */
  public void addSubtree(int level, long index, Hash hash) throws IOException {
    if (isStored(leafRows, level)) {
      rows(level).add(index, hash);
    }
  }

  /** Writes out what was taken. */
  public void flush() throws IOException {
    if (digests != null) {
      digests.flush();
    }
    for (Rows rows : levels) {
      if (rows != null) {
        rows.flush();
      }
    }
  }

  /** Makes durable what was written out before. May run beside the sequencer's thread. */
  public void sync() throws IOException {
    Rows leaves;
    synchronized (levels) {
      leaves = digests;
    }
    if (leaves != null) {
      leaves.file.sync();
    }
    for (int i = 0; i < levels.length; i++) {
      Rows rows;
      synchronized (levels) {
        rows = levels[i];
      }
      if (rows != null) {
        rows.file.sync();
      }
    }
  }

  private Rows rows(int level) throws IOException {
    Rows rows = levels[level];
    if (rows == null) {
      rows = new Rows(disk.openOrCreate(name(level)));
      synchronized (levels) {
        levels[level] = rows;
      }
    }
    return rows;
  }

  /** Whether the files are as long as a tree of a size makes them. */
  public boolean holds(long size) throws IOException {
    for (int level = 0; level < LEVELS; level++) {
      long rows = size >> level;
      if (isStored(leafRows, level) && rows > 0 && lengthOf(name(level)) < rows * Hash.BYTES) {
        return false;
      }
    }
    return leafRows == LeafRows.HASHES || lengthOf(DIGESTS) >= size * Hash.BYTES;
  }

  private long lengthOf(String name) throws IOException {
    try (DiskFile file = disk.openToRead(name)) {
      return file.sizeBytes();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** Consecutive digests, as far as they stand there. By any thread. */
  public byte[] digests(long first, int count) throws IOException {
    byte[] rows = new byte[count * Hash.BYTES];
    try (DiskFile file = disk.openToRead(DIGESTS)) {
      int read = Math.max(0, file.read(ByteBuffer.wrap(rows), first * Hash.BYTES));
      return read == rows.length ? rows : Arrays.copyOf(rows, read);
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }

  /** The stored hashes, for those that a tree of a size has. */
  public HashSource hashes(long size) {
    return hashes(disk, leafRows, size);
  }

  /**
   * The stored hashes of any folder of this kind, made of leaves and whole tiles alone: what stands
   * half-way between them is for proofs, which are checked by whoever receives them.
   */
  public static HashSource hashes(Disk disk, LeafRows leafRows, long size) {
    TreeHasher hasher = new TreeHasher();
    return (level, index) -> {
      if (level < 0 || index < 0 || index >= size >> level) {
        throw new HashSource.UnavailableException(
            "a tree of size " + size + " has no subtree " + index + " at level " + level);
      }
      int height = level % 8;
      boolean ofDigests = level < 8 && leafRows == LeafRows.DIGESTS;
      String name = ofDigests ? DIGESTS : name(level - height);
      byte[] rows = new byte[Hash.BYTES << height];
      try (DiskFile file = disk.openToRead(name)) {
        if (file.read(ByteBuffer.wrap(rows), (index << height) * Hash.BYTES) != rows.length) {
          throw new HashSource.UnavailableException(name + " is too short");
        }
      } catch (IOException e) {
        throw new HashSource.UnavailableException(name + " cannot be read", e);
      }
      if (ofDigests) {
        new RowHasher().leaves(rows, 1 << height);
      }
      return Tile.subtree(hasher, rows, height, 0);
    };
  }

  @Override
  public void close() throws IOException {
    if (digests != null) {
      digests.file.close();
    }
    for (Rows rows : levels) {
      if (rows != null) {
        rows.file.close();
      }
    }
  }

  @Override
  public String toString() {
    return "tiles in " + disk + " " + Arrays.toString(levels);
  }

  /** Consecutive hashes on their way into one file. */
  private static final class Rows {
    private final DiskFile file;
    private byte[] bytes = new byte[ROWS_FIRST * Hash.BYTES];
    private long first;
    private int count;

    Rows(DiskFile file) {
      this.file = file;
    }

    void add(long index, Hash hash) throws IOException {
      if (count == ROWS_MAX || (count > 0 && index != first + count)) {
        flush();
      }
      if (count == 0) {
        first = index;
      }
      if ((count + 1) * Hash.BYTES > bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * bytes.length);
      }
      hash.write(bytes, count * Hash.BYTES);
      count++;
    }

    void flush() throws IOException {
      if (count > 0) {
        file.write(ByteBuffer.wrap(bytes, 0, count * Hash.BYTES), first * Hash.BYTES);
        count = 0;
      }
    }
  }
}
