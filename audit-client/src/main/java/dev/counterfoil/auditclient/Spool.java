package dev.counterfoil.auditclient;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Events that wait on disk for the audit log. {@link #record} returns when the event is durable;
 * what queued meanwhile is written together with one sync. What was delivered is removed; the size
 * is bounded, and of a part of it only events of containment make use: revoking goes on when
 * everything else is refused.
 *
 * <p>What a crash leaves: before {@code record} returned, the event or nothing of it; after it, the
 * event. What was delivered and not yet acknowledged is delivered again with the same number.
 *
 * <p>A write that fails because the disk is full is taken back, and a later one may find room. A
 * sync that fails leaves nobody knowing what is on the disk: this spool takes nothing more.
 */
public final class Spool implements EventFeed, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Spool.class.getName());

  /** Most events that are written with one sync. */
  private static final int TOGETHER_MAX = 512;

  /** Where there is less room than for an event of this length, {@link #obstacle} says so. */
  private static final int EVENT_BYTES_USUAL = 4096;

  private final SpoolFiles files;
  private final Settings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition more = lock.newCondition();
  private final Thread writer;

  // Guarded by the lock.
  private List<Waiting> queue = new ArrayList<>();
  private long queuedBytes;
  private boolean closed;
  private @Nullable Exception failure;
  private long lost;
  private boolean hadNoRoom;

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

    /** The same, which forgets the oldest when it is full. */
    public Settings forgettingOldest() {
      return new Settings(folder, name, bytesMax, reserveBytes, segmentBytes, true);
    }
  }

  private static final class Waiting {
    final byte[] content;
    final boolean contains;
    final boolean heard;
    final CountDownLatch done = new CountDownLatch(1);
    volatile @Nullable SpoolUnavailableException refused;

    Waiting(byte[] content, boolean contains, boolean heard) {
      this.content = content;
      this.contains = contains;
      this.heard = heard;
    }

    void end(@Nullable SpoolUnavailableException why) {
      refused = why;
      done.countDown();
    }
  }

  private Spool(Settings settings, SpoolFiles files) {
    this.settings = settings;
    this.files = files;
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
    return new Spool(settings, SpoolFiles.open(settings.folder(), settings.name(), random));
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
    await(add(event, false, true));
  }

  /** The same of what contains a theft, for which there is a reserve. */
  public void recordContainment(JsonObject event) throws SpoolUnavailableException {
    await(add(event, true, true));
  }

  /** Keeps an event a moment later: of it nobody hears whether it was kept, but as lost. */
  public void recordLater(JsonObject event) {
    try {
      Waiting unused = add(event, false, false);
    } catch (SpoolUnavailableException e) {
      countLost(e);
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

  /** Why {@link #record} would keep nothing now; empty when it would. */
  public Optional<SpoolUnavailableException> obstacle() {
    lock.lock();
    try {
      if (closed || failure != null) {
        return Optional.of(closed ? closed() : failed());
      }
      long room = settings.bytesMax() - settings.reserveBytes();
      return hadNoRoom || (!forgets() && files.bytes() + queuedBytes + EVENT_BYTES_USUAL > room)
          ? Optional.of(full())
          : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the oldest events may go: while nobody ever took one. */
  private boolean forgets() {
    return settings.forgetsOldest() && files.acknowledged() == 0;
  }

  private Waiting add(JsonObject event, boolean contains, boolean heard)
      throws SpoolUnavailableException {
    byte[] content = checked(event);
    lock.lock();
    try {
      if (closed || failure != null) {
        throw closed ? closed() : failed();
      }
      long room = settings.bytesMax() - (contains ? 0 : settings.reserveBytes());
      long bytes = (long) content.length + SpoolSegment.RECORD_HEAD_BYTES;
      if (!forgets() && files.bytes() + queuedBytes + bytes > room) {
        throw full();
      }
      Waiting one = new Waiting(content, contains, heard);
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

  private SpoolUnavailableException failed() {
    return new SpoolUnavailableException(
        "spool-failed", "the audit spool failed: look at its disk, and start the process again");
  }

  private static void await(Waiting one) throws SpoolUnavailableException {
    boolean interrupted = false;
    while (true) {
      try {
        one.done.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    SpoolUnavailableException refused = one.refused;
    if (refused != null) {
      throw new SpoolUnavailableException(refused.code(), String.valueOf(refused.getMessage()));
    }
  }

  /** The writer's thread, which nobody interrupts: that would close its file. */
  private void write() {
    while (true) {
      List<Waiting> taken;
      lock.lock();
      try {
        while (queue.isEmpty() && !closed) {
          work.awaitUninterruptibly();
        }
        if (queue.isEmpty()) {
          return;
        }
        int count = Math.min(TOGETHER_MAX, queue.size());
        taken = new ArrayList<>(queue.subList(0, count));
        queue = new ArrayList<>(queue.subList(count, queue.size()));
      } finally {
        lock.unlock();
      }
      write(taken);
    }
  }

  private void write(List<Waiting> taken) {
    @Nullable SpoolUnavailableException refused = null;
    List<Waiting> left = List.of();
    try {
      if (failed(taken)) {
        return;
      }
      files.roll(settings.segmentBytes());
      if (forgets()) {
        forgetOldest();
      }
      if (!files.append(taken.stream().map(one -> one.content).toList())) {
        // The disk is full. What contains a theft takes what was laid by for it.
        refused = full();
        left = taken.stream().filter(one -> one.contains).toList();
        if (!left.isEmpty()
            && files.giveReserve()
            && files.append(left.stream().map(one -> one.content).toList())) {
          left.forEach(one -> one.end(null));
        } else {
          left = List.of();
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "the audit spool failed: it takes no more events", e);
      lock.lock();
      try {
        failure = e;
      } finally {
        lock.unlock();
      }
      refused = failed();
      // Nobody waits for ever: also those that the reserve was for hear that it failed.
      left = List.of();
    }
    for (Waiting one : taken) {
      if (!left.contains(one)) {
        one.end(refused);
        if (refused != null && !one.heard) {
          countLost(refused);
        }
      }
    }
    written(taken);
  }

  /** After a failure nothing is written any more. */
  private boolean failed(List<Waiting> taken) {
    lock.lock();
    try {
      if (failure == null) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    taken.forEach(one -> one.end(failed()));
    written(taken);
    return true;
  }

  private void written(List<Waiting> taken) {
    lock.lock();
    try {
      hadNoRoom = taken.stream().anyMatch(one -> one.refused != null);
      for (Waiting one : taken) {
        queuedBytes -= one.content.length + SpoolSegment.RECORD_HEAD_BYTES;
      }
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void forgetOldest() throws IOException {
    while (files.bytes() > settings.bytesMax() - settings.reserveBytes()) {
      long gone = files.forgetOldest();
      if (gone == 0) {
        return;
      }
      lock.lock();
      try {
        lost += gone;
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public List<NumberedEvent> waiting(int countMax, int bytesMax) throws IOException {
    return waiting(files.acknowledged(), countMax, bytesMax);
  }

  /** The events from a number on, as {@link #waiting(int, int)} gives them. */
  public List<NumberedEvent> waiting(long from, int countMax, int bytesMax) throws IOException {
    List<NumberedEvent> events = new ArrayList<>();
    for (SpoolFiles.Kept kept : files.read(from, countMax, bytesMax)) {
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

  /** Whether more than half of its room is taken: what can wait or be left out should be. */
  public boolean isHalfFull() {
    return files.bytes() > (settings.bytesMax() - settings.reserveBytes()) / 2;
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
