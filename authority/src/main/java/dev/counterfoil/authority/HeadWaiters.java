package dev.counterfoil.authority;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Those who wait for a log to grow. One thread looks at the checkpoint that the registrar
 * publishes, fifty times a second and only while somebody waits, and wakes them all: the log is
 * looked at as often for one verifier as for thousands, each of which costs a parked virtual
 * thread.
 */
final class HeadWaiters implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final System.Logger LOG = System.getLogger(HeadWaiters.class.getName());

  /** Tells how large the log is: any number that grows with it. */
  @FunctionalInterface
  interface Size {
    long now() throws IOException;
  }

  private final Size size;
  private final Duration waitMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grew = lock.newCondition();
  private final Condition asked = lock.newCondition();
  private final Thread watcher;

  /** Guarded by lock, as all below. */
  private long seen;

  private int waiting;
  private boolean closed;

  /**
   * Starts to watch.
   *
   * @param waitMax longest wait that is granted, whatever is asked for
   */
  HeadWaiters(Size size, Duration waitMax) {
    this.size = size;
    this.waitMax = waitMax;
    this.watcher = Thread.ofVirtual().name("key-log-watcher").start(this::watch);
  }

  /** Returns when the log is larger than a size, or a time is over, whichever comes first. */
  void await(long after, Duration wait) throws InterruptedException {
    long left = Math.min(wait.toNanos(), waitMax.toNanos());
    lock.lockInterruptibly();
    try {
      waiting++;
      asked.signal();
      try {
        while (seen <= after && left > 0 && !closed) {
          left = grew.awaitNanos(left);
        }
      } finally {
        waiting--;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The same without holding the caller up. */
  CompletableFuture<Void> awaited(long after, Duration wait) {
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
  int waiting() {
    lock.lock();
    try {
      return waiting;
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
      while (waiting == 0 && !closed) {
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
    lock.lock();
    try {
      // Never backwards: a checkpoint that went back wakes nobody and is seen by who reads it.
      if (now > seen) {
        seen = now;
        grew.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets all go. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      grew.signalAll();
      asked.signalAll();
    } finally {
      lock.unlock();
    }
    watcher.interrupt();
  }
}
