package dev.counterfoil.disclosure.desk;

import static java.util.Map.entry;

import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.auditclient.SpoolUnavailableException;
import dev.counterfoil.configuration.SettingsText;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Records each command in the audit log before the desk carries it out, and once more if the desk
 * refuses it. A command that is not listed here is refused. What people write is in the disclosure
 * log alone.
 */
final class DisclosureAudit implements Closeable {
  static final String PART = "disclosure";
  private static final String AUDIENCE = "counterfoil-monitor";
  private static final String SCOPE = "counterfoil:audit-report";
  private static final String CONSOLE = "console";
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

  /**
   * What a command is in the audit log.
   *
   * @param type of what it is about
   * @param member of the arguments that names it; empty for all of its type
   */
  record Told(Operation operation, String type, String member) {}

  /** At the admin socket. */
  static final Map<String, Told> OPERATORS =
      Map.ofEntries(
          entry("take-key", new Told(Operation.DISCLOSURE_KEY_TAKE, "keys", "")),
          entry("open", new Told(Operation.DISCLOSURE_OPEN, "incident", "id")),
          entry("claims", reads("incident", "incident")),
          entry("claim-add", about(Operation.CLAIM_CHANGE)),
          entry("claim-revise", about(Operation.CLAIM_CHANGE)),
          entry("claim-withdraw", about(Operation.CLAIM_CHANGE)),
          entry("evidence-withdraw", about(Operation.CLAIM_CHANGE)),
          entry("texts", about(Operation.STATEMENT_WRITE)),
          entry("clock", about(Operation.CLOCK_DECIDE)),
          entry("clocks", reads("clocks", "")),
          entry("draft", reads("incident", "incident")),
          entry("check", reads("incident", "incident")),
          entry("approve", about(Operation.STATEMENT_APPROVE)),
          entry("publish", about(Operation.STATEMENT_PUBLISH)),
          entry("notify", about(Operation.NOTICE_SEND)),
          entry("notices", reads("incident", "incident")),
          entry("notice-file", reads("notice", "code")),
          entry("questions", reads("questions", "")),
          entry("answer", new Told(Operation.NOTICE_ASK, "question", "question")),
          entry("hold", about(Operation.DISCLOSURE_HOLD)),
          entry("hold-confirm", about(Operation.DISCLOSURE_HOLD)),
          entry("hold-lift", about(Operation.DISCLOSURE_HOLD)),
          entry("holds", reads("incident", "incident")),
          entry("weakness-receive", new Told(Operation.VULNERABILITY_CHANGE, "vulnerability", "")),
          entry("weaknesses", reads("vulnerability", "")),
          entry("weakness", reads("vulnerability", "id")),
          entry("weakness-move", new Told(Operation.VULNERABILITY_CHANGE, "vulnerability", "id")),
          entry("corrections", reads("corrections", "")),
          entry("promises", new Told(Operation.PROMISES_JUDGE, "promises", "as_of")),
          entry("acknowledge", new Told(Operation.NOTICE_ACKNOWLEDGE, "notice", "code")));

  /** Of people at the console. */
  static final Map<String, Told> PEOPLE =
      Map.of(
          "person-desk", reads("incident", ""),
          "person-incident", reads("incident", "incident"),
          "person-approve", about(Operation.STATEMENT_APPROVE),
          "tenant-notices", reads("notice", ""),
          "tenant-acknowledge", new Told(Operation.NOTICE_ACKNOWLEDGE, "notice", "code"),
          "tenant-ask", new Told(Operation.NOTICE_ASK, "notice", "code"));

  /** Without an event: the state, the public keys, and the pieces of what {@code open} takes. */
  private static final Set<String> NONE = Set.of("status", "key-request", "incident-part");

  /** What an event repeats of a command: names and times, and nothing that people wrote. */
  private static final List<String> DETAILS =
      List.of(
          "id",
          "draft",
          "document",
          "rule",
          "event",
          "at",
          "met",
          "hold",
          "until",
          "state",
          "embargo",
          "base");

  private final AuditClient client;

  DisclosureAudit(AuditClient client) {
    this.client = client;
  }

  private static Told about(Operation operation) {
    return new Told(operation, "incident", "incident");
  }

  private static Told reads(String type, String member) {
    return new Told(Operation.DISCLOSURE_READ, type, member);
  }

