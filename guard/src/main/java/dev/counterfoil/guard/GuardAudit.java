package dev.counterfoil.guard;

import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RefusalEvents;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a guard says to the audit log: each request that it does not let through. Nothing is done of
 * what was asked, so that the event is kept behind the answer; many at a time are counted together,
 * and the folder of those that wait never gets full of them.
 */
final class GuardAudit implements AutoCloseable {
  private static final String PART = "guard";
  private static final String SCOPE = "counterfoil:audit-report";
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final AuditClient client;
  private final RefusalEvents refusals;
  private final String domain;
  private final String tenant;

  GuardAudit(AuditClient client, String domain, String tenant) {
    this.client = client;
    this.domain = domain;
    this.tenant = tenant;
    this.refusals = new RefusalEvents(client.keepingRefusals(), PART, tenant);
  }

  /**
   * Starts to deliver to the monitor.
   *
   * @param spool folder of events that wait
   */
  static GuardAudit start(
      GuardConfiguration.Reporting settings,
      Path spool,
      TrustPolicy policy,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    PrivateKeyJwtTokenSource tokens =
        new PrivateKeyJwtTokenSource(
            policy.issuer(),
            settings.clientId(),
            settings.clientKey().path(),
            Map.of("scope", SCOPE, "audience", settings.audience()),
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build(),
            clock,
            random);
    return new GuardAudit(
        AuditClient.start(
            new AuditClient.Settings(
                new Spool.Settings(spool, PART),
                policy.domain() + "/" + settings.clientId(),
                settings.auditTenant()),
            settings.monitor(),
            tokens::accessToken,
            clock,
            random),
        policy.domain(),
        settings.auditTenant());
  }

  /**
   * A request is not let through.
   *
   * @param service its name in the guard's path
   * @param address of the client, as the proxy says; else of the proxy
   */
  void refused(String service, GuardAnswer answer, String address) {
    refusals.add(
        EventDraft.of(Operation.GUARD_REFUSE)
            .part(PART)
            .tenant(tenant)
            .address(address)
            .entity("service", service)
            .refused(answer.result(), "status " + answer.status()),
        new RefusalEvents.Refusal(
            domain, tenant, Operation.GUARD_REFUSE, answer.result(), service + " " + address));
  }

  @Override
  public void close() throws IOException {
    try {
      refusals.close();
    } finally {
      client.close();
    }
  }
}
