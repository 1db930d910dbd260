package dev.counterfoil.audit;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** How many events a source may send in a second; as many again may come at once. */
final class Quota {
  private final long perSecond;
  private final LongSupplier nanos;
  private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();

  private record Bucket(double left, long at) {}

  /**
   * A quota.
   *
   * @param nanos a clock that only goes forward
   */
  Quota(long perSecond, LongSupplier nanos) {
    this.perSecond = perSecond;
    this.nanos = nanos;
  }

  /** Takes events out of a source's quota, or says that they are too many now. */
  boolean take(String source, int events) {
    boolean[] taken = new boolean[1];
    buckets.compute(
        source,
        (name, before) -> {
          long now = nanos.getAsLong();
          double left =
              before == null
                  ? 2.0 * perSecond
                  : Math.min(
                      2.0 * perSecond, before.left() + (now - before.at()) / 1e9 * perSecond);
          taken[0] = events <= left;
          return new Bucket(taken[0] ? left - events : left, now);
        });
    return taken[0];
  }
}