  /** Opens the spool, says in it what the process is set to, and begins to deliver. */
  static DisclosureAudit start(
      DisclosureConfiguration configuration,
      TrustPolicy policy,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    PrivateKeyJwtTokenSource tokens = tokens(configuration, policy, SCOPE, AUDIENCE, clock, random);
    AuditClient client =
        AuditClient.start(
            new AuditClient.Settings(
                new Spool.Settings(configuration.folder().resolve("audit-spool"), PART),
                policy.domain() + "/" + configuration.clientId(),
                KeyCeiling.OWN_TENANT),
            configuration.monitorUrl(),
            tokens::accessToken,
            clock,
            random);
    client.recordContainment(
        draft(Operation.PROCESS_START, KeyCeiling.OWN_TENANT)
            .user(System.getProperty("user.name"))
            .with("app", JsonObject.builder().put("name", PART).build())
            .message(SettingsText.of(configuration)));
    return new DisclosureAudit(client);
  }

  /** Tokens of the process's client at the issuer. */
  static PrivateKeyJwtTokenSource tokens(
      DisclosureConfiguration configuration,
      TrustPolicy policy,
      String scope,
      String audience,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    return new PrivateKeyJwtTokenSource(
        policy.issuer(),
        configuration.clientId(),
        configuration.clientKey().path(),
        Map.of("scope", scope, "audience", audience),
        HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN).build(),
        clock,
        random);
  }

  private static EventDraft draft(Operation operation, String tenant) {
    return EventDraft.of(operation).part(PART).tenant(tenant);
  }

  /** What carries a command out. */
  interface Carrying {
    Answer out(String command, JsonObject arguments, String by);
  }

  /**
   * An operator's command.
   *
   * @param by the operator, by the kernel's word
   */
  Answer ofOperator(Carrying desk, String command, JsonObject arguments, String by) {
    if (NONE.contains(command)) {
      return desk.out(command, arguments, by);
    }
    Told told = OPERATORS.get(command);
    if (told == null) {
      return new Answer.Refused(Code.UNKNOWN, "the disclosure process has no such command");
    }
    return recorded(
        () ->
            event(told, command, arguments, KeyCeiling.OWN_TENANT).socket("admin-socket").user(by),
        false,
        () -> desk.out(command, arguments, by));
  }

  /**
   * A person's command, as the console says it. What people of a tenant do is an event of that
   * tenant.
   *
   * @param by the console's user, by the kernel's word
   */
  Answer ofPerson(Carrying desk, String command, JsonObject arguments, String by) {
    Told told = PEOPLE.get(command);
    if (told == null) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such command for the console");
    }
    try {
      String person = TenantDesk.named(arguments, "subject");
      String tenant =
          command.startsWith("tenant-") ? arguments.string("tenant") : KeyCeiling.OWN_TENANT;
      return recorded(
          () ->
              event(told, command, arguments, tenant)
                  .socket("tenant-socket")
                  .user(person)
                  .client(CONSOLE),
          true,
          () -> desk.out(command, arguments, by));
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  private Answer recorded(
      Supplier<EventDraft> draft, boolean isRequest, Supplier<Answer> carriesOut) {
    try {
      if (isRequest) {
        client.recordRequest(draft.get());
      } else {
        client.record(draft.get());
      }
    } catch (SpoolUnavailableException e) {
      return new Answer.Refused(
          Code.BUSY,
          "audit-unavailable: the audit log cannot be written, so nothing was done: "
              + e.getMessage());
    }
    Answer answer = carriesOut.get();
    if (answer instanceof Answer.Refused refused) {
      client.recordLater(draft.get().refused(refused.code().name(), refused.text()));
    }
    return answer;
  }

  private static EventDraft event(Told told, String command, JsonObject arguments, String tenant) {
    JsonObject.Builder details = JsonObject.builder();
    for (String name : DETAILS) {
      text(arguments, name).ifPresent(value -> details.put(name, value));
    }
    String uid = told.member().isEmpty() ? "all" : text(arguments, told.member()).orElse("unnamed");
    return draft(told.operation(), tenant)
        .entity(told.type(), uid)
        .message(command + " " + details.build());
  }

  private static Optional<String> text(JsonObject arguments, String name) {
    return switch (arguments.get(name)) {
      case String text -> Optional.of(text);
      case Long number -> Optional.of(number.toString());
      case Boolean truth -> Optional.of(truth.toString());
      case null, default -> Optional.empty();
    };
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
