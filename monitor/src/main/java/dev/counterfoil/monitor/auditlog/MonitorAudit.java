package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Quota;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RefusalEvents;
import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.configuration.SettingsText;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.monitor.http.MonitorRoutes;
import dev.counterfoil.monitor.issued.KeyReport;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the monitor itself says to the audit log that it holds: who read what, and what it is set
 * to. Each is recorded before it is answered, and what cannot be recorded is not answered.
 */
public final class MonitorAudit implements AutoCloseable {
  private static final String PART = "monitor";
  private static final int QUESTION_MAX = 4000;
  private static final int PATH_MAX = 200;

  /** As OCSF numbers them, from 2 on. */
  private static final List<String> SEVERITIES = List.of("low", "medium", "high", "critical");

  static final int QUESTIONS_PER_SECOND = 20;
  static final int QUESTIONS_AT_ONCE = 100;
  private static final Set<String> REPORTING =
      Set.of(AuditRoutes.REPORT_SCOPE, MonitorRoutes.SIGHTINGS_SCOPE);
  private static final Set<Integer> REFUSALS = Set.of(401, 403, 429);

  /** Questions at the admin socket, and the event that each is. */
  static final Map<String, Operation> ASKS =
      Map.ofEntries(
          Map.entry("findings", Operation.FINDINGS_READ),
          Map.entry("forged-keys", Operation.FINDINGS_READ),
          Map.entry("incidents", Operation.FINDINGS_READ),
          Map.entry("incident", Operation.FINDINGS_READ),
          Map.entry("incident-change", Operation.INCIDENT_CHANGE),
          Map.entry("suppress", Operation.FINDING_SUPPRESS),
          Map.entry("suppression-approve", Operation.FINDING_SUPPRESS),
          Map.entry("suppression-end", Operation.FINDING_SUPPRESS),
          Map.entry("finding-feedback", Operation.FINDING_JUDGE),
          Map.entry("suppressions", Operation.FINDINGS_READ),
          Map.entry("rules", Operation.FINDINGS_READ),
          Map.entry("reports", Operation.FINDINGS_READ),
          Map.entry("report-link", Operation.REPORT_CHANGE),
          Map.entry("report-close", Operation.REPORT_CHANGE),
          Map.entry("report", Operation.KEY_REPORT_READ),
          Map.entry("counts", Operation.KEY_REPORT_READ),
          Map.entry("acknowledgements", Operation.ACKNOWLEDGEMENTS_READ),
          Map.entry("watch-canary", Operation.CANARY_WATCH),
          Map.entry("canaries", Operation.CANARY_LIST),
          Map.entry("audit-tenants", Operation.AUDIT_TENANTS_READ),
          Map.entry("audit-check", Operation.AUDIT_CHECK),
          Map.entry("notify-test", Operation.NOTIFICATION_TEST));

  /** Questions whose event the auditor itself records, inside of a tenant's fence. */
  static final Map<String, Operation> BY_THE_AUDITOR =
      Map.of(
          "audit-search", Operation.AUDIT_SEARCH,
          "audit-stream", Operation.AUDIT_STREAM,
          "audit-export", Operation.AUDIT_EXPORT,
          "audit-trace", Operation.AUDIT_TRACE,
          "staff-begin", Operation.STAFF_BEGIN,
          "staff-end", Operation.STAFF_END,
          "audit-hold", Operation.AUDIT_HOLD,
          "audit-import", Operation.AUDIT_IMPORT,
          "audit-forget", Operation.AUDIT_FORGET);

  /** Questions that are no event, and why. */
  static final Map<String, String> NONE =
      Map.of(
          "status", "how the process is, and nothing of anybody",
          "staff-tasks", "which tasks are open, which each tenant's log says",
          "notify-list", "whether the channels take what they are told");

  private final Auditor auditor;
  private final String firstDomain;
  private final String user;
  private final RefusalEvents refusals;
  private final Quota questions =
      new Quota(QUESTIONS_PER_SECOND, QUESTIONS_AT_ONCE, System::nanoTime);

