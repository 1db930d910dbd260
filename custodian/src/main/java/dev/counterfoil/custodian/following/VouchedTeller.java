package dev.counterfoil.custodian.following;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells of what counts from now on, on a thread of its own: the next counterfoils do not wait for
 * what is made of the last ones. What comes while it tells, and shortly after, is told in one: they
 * come hundreds of times a second, and nobody waits for this.
 */
public final class VouchedTeller {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /** From one telling to the next. */
  private static final Duration GATHER = Duration.ofMillis(100);

  private final Bell grew = new Bell();
  private final AtomicLong vouched;
  private long told;

  /** Told of positions from one up to another. */
  @FunctionalInterface
  public interface Listener {
    void vouched(long from, long to) throws IOException;
  }

  /**
   * Has told nothing yet.
   *
   * @param size that counted before
   */
  public VouchedTeller(long size) {
    this.vouched = new AtomicLong(size);
    this.told = size;
  }

  /** The first so many count. By any thread, in any order. */
  public void grew(long size) {
    vouched.accumulateAndGet(size, Math::max);
    grew.ring();
  }

  /** Wakes it when the process stops. */
  public void ring() {
    grew.ring();
  }

  /** Tells until the process stops, and then what is left. */
  public void run(Listener listener, CountDownLatch stop) throws IOException, InterruptedException {
    boolean last = false;
    while (!last) {
      grew.await(LOOK_EVERY);
      last = stop.getCount() == 0;
      long size = vouched.get();
      if (size > told) {
        listener.vouched(told, size);
        told = size;
        boolean _ = stop.await(GATHER.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }
}
