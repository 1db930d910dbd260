package dev.counterfoil.signin.attempts;

import java.time.Duration;
import java.util.Optional;

/** Where attempts are counted when several authorities sign the same people in. */
public interface AttemptsElsewhere {
  /** This process is alone, or counts for itself at this time. */
  AttemptsElsewhere NOWHERE = (limit, key) -> Optional.empty();

  /**
   * Takes an attempt.
   *
   * @param limit which one, by its name
   * @param key of an account or address
   * @return how long to wait, zero where it may be tried now; empty when it is counted here
   */
  Optional<Duration> take(String limit, String key);

  /** It was right: what was mistyped before does not count. */
  default void forget(String limit, String key) {}
}