  /**
   * Of a monitor.
   *
   * @param firstDomain whose own tenant sees what is of no one domain
   * @param user who may ask at the admin socket
   */
  public MonitorAudit(Auditor auditor, String firstDomain, String user) {
    this.auditor = auditor;
    this.firstDomain = firstDomain;
    this.user = user;
    this.refusals = new RefusalEvents(this::keep, PART, KeyCeiling.OWN_TENANT);
  }

  private boolean keep(String domain, EventDraft draft) {
    try {
      auditor.record(domain.isEmpty() ? firstDomain : domain, draft);
      return true;
    } catch (AuditUnavailableException e) {
      return false;
    }
  }

  /**
   * Keeps a record of requests whose token is missing, bad, or not for that, and of too many.
   * Nothing is done of what was asked, so it is kept after the answer.
   */
  public void refused(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    chain.proceed();
    request
        .context()
        .get(RefusedRequestException.class)
        .filter(e -> REFUSALS.contains(e.problem().status()))
        .ifPresent(e -> refused(e, request));
  }

  private void refused(RefusedRequestException refusal, RoutingRequest request) {
    String address = ClientAddress.ofClient(request);
    String path = request.path().rawPath();
    Optional<Caller> caller = refusal.caller();
    EventDraft draft =
        draft(Operation.REQUEST_REFUSE)
            .address(address)
            .refused(refusal.problem().code(), refusal.problem().detail())
            .message(
                request.prologue().method().text()
                    + " "
                    + path.substring(0, Math.min(PATH_MAX, path.length())));
    caller.ifPresent(known -> draft.tenant(known.tenant()).client(known.client()));
    refusals.add(
        draft,
        new RefusalEvents.Refusal(
            caller.map(Caller::domain).orElse(""),
            caller.map(Caller::tenant).orElse(KeyCeiling.OWN_TENANT),
            Operation.REQUEST_REFUSE,
            refusal.problem().code(),
            caller.map(known -> known.client() + " ").orElse("") + address));
  }

  /**
   * A finding was raised: of every tenant of a domain, so that its own tenant sees it. Said once.
   *
   * @param log which findings it is one of
   * @param number of it among them
   */
  void found(JsonObject finding, String log, long number) throws AuditUnavailableException {
    String domain = text(finding, "domain");
    EventDraft draft =
        draft(Operation.FINDING_RAISE)
            .socket("monitor")
            .user(user)
            .severity(SEVERITIES.indexOf(text(finding, "severity")) + 2)
            .message(text(finding, "severity") + ": " + text(finding, "summary"))
            .with(
                "finding_info",
                JsonObject.builder()
                    .put("uid", String.valueOf(finding.get("id")))
                    .put("title", text(finding, "kind"))
                    .put("types", List.of(text(finding, "kind")))
                    .build());
    if (!text(finding, "kid").isEmpty()) {
      draft.key(text(finding, "kid"));
    }
    if (!text(finding, "jti").isEmpty()) {
      draft.token(JsonObject.builder().put("uid", text(finding, "jti")).build());
    }
    auditor.recordOnce(
        domain.isEmpty() ? firstDomain : domain,
        draft,
        finding.get("raised_at_ms") instanceof Long raised ? raised : 0,
        log,
        number);
  }

  private static String text(JsonObject json, String member) {
    return json.get(member) instanceof String text ? text : "";
  }

  /** Another Unix user asks at the admin socket. */
  public void refusedPeer(String peer) {
    refusals.add(
        draft(Operation.REQUEST_REFUSE)
            .user(peer)
            .socket("admin-socket")
            .refused("foreign-user", "the admin socket answers one user"),
        new RefusalEvents.Refusal(
            "", KeyCeiling.OWN_TENANT, Operation.REQUEST_REFUSE, "foreign-user", peer));
  }

  @Override
  public void close() {
    refusals.close();
  }

