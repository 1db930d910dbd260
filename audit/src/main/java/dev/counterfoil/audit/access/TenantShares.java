package dev.counterfoil.audit.access;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * So much at one time, and of one tenant a part of it: who asks for much waits for himself, and the
 * last place is for a tenant that has none. Safe for concurrent use.
 */
public final class TenantShares {
  private final String what;
  private final int all;
  private final int ofOne;
  private final Duration patience;
  private final Map<Fence, Integer> taken = new HashMap<>();

  /** How many wait, of each tenant. */
  private final Map<Fence, Integer> waiting = new HashMap<>();

  private int total;

  /** A place that is taken until it is closed, once. */
  public final class Share implements AutoCloseable {
    private final Fence fence;

    private Share(Fence fence) {
      this.fence = fence;
    }

    @Override
    public void close() {
      synchronized (taken) {
        taken.computeIfPresent(fence, (_, own) -> own > 1 ? own - 1 : null);
        total--;
        taken.notifyAll();
      }
    }
  }

  /**
   * Shares of something.
   *
   * @param what it is, in the plural, for a message
   * @param all how many at one time
   * @param ofOne how many of them of one tenant
   * @param patience how long one waits for a place
   */
  public TenantShares(String what, int all, int ofOne, Duration patience) {
    this.what = what;
    this.all = all;
    this.ofOne = ofOne;
    this.patience = patience;
  }

  /**
   * Takes a place.
   *
   * @throws AuditBusyException when none becomes free in time
   */
  public Share take(Fence fence) throws AuditBusyException {
    synchronized (taken) {
      waiting.merge(fence, 1, Integer::sum);
      try {
        await(fence, System.nanoTime() + patience.toNanos());
      } finally {
        waiting.computeIfPresent(fence, (_, own) -> own > 1 ? own - 1 : null);
        // Who waited for a newcomer looks again.
        taken.notifyAll();
      }
      taken.merge(fence, 1, Integer::sum);
      total++;
    }
    return new Share(fence);
  }

  private void await(Fence fence, long deadline) throws AuditBusyException {
    while (!isFree(fence)) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AuditBusyException(why(fence));
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(taken, left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AuditBusyException("waiting for other " + what + " was interrupted");
      }
    }
  }

  private boolean isFree(Fence fence) {
    int own = taken.getOrDefault(fence, 0);
    if (own == 0) {
      return total < all;
    }
    // Tenants that have nothing yet, and wait, come first.
    return own < ofOne && total < all - 1 && taken.keySet().containsAll(waiting.keySet());
  }

  private String why(Fence fence) {
    int own = taken.getOrDefault(fence, 0);
    return own < ofOne
        ? "too many %s are under way at this moment: ask again".formatted(what)
        : "a tenant has %d %s at one time: wait until one of yours has ended"
            .formatted(ofOne, what);
  }
}
