package dev.counterfoil.authority.token;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ReplayGuard;
import dev.counterfoil.authority.clients.UsesOnDisk;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.time.Duration;
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
 * <p>Those that the registrar accepted are written down, so that they count after a restart, too:
 * no entry of a revocation log says whose it is. Groups do not count: operators revoke them, from a
 * reserve of their own.
 */
public final class RevocationShares implements AutoCloseable {
  /** As the registrar has it for single tokens; the rest is for groups. */
  static final int REVOKED_TOKENS_MAX = 90_000;

  /** The most of a tenant that has nobody beside it. */
  static final int OF_TENANT_MAX = REVOKED_TOKENS_MAX / 2;

  /** Most that is written down in a period, some 40 MB; more counts until the next restart. */
  static final int WRITTEN_MAX = 400_000;

  /** As long as a revocation lasts at most, of a token of the longest life. */
  static final UsesOnDisk.Limits WRITTEN =
      new UsesOnDisk.Limits(
          Duration.ofHours(1).plus(Duration.ofMinutes(5)), WRITTEN_MAX, WRITTEN_MAX);

  private static final System.Logger LOG = System.getLogger(RevocationShares.class.getName());
  private static final String FILES = "revocations-accepted";
  private static final char SEPARATOR = '\n';

  private final InstantSource clock;
  private final ReplayGuard tenants;
  private final int ofTenantMax;
  private final UsesOnDisk written;

  /** Of each tenant, those that its clients hold; there are as many as have clients. */
  private final Map<String, ReplayGuard> clients = new ConcurrentHashMap<>();

  /**
   * Whose revocations they are: a client's, or a person's.
   *
   * @param name unique in the tenant
   */
  public record Holder(String tenant, String name) {
    static Holder of(Client client) {
      return new Holder(client.registration().tenant(), client.id());
    }
  }

  /**
   * Takes over what the last process wrote down; what cannot be read keeps nobody from starting.
   */
  public static RevocationShares open(Disk disk, InstantSource clock) throws IOException {
    UsesOnDisk written;
    try {
      written = UsesOnDisk.open(disk, FILES, WRITTEN, clock.instant());
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "which client holds how many revocations is not known, so each begins with a whole share",
          e);
      UsesOnDisk.remove(disk, FILES);
      written = UsesOnDisk.open(disk, FILES, WRITTEN, clock.instant());
    }
    return new RevocationShares(clock, REVOKED_TOKENS_MAX, written);
  }

  RevocationShares(InstantSource clock, int revocationsMax, UsesOnDisk written) {
    this.clock = clock;
    this.tenants = new ReplayGuard(clock, revocationsMax);
    this.ofTenantMax = revocationsMax / 2;
    this.written = written;
    for (UsesOnDisk.Entry entry : written.found()) {
      int end = entry.user().indexOf(SEPARATOR);
      if (end >= 0) {
        take(entry.user().substring(0, end), entry.user().substring(end + 1), entry);
      }
    }
  }

  /**
   * Takes room for a revocation, before it is carried out; one that is asked for again takes none.
   *
   * @param token which of the domain's
   * @param until when it is over
   */
  ReplayGuard.Use take(Holder holder, String token, Instant until) {
    return take(holder.tenant(), holder.name(), entry(holder, token, until));
  }

  private UsesOnDisk.Entry entry(Holder holder, String token, Instant until) {
    return new UsesOnDisk.Entry(
        holder.tenant() + SEPARATOR + holder.name(), token, clock.instant(), until);
  }

  private ReplayGuard.Use take(String tenant, String client, UsesOnDisk.Entry entry) {
    ReplayGuard ofTenant = of(tenant);
    ReplayGuard.Use use = ofTenant.use(client, entry.id(), entry.until());
    if (use == ReplayGuard.Use.FIRST
        && tenants.use(tenant, entry.id(), entry.until()) == ReplayGuard.Use.FULL) {
      ofTenant.forget(client, entry.id());
      return ReplayGuard.Use.FULL;
    }
    return use;
  }

  private ReplayGuard of(String tenant) {
    return clients.computeIfAbsent(tenant, name -> new ReplayGuard(clock, ofTenantMax));
  }

  /** The registrar accepted a revocation for which room was taken. */
  void accepted(Holder holder, String token, Instant until) {
    try {
      if (written.write(entry(holder, token, until), clock.instant())) {
        return;
      }
      LOG.log(System.Logger.Level.WARNING, "no more revocations are written down for a restart");
    } catch (IOException e) {
      // It is revoked all the same.
      LOG.log(System.Logger.Level.WARNING, "a revocation is not written down for a restart", e);
    }
  }

  /** It did not: the room is given back. */
  void refused(Holder holder, String token) {
    of(holder.tenant()).forget(holder.name(), token);
    tenants.forget(holder.tenant(), token);
  }

  @Override
  public void close() throws IOException {
    written.close();
  }
}