  /** Whether a question has its place in the audit log: what has none is not answered. */
  public static boolean isKnown(String ask) {
    return ASKS.containsKey(ask) || BY_THE_AUDITOR.containsKey(ask) || NONE.containsKey(ask);
  }

  private static EventDraft draft(Operation operation) {
    return EventDraft.of(operation).part(PART).tenant(KeyCeiling.OWN_TENANT);
  }

  /** It starts. */
  public void started(MonitorConfiguration configuration) throws AuditUnavailableException {
    auditor.record(
        firstDomain,
        draft(Operation.PROCESS_START)
            .user(user)
            .with("app", JsonObject.builder().put("name", PART).build())
            .message(SettingsText.of(configuration)));
  }

  /**
   * A question at the admin socket.
   *
   * @param by the Unix user who asks, by the kernel's word
   */
  public void asked(String ask, JsonObject question, String by) throws IOException {
    Operation operation = ASKS.get(ask);
    if (operation == null) {
      return;
    }
    String domain = question.get("domain") instanceof String named ? named : firstDomain;
    // Whoever reads events must not learn which keys are decoys.
    boolean isDecoy = operation == Operation.CANARY_WATCH;
    String about =
        !isDecoy && question.get("kid") instanceof String kid
            ? kid
            : question.get("domain") instanceof String named ? named : "all";
    String text = isDecoy ? "a decoy" : question.toString();
    auditor.record(
        domain,
        draft(operation)
            .user(by)
            .socket("admin-socket")
            .entity(operation.code(), about)
            .message(text.substring(0, Math.min(QUESTION_MAX, text.length()))));
  }

  /**
   * Tokens of a tenant are shown at the admin socket: its own log says so, too. What an operator
   * asks about no one tenant is in the log of ours alone.
   */
  public KeyReport.TenantsRead tokensOf(String kid) {
    return (domain, tenant) ->
        auditor.record(
            domain,
            draft(Operation.KEY_REPORT_READ)
                .tenant(tenant)
                .user(user)
                .socket("admin-socket")
                .entity(Operation.KEY_REPORT_READ.code(), kid)
                .message("every token of this tenant that was signed with key " + kid));
  }

  /**
   * Callers, of whom each may ask so many questions: each is an event that is kept for a year. What
   * is reported has quotas of its own.
   */
  public BearerCheck rated(BearerCheck callers) {
    return (token, scope, address) -> {
      Caller caller = callers.caller(token, scope, address);
      if (!REPORTING.contains(scope)) {
        requireQuota(caller);
      }
      return caller;
    };
  }

  private void requireQuota(Caller caller) throws RefusedRequestException {
    if (!questions.take(caller.name(), 1)) {
      throw new RefusedRequestException(
          new Problem(
              429,
              "too-many-questions",
              "a client may ask " + QUESTIONS_PER_SECOND + " times a second"),
          caller);
    }
  }

  /** Who reads at the custodian's side, a tenant its own and an auditor the counts of all. */
  public BearerCheck ofCustody(BearerCheck callers) {
    return (token, scope, address) -> {
      Caller caller = callers.caller(token, scope, address);
      read(Operation.CUSTODY_READ, caller, address, scope);
      return caller;
    };
  }

  /** Somebody reads over HTTP. */
  public void read(Operation operation, Caller caller, String address, String about)
      throws RefusedRequestException {
    if (operation == Operation.QUARANTINE_READ) {
      requireQuota(caller);
    }
    EventDraft draft =
        EventDraft.of(operation)
            .part(PART)
            .tenant(caller.tenant())
            .client(caller.client())
            .address(address)
            .message(about);
    caller.person().ifPresent(draft::user);
    if (operation == Operation.INCIDENT_CHANGE
        || operation == Operation.FINDING_SUPPRESS
        || operation == Operation.FINDING_JUDGE) {
      draft.entity(operation.code(), about);
    }
    try {
      auditor.record(caller.domain(), draft);
    } catch (AuditUnavailableException e) {
      throw new RefusedRequestException(
          new Problem(503, "audit-unavailable", String.valueOf(e.getMessage())));
    }
  }
}
