package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.Fence;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a file of the store without opening it: from when to when its events happened,
 * and a Bloom filter (Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970) of
 * their tokens and of each tenant's entities. A search opens those files alone that may have what
 * it is for. Made from the file itself and kept in memory; it says no only where the file has none.
 */
final class FileSketch {
  /** Longest filter, in bits: 64 KiB. A file with more than it is good for has none. */
  static final int BITS_MAX = 1 << 19;

  private static final int BITS_MIN = 1 << 10;
  private static final int BITS_EACH_MIN = 6;
  private static final int PROBES = 4;

  private final long firstMillis;
  private final long lastMillis;
  private final long @Nullable [] bits;

  private FileSketch(long firstMillis, long lastMillis, long @Nullable [] bits) {
    this.firstMillis = firstMillis;
    this.lastMillis = lastMillis;
    this.bits = bits;
  }

  /**
   * Reads a file.
   *
   * @param file as it stands in a statement
   * @param bitsMax longest filter: a power of two, or 0 for none
   */
  static FileSketch of(Connection connection, String file, int bitsMax) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      long first;
      long last;
      try (ResultSet times =
          statement.executeQuery(
              "SELECT coalesce(min(time), 0), coalesce(max(time), -1) FROM " + file)) {
        times.next();
        first = times.getLong(1);
        last = times.getLong(2);
      }
      return new FileSketch(first, last, filter(statement, file, bitsMax));
    }
  }

  /** Null where more stands in the file than a filter of so many bits is good for. */
  private static long @Nullable [] filter(Statement statement, String file, int bitsMax)
      throws SQLException {
    if (bitsMax == 0) {
      return null;
    }
    long[] hashes = new long[BITS_MIN / Long.SIZE];
    int count = 0;
    try (ResultSet rows =
        statement.executeQuery(
            "SELECT DISTINCT token, NULL, NULL, NULL FROM "
                + file
                + " WHERE token IS NOT NULL UNION ALL SELECT DISTINCT NULL, domain, tenant, entity FROM "
                + file
                + " WHERE entity IS NOT NULL")) {
      while (rows.next()) {
        if ((count + 1) * BITS_EACH_MIN > bitsMax) {
          return null;
        }
        if (count == hashes.length) {
          hashes = Arrays.copyOf(hashes, 2 * count);
        }
        String token = rows.getString(1);
        hashes[count++] =
            token != null
                ? hash(token)
                : hash(new Fence(rows.getString(2), rows.getString(3)), rows.getString(4));
      }
    }
    // From 8 to 16 bits each, where there is room: two in a hundred are in vain, or fewer.
    int length = BITS_MIN;
    while (length < 8 * count && length < bitsMax) {
      length *= 2;
    }
    long[] bits = new long[length / Long.SIZE];
    for (int i = 0; i < count; i++) {
      for (int probe = 0; probe < PROBES; probe++) {
        int at = place(hashes[i], probe, length);
        bits[at / Long.SIZE] |= 1L << at;
      }
    }
    return bits;
  }

  /** The same without its filter. */
  FileSketch withoutFilter() {
    return new FileSketch(firstMillis, lastMillis, null);
  }

  /** How much memory its filter takes. */
  int bytes() {
    return bits == null ? 0 : bits.length * Long.BYTES;
  }

  /** Whether events of the file may have happened in a time. */
  boolean mayHaveIn(long fromMillis, long toMillis) {
    return firstMillis < toMillis && lastMillis >= fromMillis;
  }

  /** Whether it may have a token. */
  boolean mayHaveToken(String token) {
    return mayHave(hash(token));
  }

  /** Whether it may have one of some entities of a tenant, as they stand in the column. */
  boolean mayHaveEntity(Fence fence, List<String> columns) {
    return columns.stream().anyMatch(column -> mayHave(hash(fence, column)));
  }

  private boolean mayHave(long hash) {
    if (bits == null) {
      return true;
    }
    for (int probe = 0; probe < PROBES; probe++) {
      int at = place(hash, probe, bits.length * Long.SIZE);
      if ((bits[at / Long.SIZE] & (1L << at)) == 0) {
        return false;
      }
    }
    return true;
  }

  /** From two halves of a hash, as many places as are wanted (Kirsch and Mitzenmacher, 2006). */
  private static int place(long hash, int probe, int length) {
    return ((int) hash + probe * ((int) (hash >>> 32) | 1)) & (length - 1);
  }

  private static long hash(String token) {
    return mixed(with(1, token));
  }

  private static long hash(Fence fence, String entity) {
    return mixed(with(with(with(2, fence.domain()), fence.tenant()), entity));
  }

  /** FNV-1a, of characters: who finds two texts with one hash has a file opened in vain. */
  private static long with(long before, String text) {
    long hash = before * 0x100000001b3L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash ^ text.length();
  }

  /** The finisher of MurmurHash3. */
  private static long mixed(long hash) {
    long mixed = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
