package dev.counterfoil.authority.token;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How often each client may revoke: every revocation stands in the registrar's journal and in every
 * key set until its token expires, and that room is for all. A token bucket in its
 * virtual-scheduling form, one number for each client. Bounded: a client whose bucket is full again
 * is forgotten, and when none is, further ones are refused. Administrators have one of their own.
 */
public final class RevocationQuota {
  /** Revocations at one time. */
  public static final int BURST = 200;

  /** Revocations each second after those. */
  static final int PER_SECOND = 50;

  /** Most clients whose bucket is not full. */
  public static final int CLIENTS_MAX = 16_384;

  private final InstantSource clock;
  private final int clientsMax;
  private final long costMillis;
  private final long roomMillis;

  /** When the bucket of a client is full again, in milliseconds of the clock. */
  private final Map<String, Long> fullAt = new ConcurrentHashMap<>();

  public RevocationQuota(InstantSource clock, int clientsMax) {
    this(clock, clientsMax, BURST, PER_SECOND);
  }

  /** The same of something else that clients ask for. */
  public RevocationQuota(InstantSource clock, int clientsMax, int burst, int perSecond) {
    this.clock = clock;
    this.clientsMax = clientsMax;
    this.costMillis = Duration.ofSeconds(1).toMillis() / perSecond;
    this.roomMillis = costMillis * burst;
  }

  /** Takes one of a client; whether there was one. */
  public boolean take(String clientId) {
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
          long from = before == null || before <= now ? now : Math.min(before, now + roomMillis);
          taken[0] = from + costMillis - now <= roomMillis;
          return taken[0] ? from + costMillis : from;
        });
    return taken[0];
  }
}
