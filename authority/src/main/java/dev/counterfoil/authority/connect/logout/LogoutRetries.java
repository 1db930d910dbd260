package dev.counterfoil.authority.connect.logout;

import java.time.Duration;
import java.util.OptionalInt;

/** What follows an attempt to tell a client. Pure. */
final class LogoutRetries {
  /** After that a client that does not answer is told no more: its own sessions end, too. */
  static final Duration AGE_MAX = Duration.ofHours(24);

  private static final Duration PAUSE_FIRST = Duration.ofSeconds(1);
  private static final Duration PAUSE_MAX = Duration.ofHours(1);

  /** How often a client may say that it was not understood, such as while its clock is set. */
  private static final int REFUSALS_MAX = 3;

  private LogoutRetries() {}

  /** What follows. */
  sealed interface Next {
    /** It was told. */
    record Told() implements Next {}

    /** Again after a while. */
    record Again(Duration pause) implements Next {}

    /** Never again. */
    record GiveUp(String why) implements Next {}
  }

  /**
   * Decides.
   *
   * @param status of the answer; empty for none
   * @param attempts how many there were with this one
   * @param age how long ago the session ended
   */
  static Next after(OptionalInt status, int attempts, Duration age) {
    // 2.8: 200, and 204 where a framework makes that of an empty answer.
    if (status.isPresent() && status.getAsInt() / 100 == 2) {
      return new Next.Told();
    }
    String why =
        status.isPresent() ? "it answers " + status.getAsInt() : "it does not answer, or may not";
    if (status.isPresent() && status.getAsInt() == 400 && attempts >= REFUSALS_MAX) {
      return new Next.GiveUp(why);
    }
    if (age.compareTo(AGE_MAX) >= 0) {
      return new Next.GiveUp(why);
    }
    int doublings = Math.min(2 * (attempts - 1), 20);
    Duration pause = PAUSE_FIRST.multipliedBy(1L << doublings);
    return new Next.Again(pause.compareTo(PAUSE_MAX) < 0 ? pause : PAUSE_MAX);
  }
}
