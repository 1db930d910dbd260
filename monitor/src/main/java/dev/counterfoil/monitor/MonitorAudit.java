package dev.counterfoil.monitor;

import dev.counterfoil.audit.AuditUnavailableException;
import dev.counterfoil.audit.Auditor;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.configuration.SettingsText;
import dev.counterfoil.custodian.BearerCheck;
import dev.counterfoil.custodian.Caller;
import dev.counterfoil.custodian.Problem;
import dev.counterfoil.custodian.RefusedRequestException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyCeiling;
import java.io.IOException;
import java.util.Map;

/**
 * What the monitor itself says to the audit log that it holds: who read what, and what it is set
 * to. Each is recorded before it is answered, and what cannot be recorded is not answered.
 */
final class MonitorAudit {
  private static final String PART = "monitor";
  private static final int QUESTION_MAX = 4000;

  /** Questions at the admin socket, and the event that each is. */
  static final Map<String, Operation> ASKS =
      Map.of(
          "findings", Operation.FINDINGS_READ,
          "report", Operation.KEY_REPORT_READ,
          "counts", Operation.KEY_REPORT_READ,
          "acknowledgements", Operation.ACKNOWLEDGEMENTS_READ,
          "watch-canary", Operation.CANARY_WATCH,
          "canaries", Operation.CANARY_LIST,
          "audit-tenants", Operation.AUDIT_TENANTS_READ,
          "audit-check", Operation.AUDIT_CHECK);

  /** Questions whose event the auditor itself records, inside of a tenant's fence. */
  static final Map<String, Operation> BY_THE_AUDITOR =
      Map.of(
          "audit-search", Operation.AUDIT_SEARCH,
          "audit-stream", Operation.AUDIT_SEARCH,
          "audit-export", Operation.AUDIT_EXPORT,
          "audit-trace", Operation.AUDIT_TRACE,
          "audit-issued", Operation.AUDIT_SEARCH,
          "audit-hold", Operation.AUDIT_HOLD);

  /** Questions that are no event, and why. */
  static final Map<String, String> NONE =
      Map.of("status", "how the process is, and nothing of anybody");

  private final Auditor auditor;
  private final String firstDomain;
  private final String user;

  /**
   * Of a monitor.
   *
   * @param firstDomain whose own tenant sees what is of no one domain
   * @param user who may ask at the admin socket
   */
  MonitorAudit(Auditor auditor, String firstDomain, String user) {
    this.auditor = auditor;
    this.firstDomain = firstDomain;
    this.user = user;
  }

  /** Whether a question has its place in the audit log: what has none is not answered. */
  static boolean isKnown(String ask) {
    return ASKS.containsKey(ask) || BY_THE_AUDITOR.containsKey(ask) || NONE.containsKey(ask);
  }

  private static EventDraft draft(Operation operation) {
    return EventDraft.of(operation).part(PART).tenant(KeyCeiling.OWN_TENANT);
  }

  /** It starts. */
  void started(MonitorConfiguration configuration) throws AuditUnavailableException {
    auditor.record(
        firstDomain,
        draft(Operation.PROCESS_START)
            .user(user)
            .with("app", JsonObject.builder().put("name", PART).build())
            .message(SettingsText.of(configuration)));
  }

  /** A question at the admin socket. */
  void asked(String ask, JsonObject question) throws IOException {
    Operation operation = ASKS.get(ask);
    if (operation == null) {
      return;
    }
    String domain = question.get("domain") instanceof String named ? named : firstDomain;
    String about =
        question.get("kid") instanceof String kid
            ? kid
            : question.get("domain") instanceof String named ? named : "all";
    String text = question.toString();
    auditor.record(
        domain,
        draft(operation)
            .user(user)
            .socket("admin-socket")
            .entity(operation.code(), about)
            .message(text.substring(0, Math.min(QUESTION_MAX, text.length()))));
  }

  /** Who reads at the custodian's side, a tenant its own and an auditor the counts of all. */
  BearerCheck ofCustody(BearerCheck callers) {
    return (token, scope) -> {
      Caller caller = callers.caller(token, scope);
      read(Operation.CUSTODY_READ, caller, "", scope);
      return caller;
    };
  }

  /** Somebody reads over HTTP. */
  void read(Operation operation, Caller caller, String address, String about)
      throws RefusedRequestException {
    try {
      auditor.record(
          caller.domain(),
          EventDraft.of(operation)
              .part(PART)
              .tenant(caller.tenant())
              .client(caller.client())
              .address(address.isEmpty() ? "unknown" : address)
              .message(about));
    } catch (AuditUnavailableException e) {
      throw new RefusedRequestException(
          new Problem(503, "audit-unavailable", String.valueOf(e.getMessage())));
    }
  }
}
