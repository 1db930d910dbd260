package dev.counterfoil.custodian.issuer;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Something that a custodian saw and that is worth a person's time.
 *
 * @param kind what it is
 * @param domain the trust domain
 * @param subject what identifies it: the same one again is not news
 * @param log short name of the log, of an audit log its origin; empty where none is concerned
 * @param position in that log, where one is concerned
 * @param seenAt when
 * @param summary one sentence for people
 * @param detail evidence
 */
public record Alarm(
    Kind kind,
    String domain,
    String subject,
    String log,
    OptionalLong position,
    Instant seenAt,
    String summary,
    JsonObject detail) {
  /** What was seen. */
  public enum Kind {
    /** A log signed two histories. */
    LOG_FORK,
    /** A log shows less than it showed before. */
    LOG_ROLLBACK,
    /** A leaf is logged and its counterfoil is not given out, or is not the leaf's. */
    COUNTERFOIL_MISSING,
    /** What is held is not as it was written: the disk lost it, or somebody changed it. */
    COUNTERFOIL_DAMAGED,
    /** Stored hashes of what is held differed from it, and were written again. */
    CUSTODY_REPAIRED,
    /** This machine's clock is not what the domain's witnesses say. */
    CLOCK_OFF,
    /** A key set older than one that was seen. */
    KEY_SET_ROLLBACK;

    /** The name in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Takes alarms and makes them durable before it returns. */
  @FunctionalInterface
  public interface Sink {
    void raise(Alarm alarm);
  }
}
