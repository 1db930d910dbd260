package dev.counterfoil.signin.attempts;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How often something may be tried under one key: some at once, then one in a while. It never
 * closes for good, and what one key used up another one keeps. With several authorities, each key
 * is counted by one of them. For all threads.
 */
public final class Attempts {
  private final String name;
  private final AttemptsElsewhere elsewhere;
  private final int atOnce;
  private final Duration oneEvery;
  private final InstantSource clock;

  /** When each key has everything back, the one that was tried longest ago first. */
  private final Map<String, Long> fullAt;

  /** Begins with nothing tried, and counts here. */
  public Attempts(int atOnce, Duration oneEvery, int keysMax, InstantSource clock) {
    this("", AttemptsElsewhere.NOWHERE, atOnce, oneEvery, keysMax, clock);
  }

  /**
   * Begins with nothing tried.
   *
   * @param name of the limit, at all authorities the same
   * @param elsewhere where keys are counted that this process is not to count
   * @param keysMax most keys that are remembered; those that were tried longest ago go first
   */
  public Attempts(
      String name,
      AttemptsElsewhere elsewhere,
      int atOnce,
      Duration oneEvery,
      int keysMax,
      InstantSource clock) {
    this.name = name;
    this.elsewhere = elsewhere;
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
  public Optional<Duration> take(String key) {
    return elsewhere
        .take(name, key)
        .map(wait -> wait.isZero() ? Optional.<Duration>empty() : Optional.of(wait))
        .orElseGet(() -> takeHere(key));
  }

  /** The same of a key that is counted here, whoever asks. */
  public synchronized Optional<Duration> takeHere(String key) {
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
  public void forget(String key) {
    elsewhere.forget(name, key);
    forgetHere(key);
  }

  public synchronized void forgetHere(String key) {
    fullAt.remove(key);
  }

  public String name() {
    return name;
  }
}
