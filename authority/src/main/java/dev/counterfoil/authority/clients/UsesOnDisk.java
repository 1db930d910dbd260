package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What was used, on disk for as long as it counts, so that a restart forgets none of it. A line
 * each, synced before {@link #write} returns.
 *
 * <p>There are two files, for the even and the odd periods of {@link Limits#period}. What stands in
 * one counts no more when its next period begins, and it begins anew.
 */
public final class UsesOnDisk implements AutoCloseable {
  private static final int LINE_MAX = 4096;

  private final Disk disk;
  private final String base;
  private final Limits limits;
  private final Map<String, Integer> ofUser = new HashMap<>();
  private List<Entry> found = new ArrayList<>();
  private DiskFile open;
  private long period;
  private int entries;

  /** Where the next line begins: what lies behind it was not written whole. */
  private long end;

  /**
   * How much there is.
   *
   * @param period longer than anything counts, so that a file's entries are over when it begins
   *     anew
   * @param ofUserMax most entries of a user in a period
   * @param entriesMax most entries in a period: a line each
   */
  public record Limits(Duration period, int ofUserMax, int entriesMax) {}

  /**
   * One that was used.
   *
   * @param user whose it is
   * @param id which of the user's it is
   * @param issued its {@code iat}
   * @param until the first instant at which it counts no more
   */
  public record Entry(String user, String id, Instant issued, Instant until) {
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

    private static Entry parse(byte[] line) throws FormatException {
      JsonObject json = StrictJson.object(line, LINE_MAX);
      return new Entry(
          json.string("user"),
          json.string("id"),
          Instant.ofEpochSecond(json.number("iat")),
          Instant.ofEpochSecond(json.number("until")));
    }
  }

  private UsesOnDisk(Disk disk, String base, Limits limits, Instant now) throws IOException {
    this.disk = disk;
    this.base = base;
    this.limits = limits;
    this.period = periodOf(now);
    read(name(period + 1), now);
    int before = found.size();
    end = read(name(period), now);
    for (Entry entry : found.subList(before, found.size())) {
      count(entry);
    }
    this.open = disk.openOrCreate(name(period));
    try {
      mend();
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  /**
   * Reads what there is and goes on with it.
   *
   * @param base the name of both files, without their last letter
   * @throws IOException when a file cannot be read: what was used is not known then
   */
  public static UsesOnDisk open(Disk disk, String base, Limits limits, Instant now)
      throws IOException {
    return new UsesOnDisk(disk, base, limits, now);
  }

  /** Removes both files. */
  public static void remove(Disk disk, String base) throws IOException {
    disk.delete(name(base, 0));
    disk.delete(name(base, 1));
  }

  private long periodOf(Instant now) {
    return Math.floorDiv(now.getEpochSecond(), limits.period.toSeconds());
  }

  private String name(long of) {
    return name(base, of);
  }

  private static String name(String base, long of) {
    return base + (of % 2 == 0 ? "-a" : "-b");
  }

  /** The length of its whole lines: what stands behind the last was not synced. */
  private long read(String name, Instant now) throws IOException {
    byte[] bytes;
    try {
      bytes = disk.read(name, Integer.MAX_VALUE - 8);
    } catch (NoSuchFileException e) {
      return 0;
    }
    int from = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] != '\n') {
        continue;
      }
      if (at > from) {
        entry(name, Arrays.copyOfRange(bytes, from, at), now);
      }
      from = at + 1;
    }
    return from;
  }

  private void entry(String name, byte[] line, Instant now) throws IOException {
    try {
      Entry entry = Entry.parse(line);
      if (entry.until.isAfter(now)) {
        found.add(entry);
      }
    } catch (FormatException e) {
      throw new IOException(
          name
              + " in "
              + disk
              + " is damaged, so it is unknown what was used. Wait "
              + limits.period.toSeconds()
              + " seconds, delete it, and start again.",
          e);
    }
  }

  private void count(Entry entry) {
    ofUser.merge(entry.user, 1, Integer::sum);
    entries++;
  }

  /** What the last process wrote down and counts still; given once, and not held any longer. */
  public synchronized List<Entry> found() {
    List<Entry> given = found;
    found = List.of();
    return given;
  }

  /**
   * Writes one down.
   *
   * @return whether there was room
   * @throws IOException when it is not on disk
   */
  public synchronized boolean write(Entry entry, Instant now) throws IOException {
    begin(periodOf(now));
    if (ofUser.getOrDefault(entry.user, 0) >= limits.ofUserMax || entries >= limits.entriesMax) {
      return false;
    }
    mend();
    byte[] line = entry.line();
    open.write(ByteBuffer.wrap(line), end);
    open.sync();
    end += line.length;
    count(entry);
    return true;
  }

  /** Takes out what a write that failed left: it would spoil the line that is written over it. */
  private void mend() throws IOException {
    if (open.sizeBytes() > end) {
      byte[] whole = new byte[Math.toIntExact(end)];
      open.read(ByteBuffer.wrap(whole), 0);
      restart(period, whole);
    }
  }

  /** Begins a period's file anew; never an earlier one's, where the clock was set back. */
  private void begin(long now) throws IOException {
    if (now <= period) {
      return;
    }
    restart(now, new byte[0]);
    period = now;
    end = 0;
    entries = 0;
    ofUser.clear();
  }

  private void restart(long of, byte[] content) throws IOException {
    disk.replace(name(of), content);
    DiskFile fresh = disk.openOrCreate(name(of));
    open.close();
    open = fresh;
  }

  @Override
  public synchronized void close() throws IOException {
    open.close();
  }
}
