package dev.counterfoil.http.answers;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Has what costs much done by a few requests at a time: a caller may have as many connections as he
 * likes. The others wait for their turn, a few of each caller, and not for ever. Safe for
 * concurrent use.
 */
public final class Turns {
  /** Longest wait: a caller's own patience is longer. */
  static final Duration WAIT_MAX = Duration.ofSeconds(10);

  private final Semaphore free;
  private final int eachMax;
  private final Map<String, Integer> callers = new HashMap<>();

  /**
   * Turns of one kind.
   *
   * @param atOnce how many are taken at one time
   * @param eachMax how many one caller has and waits for
   */
  public Turns(int atOnce, int eachMax) {
    // In the order of their coming, or one who asks often would be served before all others.
    this.free = new Semaphore(atOnce, true);
    this.eachMax = eachMax;
  }

  /** A turn that was taken; given back once. */
  public interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits for a turn.
   *
   * @param caller whose it is
   * @throws BusyException when there is none in time, or the caller has too many already
   */
  public Turn take(String caller) throws BusyException {
    enter(caller);
    boolean isTaken = false;
    try {
      isTaken = free.tryAcquire(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!isTaken) {
        leave(caller);
      }
    }
    if (!isTaken) {
      throw new BusyException();
    }
    return () -> {
      free.release();
      leave(caller);
    };
  }

  private synchronized void enter(String caller) throws BusyException {
    int own = callers.getOrDefault(caller, 0);
    if (own == eachMax) {
      throw new BusyException();
    }
    callers.put(caller, own + 1);
  }

  private synchronized void leave(String caller) {
    callers.computeIfPresent(caller, (_, own) -> own == 1 ? null : own - 1);
  }
}
