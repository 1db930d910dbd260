package dev.counterfoil.custodian.following;

import java.time.Duration;
import java.time.Instant;

/**
 * How far a log is known.
 *
 * @param heldSize counterfoils that are durable here and stand under a signed checkpoint
 * @param checkpointSize size of the last checkpoint
 * @param asOf an instant at which the log was no smaller than that and, as far as the checkpoint
 *     tells, no larger: when the request for it was sent
 */
public record FollowedLogView(long heldSize, long checkpointSize, Instant asOf) {
  /** Longest time without a checkpoint after which a log counts as not followed. */
  public static final Duration AGE_MAX = Duration.ofSeconds(10);

  /** Whether what was read at a time still tells what is published now. */
  public static boolean isFresh(Instant readAt, Instant now) {
    return readAt.isAfter(now.minus(AGE_MAX));
  }
}
