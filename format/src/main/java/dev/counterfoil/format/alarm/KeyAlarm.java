package dev.counterfoil.format.alarm;

import java.util.Locale;
import java.util.Optional;

/**
 * Something about a domain's keys that a person should do something about, before tokens are
 * refused for it.
 *
 * @param kind what it is
 * @param urgency how long it can wait
 * @param subject the key it is about, or the purpose and algorithm, or the root; for people and for
 *     metrics
 * @param kid the key, where it is about one
 * @param step tells this step from the others: the same step is the same alarm, however often it is
 *     looked at
 * @param text one sentence: what is so, and since when or until when
 * @param remedy one sentence: what to do
 */
public record KeyAlarm(
    Kind kind,
    Urgency urgency,
    String subject,
    Optional<String> kid,
    String step,
    String text,
    String remedy) {
  /** What it is. */
  public enum Kind {
    /** The last window that the root signed ends soon, or has ended. */
    CEREMONY_DUE,
    /** A key that signs has reached 80 % of the age at which it may sign no more, or all of it. */
    KEY_AGE,
    /** The key that signs will soon have to be followed, and no next one is in the key log. */
    NEXT_KEY_MISSING,
    /** The key that signs should have been followed. */
    ROTATION_OVERDUE,
    /** A signer's last key has ended and none has followed: nothing is signed. */
    SIGNING_STOPPED,
    /** The key log has no new head. */
    KEY_LOG_SILENT;

    /** The stable code, such as {@code key-age}. */
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** How long it can wait. Rises. */
  public enum Urgency {
    /** Put it into the calendar. */
    PLAN,
    /** Within days. */
    SOON,
    /** Now, though nothing is refused yet. */
    NOW,
    /** Tokens are refused, or cannot be issued. */
    OUTAGE
  }

  /** One step of an alarm, whatever is said of it. */
  public record Step(Kind kind, String subject, Optional<String> kid, String step) {}

  /** Which step it is: it is worth saying once. */
  public Step identity() {
    return new Step(kind, subject, kid, step);
  }

  /** For a log line: code, what is so, what to do. */
  @Override
  public String toString() {
    return kind.code() + ": " + text + " " + remedy;
  }
}
