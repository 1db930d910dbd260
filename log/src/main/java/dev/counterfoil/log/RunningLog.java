package dev.counterfoil.log;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.disk.ThreadEnd;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A log with its threads: one sequences, one signs checkpoints on a timer, one keeps house, one
 * releases what waited for a {@link Level} in vain, or came late. None is ever interrupted, because
 * an interrupt closes the file that a thread is writing.
 */
public final class RunningLog implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(RunningLog.class.getName());

  /** Most entries that one step takes. */
  private static final int BATCH_MAX = 4096;

  /** Places beyond those of {@link Options}, for {@link Submission#mayTakeReserve}. */
  static final int QUEUE_RESERVE = 1024;

  /** How often the housekeeper looks whether there is something to do. */
  private static final Duration HOUSEKEEPING = Duration.ofMillis(50);

  /** How often it is looked whether the folders are in place, while nothing is recorded too. */
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  /** Nothing is recorded when the last look was longer ago: the sequencer looks itself then. */
  private static final Duration LOOK_VALID = Duration.ofMillis(50);

  private final Log log;
  private final Options options;
  private final Consumer<Throwable> onFailure;
  private final SubmissionQueue queue;
  private final AtomicReference<@Nullable CompletableFuture<@Nullable Void>> sealing =
      new AtomicReference<>();
  private final AtomicReference<@Nullable CompletableFuture<@Nullable Void>> rollingOver =
      new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Semaphore housework = new Semaphore(0);
  private final Thread sequencer;
  private final Thread checkpointer;
  private final Thread housekeeper;
  private final Thread releaser;
  private final Thread watcher;
  private volatile long inPlaceAt = System.nanoTime() - LOOK_VALID.toNanos();
  private volatile boolean releasing = true;
  private volatile Runnable grown = () -> {};
  private volatile Runnable held = () -> {};

  /**
   * How a log runs.
   *
   * @param checkpointInterval pause between two checkpoints
   * @param queueMax entries that may wait; more are refused as busy
   */
  public record Options(Duration checkpointInterval, int queueMax) {
    /** A checkpoint every 20 ms; a queue that is worked off in a fraction of a second. */
    public static final Options DEFAULT = new Options(Duration.ofMillis(20), 16_384);

    public Options {
      if (!checkpointInterval.isPositive() || queueMax < 1) {
        throw new IllegalArgumentException("interval and queue must be positive");
      }
    }
  }

  private RunningLog(Log log, Options options, Consumer<Throwable> onFailure) {
    this.log = log;
    this.options = options;
    this.onFailure = onFailure;
    this.queue = new SubmissionQueue(options.queueMax(), QUEUE_RESERVE);
    sequencer = thread("sequencer", this::sequence);
    checkpointer = thread("checkpointer", this::signCheckpoints);
    housekeeper = thread("housekeeper", this::keepHouse);
    releaser = thread("releaser", this::release);
    watcher = thread("storage-watch", this::watchStorage);
    log.levels().onWork(() -> LockSupport.unpark(releaser));
  }

  /**
   * Starts the threads of a log that was opened.
   *
   * @param onFailure told once when the log failed; what waited has been told before. It stops the
   *     process: a new start recovers
   */
  public static RunningLog start(Log log, Options options, Consumer<Throwable> onFailure) {
    RunningLog running = new RunningLog(log, options, onFailure);
    running.sequencer.start();
    running.checkpointer.start();
    running.housekeeper.start();
    running.releaser.start();
    running.watcher.start();
    return running;
  }

  private Thread thread(String name, Runnable work) {
    return Thread.ofPlatform()
        .name(name)
        .unstarted(
            () -> {
              try {
                work.run();
              } catch (RuntimeException | Error e) {
                fail(e);
              }
            });
  }

  /** Hands an entry to the sequencer, or refuses it at once on the caller's thread. */
  public void submit(Submission submission) {
    queue(submission);
    flush();
  }

  /**
   * The same without waking the sequencer: for a caller that has more at hand and then calls {@link
   * #flush}. Woken by the first of many entries, the sequencer would sync that one alone.
   */
  public void queue(Submission submission) {
    queue.offer(submission).ifPresent(submission::refused);
  }

  /** Has the sequencer take what was queued. */
  public void flush() {
    queue.flush();
  }

  private void sequence() {
    List<Submission> taken = new ArrayList<>();
    while (true) {
      boolean last = queue.isClosed();
      taken = queue.take(taken);
      Throwable failed = failure.get();
      if (failed != null) {
        taken.forEach(submission -> submission.failed(failed));
      } else {
        try {
          sequenceAll(taken);
          doWhenAsked(sealing, log::seal);
          doWhenAsked(rollingOver, log::rollOver);
        } catch (RuntimeException | Error e) {
          // Goes on only to tell those who still wait.
          fail(e);
        }
      }
      if (last && taken.isEmpty()) {
        return;
      }
    }
  }

  private void sequenceAll(List<Submission> taken) {
    for (int i = 0; i < taken.size(); i += BATCH_MAX) {
      int end = Math.min(taken.size(), i + BATCH_MAX);
      long segment = log.segmentBegin();
      try {
        if (System.nanoTime() - inPlaceAt > LOOK_VALID.toNanos()) {
          requireInPlace();
        }
        log.sequence(taken.subList(i, end));
        if (log.segmentBegin() != segment) {
          // The spare segment was taken: the next one is allocated while this one fills.
          housework.release();
        }
        grown.run();
      } catch (LogFailedException e) {
        taken.subList(end, taken.size()).forEach(submission -> submission.failed(e));
        throw e;
      }
    }
  }

  /** What was recorded where nobody can read it back was not recorded: the log must not go on. */
  private void requireInPlace() {
    long now = System.nanoTime();
    try {
      log.requireInPlace();
    } catch (IOException e) {
      throw new LogFailedException("the log's storage is lost: " + e.getMessage(), e);
    }
    inPlaceAt = now;
  }

  private void watchStorage() {
    do {
      requireInPlace();
    } while (!stopsWithin(LOOK_EVERY));
  }

  /** What is done between two steps, on the sequencer's thread. */
  @FunctionalInterface
  private interface Between {
    void run() throws IOException;
  }

  private static void doWhenAsked(
      AtomicReference<@Nullable CompletableFuture<@Nullable Void>> ask, Between work) {
    CompletableFuture<@Nullable Void> asked = ask.getAndSet(null);
    if (asked != null) {
      try {
        work.run();
        asked.complete(null);
      } catch (IOException | RuntimeException e) {
        asked.completeExceptionally(e);
        throw new LogFailedException("sealing the log or ending a segment failed", e);
      }
    }
  }

  private void signCheckpoints() {
    boolean running = true;
    while (running) {
      running = !stopsWithin(options.checkpointInterval());
      try {
        if (failure.get() == null) {
          log.checkpoint();
        }
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.ERROR, "Publishing a checkpoint failed; trying again", e);
      }
    }
  }

  private void keepHouse() {
    do {
      try {
        log.housekeep();
      } catch (IOException e) {
        throw new LogFailedException("making the tiles durable failed", e);
      }
    } while (goesOnKeepingHouse());
  }

  /** Waits until there may be something to do. */
  private boolean goesOnKeepingHouse() {
    try {
      boolean _ = housework.tryAcquire(HOUSEKEEPING.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("a thread of the log was interrupted", e);
    }
    housework.drainPermits();
    return stop.getCount() > 0 && failure.get() == null;
  }

  private boolean stopsWithin(Duration pause) {
    try {
      return stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("a thread of the log was interrupted", e);
    }
  }

  private void release() {
    while (releasing) {
      // A permit that was given since the queues were looked at makes this return at once.
      LockSupport.parkNanos(this, log.levels().release());
    }
    log.levels().releaseAll();
  }

  private void fail(Throwable cause) {
    if (failure.compareAndSet(null, cause)) {
      queue.close();
      stop.countDown();
      housework.release();
      onFailure.accept(cause);
    }
  }

  /**
   * Has this be run on the sequencer's thread whenever there may be more durable entries, which
   * {@link #tree} shows by then; it must be cheap.
   */
  public void onGrown(Runnable work) {
    grown = work;
  }

  /** Has this be run whenever {@link Level#HELD} was raised; it must be cheap. */
  public void onHeld(Runnable work) {
    held = work;
  }

  /** The tree over all durable entries. */
  public TreeState tree() {
    return log.tree();
  }

  /**
   * The root of the tree of a size that the log had a short time ago; empty where it is long past,
   * or no batch ended there. Cheap, by any thread.
   */
  public Optional<Hash> recentRoot(long size) {
    return log.recentTrees().rootAt(size);
  }

  /** Number of durable entries. */
  public long size() {
    return log.tree().size();
  }

  /**
   * Says that the first so many entries are safe at a level, and releases what waited for it, on
   * this thread. By any thread; sizes may come in any order, and a smaller one changes nothing.
   *
   * @throws IllegalArgumentException for more entries than are durable, or for {@link
   *     Level#DURABLE}; {@link Level#CHECKPOINTED} is raised by the log itself
   */
  public void raise(Level level, long size) {
    log.raise(level, size);
    if (level == Level.HELD) {
      held.run();
    }
  }

  /** Number of entries that are safe at a level. */
  public long size(Level level) {
    return log.size(level);
  }

  /** Whether an entry waits for a level. Cheap, by any thread. */
  public boolean isAwaited(Level level) {
    return log.levels().isAwaited(level);
  }

  /** The last checkpoint that was published. */
  public Optional<SignedNote> checkpoint() {
    return log.checkpointer().last();
  }

  /** Reads the counterfoils. */
  public JournalReader journal() {
    return log.journal();
  }

  /** Whether the log can take more than the present segment holds: false announces "full". */
  public boolean isNextSegmentReady() {
    return log.isNextSegmentReady();
  }

  /** Whether the log has ended. */
  public boolean isSealed() {
    return log.isSealed();
  }

  /** Ends the log for good; returns when the seal is durable. What was queued before is taken. */
  public void seal() {
    CompletableFuture<@Nullable Void> asked = new CompletableFuture<>();
    if (!sealing.compareAndSet(null, asked)) {
      throw new IllegalStateException("the log is being sealed already");
    }
    queue.wake();
    asked.join();
  }

  /**
   * Ends the segment that is written, so that it can be given back; the next entry begins another.
   * Returns when it is so.
   *
   * @return false when the log closes
   */
  public boolean rollOver() {
    CompletableFuture<@Nullable Void> asked = new CompletableFuture<>();
    if (queue.isClosed() || !rollingOver.compareAndSet(null, asked)) {
      return false;
    }
    queue.wake();
    while (!asked.isDone()) {
      if (!sequencer.isAlive()) {
        return asked.isDone();
      }
      LockSupport.parkNanos(asked, Duration.ofMillis(5).toNanos());
    }
    return !asked.isCompletedExceptionally();
  }

  /**
   * Removes whole segments of the journal's beginning: see {@link Log#giveBack}. On one thread.
   *
   * @return the first record that there is now
   */
  public long giveBack(long upTo) throws IOException {
    return log.giveBack(upTo);
  }

  /** First record of the segment that is written; the size where none is. */
  public long segmentBegin() {
    return log.segmentBegin();
  }

  /** Takes what is queued, publishes a last checkpoint and closes the files. */
  @Override
  public void close() throws IOException {
    queue.close();
    ThreadEnd.await(sequencer);
    stop.countDown();
    housework.release();
    ThreadEnd.await(checkpointer);
    ThreadEnd.await(housekeeper);
    ThreadEnd.await(watcher);
    releasing = false;
    LockSupport.unpark(releaser);
    ThreadEnd.await(releaser);
    if (failure.get() == null) {
      log.close();
    } else {
      log.abandon();
    }
  }
}
