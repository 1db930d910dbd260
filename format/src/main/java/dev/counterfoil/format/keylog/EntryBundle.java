package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.tree.Tile;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A bundle of up to 256 entries (c2sp.org/tlog-tiles): each with its length before it, as a
 * big-endian number of 16 bits.
 */
public final class EntryBundle {
  /** Longest bundle, in bytes. */
  public static final int BYTES_MAX = Tile.FULL_WIDTH * (2 + KeyLogEntry.BYTES_MAX);

  private EntryBundle() {}

  /** The bytes of a bundle. */
  public static byte[] of(List<byte[]> entries) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] entry : entries) {
      if (entry.length > KeyLogEntry.BYTES_MAX) {
        throw new IllegalArgumentException("an entry is longer than a bundle can say");
      }
      out.write(entry.length >> 8);
      out.write(entry.length);
      out.writeBytes(entry);
    }
    return out.toByteArray();
  }

  /** The entries of a bundle of a width: so many, and nothing behind them. */
  public static List<byte[]> parse(byte[] bundle, int width) throws FormatException {
    List<byte[]> entries = new ArrayList<>(width);
    int at = 0;
    for (int i = 0; i < width; i++) {
      if (bundle.length - at < 2) {
        throw new FormatException("entry bundle ends early");
      }
      int length = (bundle[at] & 0xff) << 8 | (bundle[at + 1] & 0xff);
      at += 2;
      if (bundle.length - at < length) {
        throw new FormatException("entry bundle ends early");
      }
      entries.add(Arrays.copyOfRange(bundle, at, at + length));
      at += length;
    }
    if (at != bundle.length) {
      throw new FormatException("entry bundle has more entries than its tile");
    }
    return entries;
  }
}
