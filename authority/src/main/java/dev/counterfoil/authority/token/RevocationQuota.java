package dev.counterfoil.authority.token;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How often each client may revoke: every revocation stands in the registrar's journal and in every
 * key set until its token expires, and that room is for all. A token bucket in its
 * virtual-scheduling form, one number for each client. Bounded: a client whose bucket is full again
 * is forgotten, and when none is, further ones are refused.
 */
public final class RevocationQuota {
  /** Revocations at one time. */
  public static final int BURST = 200;

  /** Revocations each second after those. */
  static final int PER_SECOND = 50;

  /** Most clients whose bucket is not full. */
  public static final int CLIENTS_MAX = 16_384;

  private static final long COST_MILLIS = Duration.ofSeconds(1).toMillis() / PER_SECOND;
  private static final long ROOM_MILLIS = COST_MILLIS * BURST;

  private final InstantSource clock;
  private final int clientsMax;

  /** When the bucket of a client is full again, in milliseconds of the clock. */
  private final Map<String, Long> fullAt = new ConcurrentHashMap<>();

  public RevocationQuota(InstantSource clock, int clientsMax) {
    this.clock = clock;
    this.clientsMax = clientsMax;
  }

  /** Takes one revocation of a client; whether there was one. */
  boolean take(String clientId) {
    long now = clock.millis();
    if (!fullAt.containsKey(clientId) && fullAt.size() >= clientsMax) {
      fullAt.values().removeIf(full -> full <= now);
      if (fullAt.size() >= clientsMax) {
        return false;
      }
    }
    boolean[] taken = new boolean[1];
    fullAt.compute(
        clientId,
        (id, before) -> {
          // Never further ahead than an empty bucket, should the clock have been set back.
          long from = before == null || before <= now ? now : Math.min(before, now + ROOM_MILLIS);
          taken[0] = from + COST_MILLIS - now <= ROOM_MILLIS;
          return taken[0] ? from + COST_MILLIS : from;
        });
    return taken[0];
  }
}
