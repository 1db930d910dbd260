package dev.counterfoil.signals.sending;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What follows of what a receiver answers, and how long one that fails is left alone. Pure. */
public final class SendingRules {
  /** What happened longer ago is dead when its receiver does not answer. */
  static final Duration AGE_MAX = Duration.ofDays(3);

  /** How often a receiver may refuse one event. */
  static final int REFUSALS_MAX = 3;

  /** The shortest pause; that before it is tried again to have an event signed. */
  static final Duration PAUSE_FIRST = Duration.ofSeconds(1);

  private static final Duration PAUSE_MAX = Duration.ofMinutes(10);

  private SendingRules() {}

  /** What follows. */
  sealed interface Next {
    /** The receiver has it (RFC 8935 2.2). */
    record Taken() implements Next {}

    /** The receiver refuses this event (2.3), which concerns no other. */
    record Refused(Optional<Duration> pause) implements Next {}

    /** The receiver takes nothing now. */
    record Away() implements Next {}
  }

  /**
   * Decides.
   *
   * @param status of the answer
   * @param attempts how often this event was refused before
   */
  static Next after(int status, int attempts) {
    if (status / 100 == 2) {
      return new Next.Taken();
    }
    if (status == 400 || status == 413 || status == 415 || status == 422) {
      return new Next.Refused(
          attempts + 1 < REFUSALS_MAX ? Optional.of(pause(attempts)) : Optional.empty());
    }
    return new Next.Away();
  }

  /**
   * How long one that does not answer is left alone.
   *
   * @param failures before this one
   */
  public static Duration pause(int failures) {
    Duration pause = PAUSE_FIRST.multipliedBy(1L << Math.min(2 * failures, 20));
    return pause.compareTo(PAUSE_MAX) < 0 ? pause : PAUSE_MAX;
  }

  /** What happened before is dead. */
  static Instant deadBefore(Instant now) {
    return now.minus(AGE_MAX);
  }
}
