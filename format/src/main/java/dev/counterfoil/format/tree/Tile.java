package dev.counterfoil.format.tree;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.util.Locale;
import java.util.Optional;

/**
 * The coordinate of a tile (c2sp.org/tlog-tiles): 256 hashes of one level, or the first {@code
 * width} of them.
 *
 * @param level 0 to 7: the tile holds subtree hashes of tree level {@code 8 × level}; {@link
 *     #ENTRIES} for a bundle of entries
 * @param index which tile of its level, from 0
 * @param width 1 to 256 hashes or entries; below 256 the tile is partial
 */
public record Tile(int level, long index, int width) {
  /** Hashes of a full tile. */
  public static final int FULL_WIDTH = 256;

  /** Length of a full tile of hashes in bytes. */
  public static final int FULL_BYTES = FULL_WIDTH * Hash.BYTES;

  /** The level of an entry bundle. */
  public static final int ENTRIES = -1;

  /** Highest level that a tree below 2^56 leaves needs. */
  public static final int LEVEL_MAX = 6;

  private static final long INDEX_LIMIT = 1L << 48;

  public Tile {
    if (level < ENTRIES
        || level > LEVEL_MAX
        || index < 0
        || index >= INDEX_LIMIT
        || width < 1
        || width > FULL_WIDTH) {
      throw new IllegalArgumentException("no such tile");
    }
  }

  /** Whether it holds fewer than 256 hashes. */
  public boolean isPartial() {
    return width < FULL_WIDTH;
  }

  /** The tile that holds a subtree hash of a tree of a size: as wide as that tree makes it. */
  public static Tile holding(int level, long index, long size) {
    int tileLevel = level / 8;
    long tileIndex = (index << (level % 8)) >> 8;
    return of(tileLevel, tileIndex, size);
  }

  /** Tile {@code index} of a level as a tree of a size has it. */
  public static Tile of(int tileLevel, long index, long size) {
    long hashes = size >> (8 * Math.max(tileLevel, 0));
    long width = Math.min(FULL_WIDTH, hashes - (index << 8));
    if (width < 1) {
      throw new IllegalArgumentException("a tree of size " + size + " has no such tile");
    }
    return new Tile(tileLevel, index, (int) width);
  }

  /** The path below the log's prefix, such as {@code tile/0/x001/x234/067.p/8}. */
  public String path() {
    StringBuilder groups = new StringBuilder(String.format(Locale.ROOT, "%03d", index % 1000));
    for (long rest = index / 1000; rest > 0; rest /= 1000) {
      groups.insert(0, String.format(Locale.ROOT, "x%03d/", rest % 1000));
    }
    String name = level == ENTRIES ? "entries" : Integer.toString(level);
    return "tile/" + name + "/" + groups + (isPartial() ? ".p/" + width : "");
  }

  /** Parses the one spelling of a path; empty for anything else. */
  public static Optional<Tile> parse(String path) {
    String[] parts = path.split("/", -1);
    int end = parts.length;
    int width = FULL_WIDTH;
    try {
      if (end < 3 || end > 9 || !parts[0].equals("tile")) {
        return Optional.empty();
      }
      int level = parts[1].equals("entries") ? ENTRIES : (int) Decimal.parse(parts[1], LEVEL_MAX);
      String last = parts[end - 1];
      if (parts[end - 2].endsWith(".p") && end >= 4) {
        width = (int) Decimal.parse(last, FULL_WIDTH - 1);
        end--;
        last = parts[end - 1].substring(0, parts[end - 1].length() - 2);
      }
      long index = 0;
      for (int i = 2; i < end; i++) {
        String group = i == end - 1 ? last : parts[i];
        boolean marked = group.startsWith("x");
        if (marked == (i == end - 1) || group.length() != (marked ? 4 : 3)) {
          return Optional.empty();
        }
        for (int c = marked ? 1 : 0; c < group.length(); c++) {
          if (group.charAt(c) < '0' || group.charAt(c) > '9') {
            return Optional.empty();
          }
        }
        index = index * 1000 + Integer.parseInt(marked ? group.substring(1) : group);
      }
      if (width == 0 || index >= INDEX_LIMIT) {
        return Optional.empty();
      }
      Tile tile = new Tile(level, index, width);
      return tile.path().equals(path) ? Optional.of(tile) : Optional.empty();
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /**
   * The hash of a perfect subtree inside a tile's bytes: read where it stands, or folded from the
   * hashes below it.
   *
   * @param hashes the tile's bytes, 32 for each hash
   * @param level the tree level of the subtree
   * @param index its index at that level
   */
  public static Hash subtree(TreeHasher hasher, byte[] hashes, int level, long index) {
    int height = level % 8;
    int first = (int) ((index << height) & (FULL_WIDTH - 1));
    return fold(hasher, hashes, first, 1 << height);
  }

  private static Hash fold(TreeHasher hasher, byte[] hashes, int first, int count) {
    if (count == 1) {
      return Hash.read(hashes, first * Hash.BYTES);
    }
    Hash left = fold(hasher, hashes, first, count / 2);
    return hasher.node(left, fold(hasher, hashes, first + count / 2, count / 2));
  }
}
