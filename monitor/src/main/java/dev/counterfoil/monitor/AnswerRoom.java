package dev.counterfoil.monitor;

import dev.counterfoil.audit.AuditBusyException;
import dev.counterfoil.audit.Fence;
import dev.counterfoil.audit.TenantShares;
import java.time.Duration;

/**
 * How many answers of up to some MiB are in memory at one time, of all tenants and of one: each
 * stays until its reader has taken it, and a tenant may have as many clients and connections as he
 * likes. Whoever finds no room is told to come again.
 */
final class AnswerRoom {
  /** Most answers at one time; the last place is for a tenant that has none. */
  static final int ANSWERS_MAX = 16;

  /** Of them, of one tenant. */
  static final int ANSWERS_OF_ONE_MAX = 4;

  private final TenantShares room =
      new TenantShares("answers", ANSWERS_MAX, ANSWERS_OF_ONE_MAX, Duration.ZERO);

  /**
   * Takes room for an answer, until it is sent.
   *
   * @throws AuditBusyException when there is none: come again
   */
  TenantShares.Share take(Fence fence) throws AuditBusyException {
    return room.take(fence);
  }
}
