package dev.counterfoil.authority;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.log.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What was used before its {@code iat}, on disk until that has come: so a restart forgets nothing
 * that could be used again ({@link IssueTimes}). A line each, synced before it takes effect.
 *
 * <p>There are two files, for the even and the odd periods of {@link #PERIOD}. What stands in one
 * lies in the past when its next period begins, and it begins anew.
 */
final class UsedAhead implements AutoCloseable {
  /** Most entries of a user in a period. */
  static final int OF_USER_MAX = 500;

  /** Most entries in a period: a line each, so some 5 MB at most. */
  static final int ENTRIES_MAX = 10_000;

  /** Longer than anything lies ahead, so that a file's entries are past when it begins anew. */
  private static final Duration PERIOD = IssueTimes.AHEAD_MAX.multipliedBy(2);

  private static final int LINE_MAX = 4096;

  private final Path base;
  private final List<Entry> found = new ArrayList<>();
  private final Map<String, Integer> ofUser = new HashMap<>();
  private FileChannel open;
  private long period;
  private int entries;

  /**
   * One that was used.
   *
   * @param user whose it is
   * @param id which of the user's it is
   * @param issued its {@code iat}
   * @param until the first instant at which it is refused anyway
   */
  record Entry(String user, String id, Instant issued, Instant until) {
    private byte[] line() {
      return (JsonObject.builder()
                  .put("user", user)
                  .put("id", id)
                  .put("iat", issued.getEpochSecond())
                  .put("until", until.getEpochSecond() + 1)
                  .build()
              + "\n")
          .getBytes(StandardCharsets.UTF_8);
    }

    private static Entry parse(String line) throws FormatException {
      JsonObject json = StrictJson.object(line.getBytes(StandardCharsets.UTF_8), LINE_MAX);
      return new Entry(
          json.string("user"),
          json.string("id"),
          Instant.ofEpochSecond(json.number("iat")),
          Instant.ofEpochSecond(json.number("until")));
    }
  }

  private UsedAhead(Path base, Instant now) throws IOException {
    this.base = base;
    for (int parity = 0; parity < 2; parity++) {
      read(file(parity), now);
    }
    this.period = periodOf(now);
    this.open = openFile(period);
  }

  /**
   * Reads what there is and goes on with it.
   *
   * @param base the path of both files, without their last letter
   * @throws IOException when a file cannot be read: what was used is not known then
   */
  static UsedAhead open(Path base, Instant now) throws IOException {
    return new UsedAhead(base, now);
  }

  private static long periodOf(Instant now) {
    return Math.floorDiv(now.getEpochSecond(), PERIOD.toSeconds());
  }

  private Path file(long period) {
    return base.resolveSibling(base.getFileName() + (period % 2 == 0 ? "-a" : "-b"));
  }

  private void read(Path file, Instant now) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    if (end < bytes.length) {
      // What stands behind the last line feed was not synced, so it did not take effect.
      cut(file, end);
    }
    for (String line : new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList()) {
      if (line.isEmpty()) {
        continue;
      }
      try {
        Entry entry = Entry.parse(line);
        if (entry.until.isAfter(now)) {
          found.add(entry);
        }
      } catch (FormatException e) {
        throw new IOException(
            file
                + " is damaged, so that it is not known which assertions were used. Wait ten"
                + " seconds, remove it, and start again.",
            e);
      }
    }
  }

  private static void cut(Path file, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
      channel.force(true);
    }
  }

  private FileChannel openFile(long of) throws IOException {
    Path file = file(of).toAbsolutePath();
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    // Its name, too, has to outlive a power loss.
    FileDisk.sync(Objects.requireNonNull(file.getParent()));
    return channel;
  }

  /** What the last process wrote down, as far as it could be used again. */
  List<Entry> found() {
    return List.copyOf(found);
  }

  /**
   * Writes one down.
   *
   * @return whether there was room
   * @throws IOException when it is not on disk
   */
  synchronized boolean write(Entry entry, Instant now) throws IOException {
    begin(periodOf(now));
    int already = ofUser.getOrDefault(entry.user, 0);
    if (already >= OF_USER_MAX || entries >= ENTRIES_MAX) {
      return false;
    }
    ByteBuffer line = ByteBuffer.wrap(entry.line());
    while (line.hasRemaining()) {
      open.write(line);
    }
    open.force(false);
    ofUser.put(entry.user, already + 1);
    entries++;
    return true;
  }

  /** Begins a period's file anew; never an earlier one's, where the clock was set back. */
  private void begin(long now) throws IOException {
    if (now <= period) {
      return;
    }
    open.close();
    open = openFile(now);
    open.truncate(0);
    open.force(true);
    period = now;
    entries = 0;
    ofUser.clear();
  }

  @Override
  public synchronized void close() throws IOException {
    open.close();
  }
}
