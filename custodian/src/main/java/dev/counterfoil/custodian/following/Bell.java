package dev.counterfoil.custodian.following;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes one thread that waits between two rounds of its work. Rung twice, it wakes it once. */
public final class Bell {
  private final Semaphore rung = new Semaphore(0);

  /** Rings. */
  public void ring() {
    if (rung.availablePermits() == 0) {
      rung.release();
    }
  }

  /** Waits for the bell, but no longer than a time. */
  public void await(Duration longest) throws InterruptedException {
    rung.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS);
    rung.drainPermits();
  }
}
