package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.format.bytes.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;

/**
 * About how many people there were in a day's events, in 1024 numbers: the smallest hashes of their
 * names tell how many names there are (Bar-Yossef and others, 2002), within some 3 %. Begins anew
 * each day (UTC); the day before counts until this one has more.
 */
final class ActorCount {
  static final int KEPT = 1_024;
  private static final long DAY_MILLIS = 86_400_000;

  /** Length of the salt. */
  static final int SALT_BYTES = 16;

  private final byte[] salt;
  private TreeSet<Long> smallest = new TreeSet<>();
  private long day = Long.MIN_VALUE;
  private long before;

  /**
   * A count.
   *
   * @param salt random: nobody chooses names that count double
   */
  ActorCount(byte[] salt) {
    this.salt = salt.clone();
  }

  /** What it counted, for {@link #restore}. */
  synchronized byte[] state() {
    ByteBuffer state =
        ByteBuffer.allocate(SALT_BYTES + Long.BYTES * (2 + smallest.size()))
            .put(salt)
            .putLong(day)
            .putLong(before);
    smallest.forEach(state::putLong);
    return state.array();
  }

  /** Goes on from what another one counted. */
  synchronized void restore(byte[] state) {
    ByteBuffer in = ByteBuffer.wrap(state);
    in.get(salt);
    day = in.getLong();
    before = in.getLong();
    smallest = new TreeSet<>();
    while (in.hasRemaining()) {
      smallest.add(in.getLong());
    }
  }

  synchronized void see(String name, long timeMillis) {
    long today = Math.floorDiv(timeMillis, DAY_MILLIS);
    if (today > day) {
      before = estimate();
      smallest = new TreeSet<>();
      day = today;
    }
    long hash =
        ByteBuffer.wrap(Hash.sha256(salt, name.getBytes(StandardCharsets.UTF_8)).bytes()).getLong()
            >>> 1;
    if (smallest.size() < KEPT) {
      smallest.add(hash);
    } else if (hash < smallest.last() && smallest.add(hash)) {
      smallest.pollLast();
    }
  }

  synchronized long count() {
    return Math.max(before, estimate());
  }

  private long estimate() {
    if (smallest.size() < KEPT) {
      return smallest.size();
    }
    return (long) ((KEPT - 1) / (smallest.last() / (double) Long.MAX_VALUE));
  }
}
