package dev.counterfoil.authority;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many revocations that are not over each tenant and each of its clients may hold: what the
 * registrar lists has one limit for the whole domain ({@code TakingBack}), and whoever fills it
 * keeps everybody from revoking. The rule is {@link ReplayGuard}'s, twice: no tenant holds more
 * than what is free for all, and no client more than what is free of the most that a tenant gets.
 * So a tenant alone gets half, one of its clients alone a quarter, and the next one finds room.
 *
 * <p>Only in memory: after a restart each begins with a whole share, and the registrar's limit
 * holds. Groups do not count: operators revoke them, from a reserve of their own.
 */
final class RevocationShares {
  /** As the registrar has it for single tokens; the rest is for groups. */
  static final int REVOKED_TOKENS_MAX = 90_000;

  /** The most of a tenant that has nobody beside it. */
  static final int OF_TENANT_MAX = REVOKED_TOKENS_MAX / 2;

  private final InstantSource clock;
  private final ReplayGuard tenants;
  private final int ofTenantMax;

  /** Of each tenant, those that its clients hold; there are as many as have clients. */
  private final Map<String, ReplayGuard> clients = new ConcurrentHashMap<>();

  RevocationShares(InstantSource clock, int revocationsMax) {
    this.clock = clock;
    this.tenants = new ReplayGuard(clock, revocationsMax);
    this.ofTenantMax = revocationsMax / 2;
  }

  /**
   * Takes room for a revocation; one that is asked for again takes none.
   *
   * @param tokenId of the token
   * @param until when it is over
   * @return whether there was room
   */
  boolean take(Client client, String tokenId, Instant until) {
    String tenant = client.registration().tenant();
    ReplayGuard ofTenant =
        clients.computeIfAbsent(tenant, name -> new ReplayGuard(clock, ofTenantMax));
    return ofTenant.use(client.id(), tokenId, until) != ReplayGuard.Use.FULL
        && tenants.use(tenant, tokenId, until) != ReplayGuard.Use.FULL;
  }
}
