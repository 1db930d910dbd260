package dev.counterfoil.log;

import dev.counterfoil.log.checkpoint.Level;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How far the tree is safe at each {@link Level}, and the recorded entries that wait for one. Sizes
 * only grow. The sequencer's thread adds, any thread raises, and whoever raises releases what
 * waited for it: no other thread has to be woken first. One thread releases what came to wait for
 * what was reached already, and what waited too long. An entry that asks for {@link Level#DURABLE}
 * never comes here.
 *
 * <p>The wait is bounded. An entry whose level does not come in time stays recorded, and its owner
 * is told that the level was not reached. While a level is behind, only {@link #PROBES} entries may
 * wait for it, so that a witness that is away does not fill the log with records that nobody uses.
 */
public final class Levels {
  /** Entries that may wait for a level whose last entry waited in vain. */
  static final int PROBES = 64;

  /** What {@link #release} returns when nothing waits. */
  static final long NOTHING_WAITS = Long.MAX_VALUE;

  private final Options options;
  private final LongSupplier nanos;
  private final Map<Level, Waiters> waiters = new EnumMap<>(Level.class);
  private volatile Runnable wake = () -> {};

  /** Held by who releases: one thread at a time, so that it goes by position. */
  private final ReentrantLock releasing = new ReentrantLock();

  /**
   * Bounds of waiting.
   *
   * @param waitMax longest wait for a level after the record became durable
   * @param waitingMax most entries that wait for one level
   */
  public record Options(Duration waitMax, int waitingMax) {
    /** Several rounds of the witnesses; what a burst of a third of a second makes. */
    public static final Options DEFAULT = new Options(Duration.ofSeconds(2), 8_192);

    public Options {
      if (!waitMax.isPositive() || waitingMax < 1) {
        throw new IllegalArgumentException("wait and number must be positive");
      }
    }
  }

  private record Waiter(Submission submission, long position, long sinceNanos) {}

  private static final class Waiters {
    final AtomicLong size = new AtomicLong();
    final AtomicInteger count = new AtomicInteger();
    final ConcurrentLinkedQueue<Waiter> queue = new ConcurrentLinkedQueue<>();
    volatile boolean behind;
  }

  /**
   * Levels of a log that are all zero.
   *
   * @param nanos a clock that is never set, as {@link System#nanoTime}
   */
  public Levels(Options options, LongSupplier nanos) {
    this.options = options;
    this.nanos = nanos;
    for (Level level : Level.values()) {
      waiters.put(level, new Waiters());
    }
  }

  /** Has this be run whenever an entry may have become free; it must be cheap. */
  void onWork(Runnable work) {
    wake = work;
  }

  private Waiters of(Level level) {
    return Objects.requireNonNull(waiters.get(level));
  }

  /** The number of entries that are safe at a level; of {@link Level#DURABLE} nothing is kept. */
  long size(Level level) {
    return of(level).size.get();
  }

  /** Whether an entry waits for a level. */
  boolean isAwaited(Level level) {
    return of(level).count.get() > 0;
  }

  /**
   * Says that the first so many entries are safe at a level, and releases those that wait for it; a
   * smaller size changes nothing.
   */
  void raise(Level level, long size) {
    Waiters at = of(level);
    long before = at.size.getAndAccumulate(size, Math::max);
    if (before >= size || at.count.get() == 0) {
      return;
    }
    if (releasing.tryLock()) {
      try {
        releaseReached(at);
      } finally {
        releasing.unlock();
      }
    } else {
      // Who releases at this moment may have looked at the size before.
      wake.run();
    }
  }

  private static void releaseReached(Waiters at) {
    for (Waiter first = at.queue.peek();
        first != null && first.position < at.size.get();
        first = at.queue.peek()) {
      end(at, true);
    }
  }

  /**
   * Whether an entry may still begin to wait; asked before it is recorded.
   *
   * @param more entries that were let in and do not wait yet
   */
  Optional<Refusal> refusal(Level level, int more) {
    Waiters at = of(level);
    int max = at.behind ? Math.min(PROBES, options.waitingMax()) : options.waitingMax();
    return at.count.get() + more >= max ? Optional.of(Refusal.BEHIND) : Optional.empty();
  }

  /** Takes a durable entry that asks for a level; on the sequencer's thread, by position. */
  void add(Level level, Submission submission, long position) {
    Waiters at = of(level);
    at.count.incrementAndGet();
    at.queue.add(new Waiter(submission, position, nanos.getAsLong()));
  }

  /** After a batch was added: its levels may have been reached before it came here. */
  void added() {
    wake.run();
  }

  /**
   * Releases what reached its level, by position, and what waited too long.
   *
   * @return nanoseconds until the next entry will have waited too long, or {@link #NOTHING_WAITS}
   */
  long release() {
    releasing.lock();
    try {
      long next = NOTHING_WAITS;
      for (Waiters at : waiters.values()) {
        next = Math.min(next, release(at));
      }
      return next;
    } finally {
      releasing.unlock();
    }
  }

  private long release(Waiters at) {
    while (true) {
      @Nullable Waiter first = at.queue.peek();
      if (first == null) {
        return NOTHING_WAITS;
      }
      boolean reached = first.position < at.size.get();
      long left = first.sinceNanos + options.waitMax().toNanos() - nanos.getAsLong();
      if (!reached && left > 0) {
        return left;
      }
      end(at, reached);
    }
  }

  private static void end(Waiters at, boolean reached) {
    Waiter first = at.queue.remove();
    at.behind = !reached;
    at.count.decrementAndGet();
    if (reached) {
      first.submission.recorded(first.position);
    } else {
      first.submission.unreached(first.position);
    }
  }

  /** Ends all waiting: the log closes, or failed. In place of {@link #release}. */
  void releaseAll() {
    releasing.lock();
    try {
      for (Waiters at : waiters.values()) {
        while (!at.queue.isEmpty()) {
          end(at, at.queue.element().position < at.size.get());
        }
      }
    } finally {
      releasing.unlock();
    }
  }
}
