package dev.counterfoil.audit.forget;

import java.time.Duration;

/**
 * How long events are kept, and found: what is longer than both is deleted by {@link Deleting}, and
 * nothing else ever is. The floors are those of OMB M-26-14, 180 days searchable and a year
 * retrievable, both met by one; more for access to key systems.
 *
 * @param keep every event, after it was taken in
 * @param keepKeys events of the life and use of signing keys
 */
public record Retention(Duration keep, Duration keepKeys) {
  /** Least for every event. */
  public static final Duration KEEP_MIN = Duration.ofDays(365);

  /** Least for access to key systems. */
  public static final Duration KEEP_KEYS_MIN = Duration.ofDays(730);

  /** No more than must be. */
  public static final Retention FLOOR = new Retention(KEEP_MIN, KEEP_KEYS_MIN);

  public Retention {
    if (keep.compareTo(KEEP_MIN) < 0
        || keepKeys.compareTo(KEEP_KEYS_MIN) < 0
        || keepKeys.compareTo(keep) < 0) {
      throw new IllegalArgumentException(
          "audit events are kept for 365 days at least, those of key systems for 730, and no shorter than the others");
    }
  }
}
