package dev.counterfoil.audit.access;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** How much each of several may ask for in a second, and how much at once. */
public final class Quota {
  private final long perSecond;
  private final long atOnce;
  private final LongSupplier nanos;
  private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();

  private record Bucket(double left, long at) {}

  /**
   * A quota.
   *
   * @param nanos a clock that only goes forward
   */
  public Quota(long perSecond, LongSupplier nanos) {
    this(perSecond, 2 * perSecond, nanos);
  }

  /**
   * A quota.
   *
   * @param atOnce how much may come at once after a pause
   * @param nanos a clock that only goes forward
   */
  public Quota(long perSecond, long atOnce, LongSupplier nanos) {
    this.perSecond = perSecond;
    this.atOnce = atOnce;
    this.nanos = nanos;
  }

  /** Takes something out of one's quota, or says that it is too much now. */
  public boolean take(String source, int events) {
    boolean[] taken = new boolean[1];
    buckets.compute(
        source,
        (name, before) -> {
          long now = nanos.getAsLong();
          double full = (double) atOnce;
          double left =
              before == null
                  ? full
                  : Math.min(full, before.left() + (now - before.at()) / 1e9 * perSecond);
          // More than may ever come at once is taken out of a full one, and paid for afterwards.
          taken[0] = events <= left || left >= full;
          return new Bucket(taken[0] ? left - events : left, now);
        });
    return taken[0];
  }
}
