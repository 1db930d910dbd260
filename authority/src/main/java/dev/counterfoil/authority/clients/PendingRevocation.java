package dev.counterfoil.authority.clients;

import dev.counterfoil.format.keys.GroupHandle;
import java.time.Duration;
import java.time.Instant;

/**
 * A group whose tokens are to be revoked, kept until the registrar has done it.
 *
 * @param group which
 * @param before tokens are revoked that were issued earlier
 */
public record PendingRevocation(GroupHandle group, Instant before) {
  /**
   * How far ahead of a change the tokens of its group are revoked: those that were asked for before
   * it are signed meanwhile. No signer, and none after it, takes longer.
   */
  static final Duration AHEAD = Duration.ofSeconds(20);

  /** Of a group that nobody gets tokens of from now on. */
  public static PendingRevocation of(GroupHandle group, Instant now) {
    return new PendingRevocation(group, now.plus(AHEAD));
  }
}
