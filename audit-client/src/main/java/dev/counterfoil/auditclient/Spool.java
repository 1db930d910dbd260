package dev.counterfoil.auditclient;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * Events that wait on disk for the audit log. {@link #record} returns when the event is durable;
 * what queued meanwhile is written together with one sync. What was delivered is removed; the size
 * is bounded, and how far it may be filled depends on what with ({@link Share}): revoking goes on
 * when everything else is refused, and administration when requests are.
 *
 * <p>What a crash leaves: before {@code record} returned, the event or nothing of it; after it, the
 * event. What was delivered and not yet acknowledged is delivered again with the same number.
 *
 * <p>What cannot be made durable is refused: on a full disk, and when a write or a sync fails. What
 * contains a theft then goes into a reserve that lies on the disk already. The next event is tried
 * again in another file, and once a second the disk is tried without one, so that the spool goes on
 * by itself when its disk does.
 */
public final class Spool implements EventFeed, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Spool.class.getName());

  /** Most events that are written with one sync. */
  private static final int TOGETHER_MAX = 512;

  /** Where there is less room than for an event of this length, {@link #obstacle} says so. */
  private static final int EVENT_BYTES_USUAL = 4096;

  private static final long PROBE_EVERY_NANOS = 1_000_000_000;

  /** Longest wait for room. */
  private static final Duration ROOM_WAIT_MAX = Duration.ofSeconds(2);

  /** An audit log that took nothing for so long is away, and nobody waits for it. */
  private static final Duration TAKING_WITHIN = Duration.ofSeconds(3);

  /** Most that wait for room at one time. */
  static final int ROOM_WAITERS_MAX = 1_000;

  private final SpoolFiles files;
  private final SpoolWriter written;
  private final Settings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition more = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final Thread writer;

  // Guarded by the lock.
  private List<SpoolWriter.Waiting> queue = new ArrayList<>();
  private long queuedBytes;
  private boolean closed;
  private long lost;
  private int roomWaiters;

  /** When the audit log last took something, by {@link System#nanoTime}; empty while it did not. */
  private OptionalLong tookAt = OptionalLong.empty();

  /**
   * How much it keeps.
   *
   * @param folder its own
   * @param name with which the stream's name begins: the process's
   * @param bytesMax most bytes in all
   * @param reserveBytes of them, those for events of containment alone
   * @param segmentBytes a file of about so many bytes is removed as a whole
   * @param forgetsOldest whether, when it is full and as long as nobody ever took an event, the
   *     oldest events go instead of the operation being refused
   */
  public record Settings(
      Path folder,
      String name,
      long bytesMax,
      long reserveBytes,
      long segmentBytes,
      boolean forgetsOldest) {
    /** 64 MiB in files of 1 MiB, 8 MiB of them in reserve. */
    public Settings(Path folder, String name) {
      this(folder, name, 64L << 20, 8L << 20, 1L << 20, false);
    }

    public Settings {
      if (reserveBytes < 0 || segmentBytes < 1 || bytesMax < reserveBytes + 2 * segmentBytes) {
        throw new IllegalArgumentException("a spool holds two segments beside its reserve");
      }
    }

    private long room(Share share) {
      long all = bytesMax - reserveBytes;
      return switch (share) {
        case REFUSALS -> all / 4;
        case REQUESTS -> all / 4 * 3;
        case OPERATIONS -> all;
        case CONTAINMENT -> bytesMax;
      };
    }

    /** The same, which forgets the oldest when it is full. */
    public Settings forgettingOldest() {
      return new Settings(folder, name, bytesMax, reserveBytes, segmentBytes, true);
    }
  }

  private Spool(Settings settings, SpoolFiles files) {
    this.settings = settings;
    this.files = files;
    this.written = new SpoolWriter(files, settings);
    this.writer = new Thread(this::write, "audit-spool");
    writer.setDaemon(true);
    writer.start();
  }

  /**
   * Opens a spool and recovers it.
   *
   * @param random draws the name of a new stream
   * @throws IOException also when another process has the folder
   */
  public static Spool open(Settings settings, RandomGenerator random) throws IOException {
    return open(settings, SpoolFolder.of(settings.folder()), random);
  }

  static Spool open(Settings settings, SpoolDisk disk, RandomGenerator random) throws IOException {
    return new Spool(settings, SpoolFiles.open(disk, settings.name(), random));
  }

  /** The name of its stream of numbers ({@code metadata.log_name}): new with each new folder. */
  public String streamName() {
    return files.streamName();
  }

  /**
   * Keeps an event: when this returns, it is durable.
   *
   * @param event all of it but {@code metadata.sequence} and {@code metadata.log_name}
   * @throws SpoolUnavailableException when it cannot be kept: do not do what it tells of
   * @throws IllegalArgumentException when the audit log would not take it
   */
  public void record(JsonObject event) throws SpoolUnavailableException {
    record(event, Share.OPERATIONS);
  }

  /** The same with another share. */
  public void record(JsonObject event, Share share) throws SpoolUnavailableException {
    add(event, share, true).await();
  }

  /**
   * The same, which waits briefly when the share is used up and the audit log takes events: more
   * are asked for than it takes, and each goes on when its turn comes. Refused is what waits for
   * two seconds, or beside a thousand others, or for an audit log that is away.
   */
  public void recordPatiently(JsonObject event, Share share) throws SpoolUnavailableException {
    add(event, share, true, true).await();
  }

  /** The same of what contains a theft, for which there is a reserve. */
  public void recordContainment(JsonObject event) throws SpoolUnavailableException {
    record(event, Share.CONTAINMENT);
  }

  /** Keeps an event a moment later: of it nobody hears whether it was kept, but as lost. */
  public void recordLater(JsonObject event) {
    try {
      SpoolWriter.Waiting unused = add(event, Share.OPERATIONS, false);
    } catch (SpoolUnavailableException e) {
      countLost(e);
    }
  }

  /**
   * The same of what is counted where it is not kept.
   *
   * @return false when its share is used up, or the disk takes nothing
   */
  public boolean offer(JsonObject event, Share share) {
    if (written.trouble().isPresent()) {
      return false;
    }
    try {
      SpoolWriter.Waiting unused = add(event, share, false);
      return true;
    } catch (SpoolUnavailableException e) {
      return false;
    }
  }

  /** Whether there is room for another event of a share. */
  public boolean hasRoom(Share share) {
    lock.lock();
    try {
      return !isFull(share, EVENT_BYTES_USUAL);
    } finally {
      lock.unlock();
    }
  }

  /** Takes note of an event that could not be kept: the next heartbeat says how many there are. */
  public void countLost(SpoolUnavailableException why) {
    lock.lock();
    try {
      lost++;
    } finally {
      lock.unlock();
    }
    LOG.log(System.Logger.Level.ERROR, "an audit event is lost: {0}", why.getMessage());
  }

  /** Events that were lost since the start. */
  public long lost() {
    lock.lock();
    try {
      return lost;
    } finally {
      lock.unlock();
    }
  }

  /** Bytes that are used; none count as long as the oldest events may go. */
  public long usedBytes() {
    return forgets() ? 0 : files.bytes();
  }

  /** Most bytes, without the reserve for what contains a theft. */
  public long bytesMax() {
    return settings.room(Share.OPERATIONS);
  }

  /** Why {@link #record} would keep nothing now; empty when it would. */
  public Optional<SpoolUnavailableException> obstacle() {
    lock.lock();
    try {
      if (closed) {
        return Optional.of(closed());
      }
      Optional<SpoolUnavailableException> trouble = written.trouble();
      if (trouble.isPresent()) {
        return trouble;
      }
      return isFull(Share.OPERATIONS, EVENT_BYTES_USUAL) ? Optional.of(full()) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the oldest events may go: while nobody ever took one. */
  private boolean forgets() {
    return settings.forgetsOldest() && files.acknowledged() == 0;
  }

  private boolean isFull(Share share, long more) {
    boolean bounded = !forgets() || share == Share.REFUSALS;
    return bounded && files.bytes() + queuedBytes + more > settings.room(share);
  }

  /** Returns when there is room, or waiting is of no use. */
  private void awaitRoom(Share share, long bytes) {
    if (roomWaiters >= ROOM_WAITERS_MAX) {
      return;
    }
    roomWaiters++;
    try {
      long left = ROOM_WAIT_MAX.toNanos();
      while (left > 0 && !closed && isTaking() && isFull(share, bytes)) {
        left = room.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      roomWaiters--;
    }
  }

  private boolean isTaking() {
    return tookAt.isPresent() && System.nanoTime() - tookAt.getAsLong() < TAKING_WITHIN.toNanos();
  }

  private SpoolWriter.Waiting add(JsonObject event, Share share, boolean heard)
      throws SpoolUnavailableException {
    return add(event, share, heard, false);
  }

  private SpoolWriter.Waiting add(JsonObject event, Share share, boolean heard, boolean waits)
      throws SpoolUnavailableException {
    byte[] content = checked(event);
    long bytes = (long) content.length + SpoolSegment.RECORD_HEAD_BYTES;
    lock.lock();
    try {
      if (waits && isFull(share, bytes)) {
        awaitRoom(share, bytes);
      }
      if (closed) {
        throw closed();
      }
      if (isFull(share, bytes)) {
        throw full();
      }
      SpoolWriter.Waiting one = new SpoolWriter.Waiting(content, share, heard);
      queue.add(one);
      queuedBytes += bytes;
      work.signal();
      return one;
    } finally {
      lock.unlock();
    }
  }

  /** Nothing goes in that the audit log would lay into its quarantine for its form. */
  private byte[] checked(JsonObject event) {
    try {
      byte[] whole = AuditEvent.of(numbered(event, AuditEvent.NUMBER_MAX)).canonicalBytes();
      if (whole.length > AuditEvent.REPORTED_BYTES_MAX) {
        throw new IllegalArgumentException("an audit event is too long");
      }
      return event.canonicalBytes();
    } catch (FormatException e) {
      throw new IllegalArgumentException("not an audit event: " + e.getMessage(), e);
    }
  }

  private JsonObject numbered(JsonObject event, long number) throws FormatException {
    return event.with(
        "metadata",
        event.object("metadata").with("sequence", number).with("log_name", streamName()));
  }

  private static SpoolUnavailableException closed() {
    return new SpoolUnavailableException("spool-closed", "the process is stopping");
  }

  private static SpoolUnavailableException full() {
    return new SpoolUnavailableException(
        "spool-full", "the audit spool is full: see why its events are not delivered");
  }

  /** The writer's thread, which nobody interrupts: that would close its file. */
  private void write() {
    while (true) {
      List<SpoolWriter.Waiting> taken;
      lock.lock();
      try {
        long left = PROBE_EVERY_NANOS;
        while (queue.isEmpty() && !closed && (written.trouble().isEmpty() || left > 0)) {
          if (written.trouble().isEmpty()) {
            work.awaitUninterruptibly();
          } else {
            left = work.awaitNanos(left);
          }
        }
        if (queue.isEmpty() && closed) {
          return;
        }
        int count = Math.min(TOGETHER_MAX, queue.size());
        taken = new ArrayList<>(queue.subList(0, count));
        queue = new ArrayList<>(queue.subList(count, queue.size()));
      } catch (InterruptedException e) {
        // Nobody does that; an interrupt that stood would close the files.
        continue;
      } finally {
        lock.unlock();
      }
      if (taken.isEmpty()) {
        written.probe();
      } else {
        write(taken);
      }
    }
  }

  private void write(List<SpoolWriter.Waiting> taken) {
    long gone = written.write(taken, forgets(), () -> unqueue(taken));
    lock.lock();
    try {
      lost += gone;
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What is on the disk counts there alone, before anyone hears that it is. */
  private void unqueue(List<SpoolWriter.Waiting> taken) {
    lock.lock();
    try {
      for (SpoolWriter.Waiting one : taken) {
        queuedBytes -= one.bytes();
      }
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<NumberedEvent> waiting(int countMax, int bytesMax) throws IOException {
    return waiting(files.acknowledged(), countMax, bytesMax);
  }

  /** The events from a number on, as {@link #waiting(int, int)} gives them. */
  public List<NumberedEvent> waiting(long from, int countMax, int bytesMax) throws IOException {
    List<NumberedEvent> events = new ArrayList<>();
    for (SpoolReader.Kept kept : files.read(from, countMax, bytesMax)) {
      try {
        JsonObject event = StrictJson.object(kept.content(), SpoolSegment.CONTENT_BYTES_MAX);
        events.add(new NumberedEvent(kept.number(), numbered(event, kept.number()).toString()));
      } catch (FormatException e) {
        throw new IOException("record " + kept.number() + " of the audit spool is no event", e);
      }
    }
    return events;
  }

  @Override
  public void acknowledge(long upTo) throws IOException {
    files.acknowledge(upTo);
    lock.lock();
    try {
      tookAt = OptionalLong.of(System.nanoTime());
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void await(Duration atMost) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = atMost.toNanos();
      while (left > 0 && files.acknowledged() >= files.size() && !closed) {
        left = more.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The number that the next event gets. */
  public long size() {
    return files.size();
  }

  /** Events below this number were delivered. */
  public long acknowledged() {
    return files.acknowledged();
  }

  /** Bytes on the disk. */
  public long bytes() {
    return files.bytes();
  }

  /** Writes what is queued, and stops. */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
      more.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (writer.isAlive()) {
      try {
        writer.join(TimeUnit.SECONDS.toMillis(1));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    files.close();
  }
}
