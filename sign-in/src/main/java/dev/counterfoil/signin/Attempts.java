package dev.counterfoil.signin;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How often something may be tried under one key: some at once, then one in a while. It never
 * closes for good, and what one key used up another one keeps. For all threads.
 */
final class Attempts {
  private final int atOnce;
  private final Duration oneEvery;
  private final InstantSource clock;

  /** When each key has everything back, the one that was tried longest ago first. */
  private final Map<String, Long> fullAt;

  /**
   * Begins with nothing tried.
   *
   * @param keysMax most keys that are remembered; those that were tried longest ago go first
   */
  Attempts(int atOnce, Duration oneEvery, int keysMax, InstantSource clock) {
    this.atOnce = atOnce;
    this.oneEvery = oneEvery;
    this.clock = clock;
    this.fullAt =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > keysMax;
          }
        };
  }

  /** Takes one; how long to wait for the next when there is none now. */
  synchronized Optional<Duration> take(String key) {
    long now = clock.millis();
    long step = oneEvery.toMillis();
    long full = Math.max(now, fullAt.getOrDefault(key, now)) + step;
    if (full - now > atOnce * step) {
      return Optional.of(Duration.ofMillis(full - now - atOnce * step));
    }
    fullAt.put(key, full);
    return Optional.empty();
  }

  /** Gives everything back, since it was right. */
  synchronized void forget(String key) {
    fullAt.remove(key);
  }
}
