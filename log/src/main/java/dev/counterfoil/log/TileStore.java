package dev.counterfoil.log;

import dev.counterfoil.format.Hash;
import dev.counterfoil.format.HashSource;
import dev.counterfoil.format.Tile;
import dev.counterfoil.format.TreeHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The public hashes of a log (spec/leaf.md): one file for each level of tiles, {@code level-0},
 * {@code level-1} and so on, and {@code digests}, each a row of 32-byte hashes. Tile {@code n} of a
 * level, full or partial, is the slice at {@code n × 8192}; an entry bundle is made of the digests.
 *
 * <p>All of it follows from the journal: it is written after the journal's sync and made durable
 * only now and then, and whatever a crash took is written again at the next start. Belongs to the
 * sequencer's thread, but for {@link #sync}.
 */
public final class TileStore implements AutoCloseable {
  static final String DIGESTS = "digests";

  /** Rows written at once, at most. */
  private static final int ROWS_MAX = 4096;

  private final Disk disk;
  private final @Nullable Rows[] levels = new @Nullable Rows[Tile.LEVEL_MAX + 1];
  private @Nullable Rows digests;

  /** Files in a folder, made when they are needed. */
  public TileStore(Disk disk) {
    this.disk = disk;
  }

  static String levelName(int tileLevel) {
    return "level-" + tileLevel;
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

  /** Takes a subtree hash that an append completed; only every eighth level is stored. */
  public void addSubtree(int level, long index, Hash hash) throws IOException {
    if (level % 8 == 0) {
      rows(level / 8).add(index, hash);
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
    for (int level = 0; level < levels.length; level++) {
      Rows rows;
      synchronized (levels) {
        rows = levels[level];
      }
      if (rows != null) {
        rows.file.sync();
      }
    }
  }

  private Rows rows(int tileLevel) throws IOException {
    Rows rows = levels[tileLevel];
    if (rows == null) {
      rows = new Rows(disk.openOrCreate(levelName(tileLevel)));
      synchronized (levels) {
        levels[tileLevel] = rows;
      }
    }
    return rows;
  }

  /** Whether the files are as long as a tree of a size makes them. */
  boolean holds(long size) throws IOException {
    for (int level = 0; level <= Tile.LEVEL_MAX; level++) {
      long rows = size >> (8 * level);
      if (rows > 0 && lengthOf(levelName(level)) < rows * Hash.BYTES) {
        return false;
      }
    }
    return lengthOf(DIGESTS) >= size * Hash.BYTES;
  }

  private long lengthOf(String name) throws IOException {
    try (DiskFile file = disk.openToRead(name)) {
      return file.sizeBytes();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** The stored hashes, for those that a tree of a size has. */
  public HashSource hashes(long size) {
    return hashes(disk, size);
  }

  /** The stored hashes of any folder of this kind. */
  static HashSource hashes(Disk disk, long size) {
    TreeHasher hasher = new TreeHasher();
    return (level, index) -> {
      if (level < 0 || index < 0 || index >= size >> level) {
        throw new HashSource.UnavailableException(
            "a tree of size " + size + " has no subtree " + index + " at level " + level);
      }
      byte[] rows = new byte[Hash.BYTES << (level % 8)];
      long offset = (index << (level % 8)) * Hash.BYTES;
      try (DiskFile file = disk.openToRead(levelName(level / 8))) {
        if (file.read(ByteBuffer.wrap(rows), offset) != rows.length) {
          throw new HashSource.UnavailableException(levelName(level / 8) + " is too short");
        }
      } catch (IOException e) {
        throw new HashSource.UnavailableException(levelName(level / 8) + " cannot be read", e);
      }
      return Tile.subtree(hasher, rows, level % 8, 0);
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
    private final byte[] bytes = new byte[ROWS_MAX * Hash.BYTES];
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
