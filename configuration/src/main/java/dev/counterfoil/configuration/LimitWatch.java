package dev.counterfoil.configuration;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Looks at a process's limits now and then, on a thread of its own. */
public final class LimitWatch implements AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final System.Logger LOG = System.getLogger(LimitWatch.class.getName());

  private final List<Limit> limits;
  private final CountDownLatch closing = new CountDownLatch(1);

  private LimitWatch(List<Limit> limits) {
    this.limits = List.copyOf(limits);
  }

  /** Starts to look. */
  public static LimitWatch start(List<Limit> limits) {
    LimitWatch watch = new LimitWatch(limits);
    Thread.ofVirtual().name("limits").start(watch::run);
    return watch;
  }

  private void run() {
    try {
      do {
        for (Limit limit : limits) {
          look(limit);
        }
      } while (!closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One that cannot be told must not keep the others from being looked at. */
  private static void look(Limit limit) {
    try {
      limit.look();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "cannot tell how full {0} is: {1}", limit.resource(), e);
    }
  }

  @Override
  public void close() {
    closing.countDown();
  }
}
