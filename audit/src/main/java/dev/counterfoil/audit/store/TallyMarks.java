package dev.counterfoil.audit.store;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tallies that were written down: the newest, and the last of each day. From them it is known how
 * many events each tenant had at any size, without counting from the first event, and which events
 * had been taken in by a day's end. A file each; a time or a count that is wrong in one is found by
 * whoever adds up the counts that the log's key states.
 */
public final class TallyMarks {
  private static final Pattern NAME = Pattern.compile("counts-(\\d{19})-(\\d{19})\\.json");
  private static final int BYTES_MAX = 256 << 20;
  private static final long DAY_MS = Duration.ofDays(1).toMillis();

  private final Disk disk;

  /** Times of the marks by their sizes. */
  private final TreeMap<Long, Long> marks = new TreeMap<>();

  public TallyMarks(Disk disk) throws IOException {
    this.disk = disk;
    for (String name : disk.names()) {
      Matcher matcher = NAME.matcher(name);
      if (matcher.matches()) {
        marks.put(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
      }
    }
  }

  private static String name(long size, long atMillis) {
    return "counts-%019d-%019d.json".formatted(size, atMillis);
  }

  /** Writes a tally down; durable when it returns. */
  synchronized void write(Tally tally) throws IOException {
    if (tally.size() == 0 || marks.containsKey(tally.size())) {
      return;
    }
    disk.replace(name(tally.size(), tally.atMillis()), tally.toJson().canonicalBytes());
    Map.Entry<Long, Long> before = marks.lowerEntry(tally.size());
    marks.put(tally.size(), tally.atMillis());
    // The one before stays when it is the last of its day.
    if (before != null && before.getValue() / DAY_MS == tally.atMillis() / DAY_MS) {
      marks.remove(before.getKey());
      disk.delete(name(before.getKey(), before.getValue()));
    }
  }

  /** The newest tally of at most so many events; an empty one where there is none. */
  synchronized Tally atMost(long size) throws IOException {
    Map.Entry<Long, Long> mark = marks.floorEntry(size);
    if (mark == null) {
      return new Tally();
    }
    String name = name(mark.getKey(), mark.getValue());
    try {
      Tally tally = Tally.of(StrictJson.object(disk.read(name, BYTES_MAX), BYTES_MAX));
      if (tally.size() != mark.getKey()) {
        throw new FormatException("it is of another size than its name");
      }
      return tally;
    } catch (FormatException e) {
      throw new IOException(
          "%s in %s cannot be used (%s): remove it, and the events are counted again from the journal"
              .formatted(name, disk, e.getMessage()),
          e);
    }
  }

  /** So many of the first events had been taken in by a time, as far as is known. */
  public synchronized long sizeBy(long atMillis) {
    Optional<Long> size =
        marks.entrySet().stream()
            .filter(mark -> mark.getValue() <= atMillis)
            .map(Map.Entry::getKey)
            .max(Long::compare);
    return size.orElse(0L);
  }
}
