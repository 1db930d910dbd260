package dev.counterfoil.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Hands entries from many threads to the sequencer's. Bounded, with a reserve for entries that say
 * that they may take it; what queued while the sequencer was busy goes over at once, so that
 * batches arise by themselves and no timer is needed.
 */
final class SubmissionQueue {
  private final int max;
  private final int reserve;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  private List<Submission> waiting = new ArrayList<>();
  private boolean closed;
  private boolean wakeRequested;

  /**
   * A queue.
   *
   * @param max most that wait
   * @param reserve how many more of those that may take it
   */
  SubmissionQueue(int max, int reserve) {
    this.max = max;
    this.reserve = reserve;
  }

  /** Queues an entry, or says why not. A sequencer that waits goes on with {@link #flush}. */
  Optional<Refusal> offer(Submission submission) {
    lock.lock();
    try {
      if (closed) {
        return Optional.of(Refusal.CLOSED);
      }
      if (waiting.size() >= max + (submission.mayTakeReserve() ? reserve : 0)) {
        return Optional.of(Refusal.BUSY);
      }
      waiting.add(submission);
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** Has {@link #take} return if there is an entry. */
  void flush() {
    lock.lock();
    try {
      if (!waiting.isEmpty()) {
        wake.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes all that waits, after waiting for something: {@link #flush}, {@link #wake} or {@link
   * #close}.
   *
   * @param reuse a list that the caller needs no more
   */
  List<Submission> take(List<Submission> reuse) {
    reuse.clear();
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed && !wakeRequested) {
        wake.awaitUninterruptibly();
      }
      wakeRequested = false;
      List<Submission> taken = waiting;
      waiting = reuse;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Has {@link #take} return. */
  void wake() {
    lock.lock();
    try {
      wakeRequested = true;
      wake.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Refuses all that comes from now on; what waits can still be taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      wake.signal();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }
}
