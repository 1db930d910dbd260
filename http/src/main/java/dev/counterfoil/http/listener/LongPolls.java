package dev.counterfoil.http.listener;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Answers that are held back until something happens, whatever they wait for: all together no more
 * than half of a listener's connections, so that those who want an answer at once find room.
 */
public final class LongPolls {
  private final Semaphore places;
  private final int max;

  /**
   * Of one listener.
   *
   * @param connectionsMax most connections that it has
   */
  public LongPolls(int connectionsMax) {
    this.max = Math.max(1, connectionsMax / 2);
    this.places = new Semaphore(max);
  }

  /** One that waits; to be closed when it no longer does. */
  public static final class Poll implements AutoCloseable {
    private final Semaphore place;
    private final int permits;
    private final Duration wait;

    private Poll(Semaphore place, int permits, Duration wait) {
      this.place = place;
      this.permits = permits;
      this.wait = wait;
    }

    /** How long it may wait: not at all where no place was left. */
    public Duration granted() {
      return wait;
    }

    @Override
    public void close() {
      place.release(permits);
    }
  }

  /** Takes a place, where there is one and it is wanted. */
  public Poll begin(Duration wait) {
    boolean isGranted = !wait.isZero() && places.tryAcquire();
    return isGranted ? new Poll(places, 1, wait) : new Poll(places, 0, Duration.ZERO);
  }

  /** How many may wait. */
  public int max() {
    return max;
  }

  /** How many wait. */
  public int waiting() {
    return max - places.availablePermits();
  }
}
