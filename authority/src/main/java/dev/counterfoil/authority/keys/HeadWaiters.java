package dev.counterfoil.authority.keys;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Those who wait for a log to grow. One thread looks at the checkpoint that the registrar
 * publishes, fifty times a second and only while somebody waits, and wakes them all: the log is
 * looked at as often for one verifier as for thousands, each of which costs a parked virtual
 * thread.
 */
public final class HeadWaiters implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final System.Logger LOG = System.getLogger(HeadWaiters.class.getName());

  /** Tells how large the log is: any number that grows with it. */
  @FunctionalInterface
  public interface Size {
    long now() throws IOException;
  }

  private final Size size;
  private final Duration waitMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition asked = lock.newCondition();
  private final Thread watcher;

  /** Guarded by lock, as all below. */
  private long seen;

  /** Who sleeps, each with what he knows; to leave costs the same however many stay. */
  private final Map<CountDownLatch, Long> asleep = new HashMap<>();

  private boolean closed;

  /**
   * Starts to watch.
   *
   * @param waitMax longest wait that is granted, whatever is asked for
   */
  public HeadWaiters(Size size, Duration waitMax) {
    this.size = size;
    this.waitMax = waitMax;
    this.watcher = Thread.ofVirtual().name("key-log-watcher").start(this::watch);
  }

  /** Returns when the log is larger than a size, or a time is over, whichever comes first. */
  public void await(long after, Duration wait) throws InterruptedException {
    long nanos = Math.min(wait.toNanos(), waitMax.toNanos());
    CountDownLatch larger = new CountDownLatch(1);
    lock.lockInterruptibly();
    try {
      if (seen > after || nanos <= 0 || closed) {
        return;
      }
      asleep.put(larger, after);
      asked.signal();
    } finally {
      lock.unlock();
    }
    try {
      boolean _ = larger.await(nanos, TimeUnit.NANOSECONDS);
    } finally {
      lock.lock();
      try {
        asleep.remove(larger);
      } finally {
        lock.unlock();
      }
    }
  }

  /** The same without holding the caller up. */
  public CompletableFuture<Void> awaited(long after, Duration wait) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                await(after, wait);
                over.complete(null);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                over.completeExceptionally(e);
              }
            });
    return over;
  }

  /** How many wait. */
  public int waiting() {
    lock.lock();
    try {
      return asleep.size();
    } finally {
      lock.unlock();
    }
  }

  private void watch() {
    try {
      while (isWanted()) {
        look();
        TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos());
      }
    } catch (InterruptedException e) {
      // Closed.
      Thread.currentThread().interrupt();
    }
  }

  /** Whether to look; waits until there is somebody to look for. */
  private boolean isWanted() throws InterruptedException {
    lock.lock();
    try {
      while (asleep.isEmpty() && !closed) {
        asked.await();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    long now;
    try {
      now = size.now();
    } catch (IOException e) {
      // Whoever waits is answered when his time is over, and then reads it himself.
      LOG.log(System.Logger.Level.DEBUG, "the key log''s checkpoint: {0}", e.toString());
      return;
    }
    List<CountDownLatch> woken = new ArrayList<>();
    lock.lock();
    try {
      // Never backwards: a checkpoint that went back wakes nobody and is seen by who reads it.
      if (now > seen) {
        seen = now;
        asleep.forEach(
            (waiter, after) -> {
              if (now > after) {
                woken.add(waiter);
              }
            });
      }
    } finally {
      lock.unlock();
    }
    woken.forEach(CountDownLatch::countDown);
  }

  /** Lets all go. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      asleep.keySet().forEach(CountDownLatch::countDown);
      asked.signalAll();
    } finally {
      lock.unlock();
    }
    watcher.interrupt();
  }
}
