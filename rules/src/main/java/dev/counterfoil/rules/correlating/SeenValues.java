package dev.counterfoil.rules.correlating;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * When each group had which values last. Of groups and values 64 bits of a hash are kept, under a
 * key that nobody outside knows: a mailbox that is read through two clients takes 200 bytes.
 */
final class SeenValues implements SharedMemory.Forgetful {
  /** What a group takes beside its values, in bytes: itself, its two arrays, its place. */
  private static final int BYTES = 160;

  private static final int VALUE_BYTES = 16;

  private final LinkedHashMap<Long, Known> groups = new LinkedHashMap<>(16, 0.75f, true);
  private final int valuesMax;
  private final SharedMemory memory;
  private final MessageDigest hash = sha256();
  private final byte[] key = new byte[16];
  private long bytes;
  private long forgotten;

  /** What a group had. */
  static final class Known {
    private long first = Long.MAX_VALUE;
    private long[] values = new long[2];
    private long[] times = new long[2];
    private int size;

    /** When it had its first value; the end of all times before it had one. */
    long first() {
      return first;
    }

    /** How many other values it had since. */
    int others(long value, long since) {
      int others = 0;
      for (int i = 0; i < size; i++) {
        if (values[i] != value && times[i] >= since) {
          others++;
        }
      }
      return others;
    }

    private int find(long value) {
      for (int i = 0; i < size; i++) {
        if (values[i] == value) {
          return i;
        }
      }
      return -1;
    }

    /** The latest time before at which it had a value; the beginning of all where it never had. */
    long last(long value) {
      int at = find(value);
      return at < 0 ? Long.MIN_VALUE : times[at];
    }

    private void see(long value, long time, int valuesMax) {
      first = Math.min(first, time);
      int at = find(value);
      if (at >= 0) {
        times[at] = Math.max(times[at], time);
        return;
      }
      at = size < valuesMax ? size++ : oldest();
      if (at == values.length) {
        int more = Math.min(valuesMax, at + Math.max(2, at / 2));
        values = Arrays.copyOf(values, more);
        times = Arrays.copyOf(times, more);
      }
      values[at] = value;
      times[at] = time;
    }

    private int oldest() {
      int oldest = 0;
      for (int i = 1; i < size; i++) {
        if (times[i] < times[oldest]) {
          oldest = i;
        }
      }
      return oldest;
    }

    private int bytes() {
      return BYTES + VALUE_BYTES * values.length;
    }

    private boolean isOld(long since) {
      for (int i = 0; i < size; i++) {
        if (times[i] >= since) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * Values.
   *
   * @param valuesMax most of a group; the one that was not seen longest goes first
   */
  SeenValues(int valuesMax, SharedMemory memory) {
    this.valuesMax = valuesMax;
    this.memory = memory;
    new SecureRandom().nextBytes(key);
    memory.add(this);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** What stands for texts here. */
  long number(List<String> texts) {
    hash.update(key);
    for (String text : texts) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      for (int shift = 24; shift >= 0; shift -= 8) {
        hash.update((byte) (utf8.length >>> shift));
      }
      hash.update(utf8);
    }
    byte[] digest = hash.digest();
    long number = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      number = (number << 8) | (digest[i] & 0xff);
    }
    return number;
  }

  /** What a group had before. */
  Known group(long group) {
    return groups.computeIfAbsent(group, _ -> new Known());
  }

  /** A group has a value. */
  void see(long group, long value, long time) {
    Known known = group(group);
    int before = known.size == 0 ? 0 : known.bytes();
    known.see(value, time, valuesMax);
    bytes += known.bytes() - before;
    memory.grown(known.bytes() - before);
  }

  /** Drops groups that had no value since. */
  void drop(long since) {
    long before = bytes;
    groups
        .values()
        .removeIf(
            known -> {
              boolean isOld = known.isOld(since);
              bytes -= isOld ? known.bytes() : 0;
              return isOld;
            });
    memory.grown(bytes - before);
  }

  /** Writes all, the key of the hashes too. */
  void save(DataOutput out) throws IOException {
    out.write(key);
    out.writeInt(groups.size());
    for (Map.Entry<Long, Known> group : groups.entrySet()) {
      Known known = group.getValue();
      out.writeLong(group.getKey());
      out.writeLong(known.first);
      out.writeInt(known.size);
      for (int i = 0; i < known.size; i++) {
        out.writeLong(known.values[i]);
        out.writeLong(known.times[i]);
      }
    }
  }

  /** Reads what was saved, into one that has nothing yet. */
  void load(DataInput in) throws IOException {
    in.readFully(key);
    for (int left = in.readInt(); left > 0; left--) {
      long group = in.readLong();
      long first = in.readLong();
      for (int values = in.readInt(); values > 0; values--) {
        see(group, in.readLong(), in.readLong());
      }
      group(group).first = first;
    }
  }

  @Override
  public long forgetOne() {
    if (groups.size() < 2) {
      return 0;
    }
    int less = groups.pollFirstEntry().getValue().bytes();
    bytes -= less;
    forgotten++;
    return less;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  long forgotten() {
    return forgotten;
  }
}
