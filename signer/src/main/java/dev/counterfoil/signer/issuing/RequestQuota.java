package dev.counterfoil.signer.issuing;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tokens per second for each name, with a burst of one second's worth: a token bucket in its
 * virtual-scheduling form, one number for each name, taken without a lock. Bounded: a name whose
 * bucket is full again is forgotten, and when none is, new names are refused.
 */
public final class RequestQuota {
  /** Most names whose bucket is not full. */
  static final int NAMES_MAX = 65_536;

  private static final long SECOND = 1_000_000_000L;

  private final int tokensPerSecond;
  private final Map<String, Integer> named;

  /** When the bucket of a name is full again, in nanoseconds of the clock that the caller reads. */
  private final Map<String, AtomicLong> fullAt = new ConcurrentHashMap<>();

  public RequestQuota(int tokensPerSecond, Map<String, Integer> named) {
    this.tokensPerSecond = tokensPerSecond;
    this.named = Map.copyOf(named);
  }

  /**
   * Takes one token of a name.
   *
   * @param nowNanos from {@link System#nanoTime} or a test's clock
   * @return whether there was one
   */
  public boolean spend(String name, long nowNanos) {
    return spend(name, 1, nowNanos);
  }

  /**
   * Takes several tokens of a name, or none.
   *
   * @param count at most what the name may take in a second
   */
  public boolean spend(String name, int count, long nowNanos) {
    int rate = named.isEmpty() ? tokensPerSecond : named.getOrDefault(name, tokensPerSecond);
    if (rate == 0) {
      return false;
    }
    AtomicLong bucket = fullAt.get(name);
    if (bucket == null) {
      if (fullAt.size() >= NAMES_MAX && !forgetFull(nowNanos)) {
        return false;
      }
      bucket = fullAt.computeIfAbsent(name, n -> new AtomicLong(nowNanos));
    }
    long cost = SECOND * count / rate;
    while (true) {
      long before = bucket.get();
      long from = before - nowNanos > 0 ? before : nowNanos;
      if (from + cost - nowNanos > SECOND) {
        return false;
      }
      if (bucket.compareAndSet(before, from + cost)) {
        return true;
      }
    }
  }

  private boolean forgetFull(long nowNanos) {
    fullAt.values().removeIf(bucket -> bucket.get() - nowNanos <= 0);
    return fullAt.size() < NAMES_MAX;
  }
}
