package dev.counterfoil.authority.auditing;

import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.Delivery;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RefusalEvents;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.auditclient.SpoolUnavailableException;
import dev.counterfoil.authority.http.Endpoint;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.authority.signers.SocketFeed;
import dev.counterfoil.configuration.SettingsText;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a domain's authority says to the audit log: each operation exactly once, kept on its disk
 * before it is done. It also delivers what signers and registrar keep, since they have no network.
 *
 * <p>Issuing is no event here: the signer's counterfoil is it, and a second record would cost every
 * token another write.
 */
public final class AuthorityAudit implements AutoCloseable {
  public static final String PART = "authority";

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final AuditClient client;
  private final RefusalEvents refusals;
  private final List<Delivery> forwarded = new ArrayList<>();

  private AuthorityAudit(AuditClient client, RefusalEvents refusals) {
    this.client = client;
    this.refusals = refusals;
  }

  /**
   * Opens the spool and starts to deliver.
   *
   * @param tokens where the domain has a monitor
   */
  public static AuthorityAudit start(
      Domain domain,
      Signers signers,
      SignerClient registrar,
      Optional<AccessTokenSource> tokens,
      HttpClient http,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    Spool.Settings spool =
        new Spool.Settings(domain.database().resolveSibling("audit-spool"), PART);
    AuditClient.Settings settings =
        new AuditClient.Settings(
            domain.monitorUrl().isPresent() ? spool : spool.forgettingOldest(),
            domain.name() + "/" + OwnToken.CLIENT_ID,
            KeyCeiling.OWN_TENANT);
    if (domain.monitorUrl().isEmpty() || tokens.isEmpty()) {
      return started(AuditClient.undelivered(settings, clock, random), domain);
    }
    URI monitor = domain.monitorUrl().get();
    Delivery.AccessToken access = tokens.get()::accessToken;
    AuthorityAudit audit =
        started(AuditClient.start(settings, monitor, access, clock, random), domain);
    for (Signers.One one : signers.all()) {
      audit.forward(one.recorder(), "signer-" + one.name(), monitor, access, http);
    }
    audit.forward(registrar, "registrar", monitor, access, http);
    return audit;
  }

  private static AuthorityAudit started(AuditClient client, Domain domain) throws IOException {
    AuthorityAudit audit = new AuthorityAudit(client, refusals(client));
    // A start is needed to contain a theft, also while the spool is full.
    client.recordContainment(
        EventDraft.of(Operation.PROCESS_START)
            .part(PART)
            .tenant(KeyCeiling.OWN_TENANT)
            .user(System.getProperty("user.name"))
            .with("app", JsonObject.builder().put("name", PART).build())
            .message(SettingsText.of(domain)));
    return audit;
  }

  private static RefusalEvents refusals(AuditClient client) {
    return new RefusalEvents(client.keepingRefusals(), PART, KeyCeiling.OWN_TENANT);
  }

  private void forward(
      SignerClient from, String name, URI monitor, Delivery.AccessToken access, HttpClient http) {
    forwarded.add(
        Delivery.start(new SocketFeed(from), monitor, access, http, "audit-forward-" + name));
  }

  /**
   * Keeps an event of what a client asks for before it is done.
   *
   * @throws RequestRefusedException when it cannot be kept: it is not done
   */
  public void record(EventDraft draft) throws RequestRefusedException {
    try {
      client.recordRequest(draft);
    } catch (SpoolUnavailableException e) {
      throw new RequestRefusedException(
          OAuthError.unavailable(
              "audit-unavailable: the audit log cannot be written, and nothing was done",
              RETRY_AFTER));
    }
  }

  /** The same on the admin socket: why it is not to be done, or nothing. */
  public Optional<Answer.Refused> recorded(EventDraft draft) {
    try {
      client.record(draft);
      return Optional.empty();
    } catch (SpoolUnavailableException e) {
      return Optional.of(
          new Answer.Refused(
              Answer.Code.BUSY,
              "audit-unavailable: the audit log cannot be written, so nothing was done: "
                  + e.getMessage()));
    }
  }

  /** Keeps an event of what contains a theft, which nothing holds up. */
  public void recordContainment(EventDraft draft) {
    client.recordContainment(draft);
  }

  /** Keeps an event of what failed after it was recorded, or was no request at all. */
  public void later(EventDraft draft) {
    client.recordLater(draft);
  }

  /** Keeps an event of something that was refused. */
  public void refused(EventDraft draft, Operation operation, String code, String who) {
    refusals.add(draft, new RefusalEvents.Refusal("", KeyCeiling.OWN_TENANT, operation, code, who));
  }

  /** What waits to be delivered. */
  public AuditClient client() {
    return client;
  }

  /** Does the work of an endpoint, and takes note of what it was about. */
  @FunctionalInterface
  public interface Action {
    void answer(ServerRequest request, ServerResponse response, Asked asked)
        throws RequestRefusedException, InterruptedException;
  }

  /**
   * An endpoint whose refusals are events.
   *
   * @param refusal the operation that a refusal is
   */
  public Endpoint.Action audited(Operation refusal, ClientAddress addresses, Action action) {
    return (request, response) -> {
      Asked asked = new Asked(addresses.of(request));
      try {
        action.answer(request, response, asked);
      } catch (RequestRefusedException e) {
        OAuthError error = e.error();
        if (!asked.isTold()) {
          refused(
              asked.draft(refusal).refused(error.code().text(), error.description()),
              refusal,
              error.code().text(),
              asked.who());
        }
        throw e;
      }
    };
  }

  @Override
  public void close() throws IOException {
    refusals.close();
    forwarded.forEach(Delivery::close);
    client.close();
  }
}
