package dev.counterfoil.process;

import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.EventFeed.NumberedEvent;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.auditclient.SpoolUnavailableException;
import dev.counterfoil.configuration.SettingsText;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.format.keylog.AuditLogStated;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a signer or registrar says to the audit log: kept on its own disk before it is done, and
 * fetched by the authority, since this process has no network. Issued tokens are none of it: their
 * counterfoils say it. Neither are revoked tokens: the authority says so, who knows by whom.
 *
 * <p>What an operator asks for is refused while nothing can be kept, except what contains a theft
 * and a diagnosis. The life of keys goes on by itself and waits for nobody: the key log has it, in
 * the open.
 */
public final class ProcessAudit implements AutoCloseable {
  private static final int READ_MAX = 500;
  private static final int READ_BYTES_MAX = 1 << 20;

  /** Whose source these events are: who delivers them answers for them. */
  private static final String DELIVERED_BY = "/counterfoil-authority";

  /** Operators' commands, and the event that each is. */
  public static final Map<String, Operation> OPERATIONS =
      Map.ofEntries(
          Map.entry(Commands.STATE_KEY, Operation.KEY_PREPARE),
          Map.entry(Commands.ADOPT_KEY, Operation.KEY_ADOPT),
          Map.entry(Commands.STATE_LOG, Operation.LOG_STATE),
          Map.entry(Commands.RETIRE_KEY, Operation.KEY_RETIRE),
          Map.entry(Commands.PAUSE_ROTATION, Operation.ROTATION_PAUSE),
          Map.entry(Commands.TAINT_KEY, Operation.KEY_TAINT),
          Map.entry(Commands.REVOKE_KEYS, Operation.KEY_REVOKE),
          Map.entry(Commands.WITHDRAW_KEY, Operation.KEY_WITHDRAW),
          Map.entry(Commands.STATE_WITHDRAWN, Operation.KEY_STATE_DECOY),
          Map.entry(Commands.END_LOG, Operation.LOG_END),
          Map.entry(Commands.MOVE_LOG, Operation.LOG_MOVE),
          Map.entry(Commands.STATE_AUDIT_LOG, Operation.LOG_STATE),
          Map.entry(Commands.END_AUDIT_LOG, Operation.LOG_END),
          Map.entry(Commands.STATE_DISCLOSURE_KEY, Operation.DISCLOSURE_KEY_STATE),
          Map.entry(Commands.TAKE_CEREMONY, Operation.CEREMONY_TAKE),
          Map.entry(Commands.MAKE_STATEMENT_KEY, Operation.STATEMENT_KEY_MAKE),
          Map.entry(Commands.ADD_TENANT, Operation.TENANT_ADD),
          Map.entry(Commands.CONFIRM, Operation.COMMAND_CONFIRM),
          Map.entry(Commands.DIAGNOSE, Operation.DIAGNOSE),
          Map.entry(Commands.REPLACE, Operation.SIGNER_REPLACE),
          Map.entry(Commands.SUCCEED, Operation.SIGNER_SUCCEED),
          Map.entry(Commands.CANCEL_SUCCESSION, Operation.SIGNER_CANCEL_SUCCESSION));

  /** Commands that are no event, and why. */
  public static final Map<String, String> NONE =
      Map.of(
          Commands.SIGN_STATUS_LIST, "what the key log says, in another form, and public",
          Commands.STATUS, "how the process is, and nothing of anybody",
          Commands.READ_KEYS, "which keys count, which is public",
          Commands.READ_EVENTS, "the way of these events themselves",
          Commands.RECORD_LOG, "the name of a log, which is public",
          Commands.ADD_COSIGNATURES, "cosignatures, which stand in the log's own notes",
          Commands.REVOKE_TOKEN, "the authority's event records it, and who asked",
          Commands.REVOKE_GROUP, "the authority's event records it, and who asked");

  /** What nothing holds up. */
  private static final List<String> CONTAINS =
      List.of(
          Commands.TAINT_KEY,
          Commands.REVOKE_KEYS,
          Commands.WITHDRAW_KEY,
          Commands.END_LOG,
          Commands.END_AUDIT_LOG,
          Commands.REPLACE,
          Commands.CONFIRM);

  /** Those that a signer takes; of a pause it is the registrar who says it. */
  public static final List<String> SIGNERS =
      List.of(
          Commands.REPLACE,
          Commands.SUCCEED,
          Commands.CANCEL_SUCCESSION,
          Commands.ADD_TENANT,
          Commands.DIAGNOSE);

  /** As OCSF numbers severities. */
  private static final int HIGH = 4;

  private static final Duration LAST_WORD_WITHIN = Duration.ofSeconds(1);

  private final String part;
  private final AuditClient client;
  private final ExecutorService aside =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("audit-aside").factory());
  private long said;
  private String user = "";

  private ProcessAudit(String part, AuditClient client) {
    this.part = part;
    this.client = client;
  }

  /** Opens the spool of a process, and says in it what the process is set to. */
  public static ProcessAudit start(KeyProgramConfiguration configuration, InstantSource clock)
      throws IOException {
    String part = configuration.part();
    AuditClient client =
        AuditClient.undelivered(
            new AuditClient.Settings(
                new Spool.Settings(configuration.process().folder().resolve("audit-spool"), part)
                    .forgettingOldest(),
                configuration.process().domain() + DELIVERED_BY,
                KeyCeiling.OWN_TENANT),
            clock,
            AwsLc.random());
    ProcessAudit audit = new ProcessAudit(part, client);
    audit.keep(
        audit
            .draft(Operation.PROCESS_START)
            .user(System.getProperty("user.name"))
            .with("app", JsonObject.builder().put("name", part).build())
            .message(SettingsText.of((Record) configuration)));
    return audit;
  }

  public EventDraft draft(Operation operation) {
    return EventDraft.of(operation).part(part).tenant(KeyCeiling.OWN_TENANT);
  }

  /** Why nothing is to be done that an operator asks for; empty when it may. */
  public Optional<Answer.Refused> obstacle(String command) {
    if (CONTAINS.contains(command)) {
      return Optional.empty();
    }
    return client
        .spool()
        .obstacle()
        .map(
            why ->
                new Answer.Refused(
                    Code.BUSY,
                    "audit-unavailable: the audit log cannot be written, so nothing was done: "
                        + why.getMessage()));
  }

  /** Keeps an event; where even the reserve is used up it is counted as lost. */
  public synchronized void keep(EventDraft draft) {
    said++;
    client.recordContainment(draft);
  }

  /** Who asks for what follows; empty for the process itself. On the registrar's thread. */
  public void asks(String byUser) {
    user = byUser;
  }

  /** Number of events that were kept since the start: to see whether a command was one. */
  public synchronized long said() {
    return said;
  }

  /** An operator's command on the admin socket. */
  public EventDraft command(String command, JsonObject arguments, String byUser) {
    Operation operation = OPERATIONS.get(command);
    if (operation == null) {
      throw new IllegalStateException("command " + command + " has no event");
    }
    EventDraft draft = draft(operation).user(byUser).socket("admin-socket");
    about(draft, operation, arguments);
    return draft;
  }

  /**
   * A signer's command that was refused, since it is about what is another's.
   *
   * @param times how many of the same it stands for
   */
  public EventDraft foreign(
      ForeignRequest request, String signer, String byUser, long times, Answer.Refused answer) {
    Operation operation = OPERATIONS.get(request.command());
    if (operation == null) {
      throw new IllegalStateException("command " + request.command() + " has no event");
    }
    EventDraft draft =
        draft(operation)
            .user(byUser)
            .client("signer-" + signer)
            .socket("signer-socket")
            .severity(HIGH)
            .count(times)
            .refused(answer.code().name(), answer.text())
            .message("signer " + signer + " asked for " + request.forPeople());
    if (operation.code().startsWith("key.")) {
      return draft.key(request.kid().orElse("unnamed"));
    }
    return draft.entity("log", request.log().orElse("unnamed"));
  }

  private void about(EventDraft draft, Operation operation, JsonObject arguments) {
    if (operation == Operation.KEY_STATE_DECOY) {
      // Which key it is, the monitor alone knows: the key log has it as any that is withdrawn.
      draft.key("unnamed");
      return;
    }
    String kid = "";
    if (arguments.get("kid") instanceof String one) {
      kid = one;
    } else if (arguments.get("kids") instanceof List<?> many
        && !many.isEmpty()
        && many.getFirst() instanceof String first) {
      kid = first;
    }
    if (operation.code().startsWith("key.") || operation == Operation.STATEMENT_KEY_MAKE) {
      draft.key(kid.isEmpty() ? "unnamed" : kid);
    } else {
      Optional<String> log = log(arguments).filter(name -> !name.isEmpty());
      if (log.isPresent()) {
        draft.entity("log", log.get());
      } else {
        // Of what it is, it is this process's own.
        draft.entity("process", part);
      }
    }
    if (operation != Operation.CEREMONY_TAKE) {
      draft.message(arguments.toString());
    }
  }

  /** The log that a command names; one that states an audit log has its name in the key alone. */
  private static Optional<String> log(JsonObject arguments) {
    if (arguments.get("vkey") instanceof String key) {
      try {
        return Optional.of(NoteKey.parse(key).name());
      } catch (FormatException e) {
        // What is no vkey is refused; of it no text becomes an event's entity.
        return Optional.empty();
      }
    }
    Object log = arguments.has("origin") ? arguments.get("origin") : arguments.get("log");
    return log instanceof String named ? Optional.of(named) : Optional.empty();
  }

  /** What a signer does with one of its keys by itself. */
  public void ofKey(Operation operation, String kid) {
    keep(draft(operation).user(part).key(kid));
  }

  /**
   * Keeps the event of an operator's command to a signer, before it is carried out.
   *
   * @return whether it must not be, since it cannot be recorded: then it was answered
   */
  public boolean refuses(Request.Command command, String byUser, Responder responder) {
    if (command.name().equals(Commands.DIAGNOSE)) {
      diagnosed(command, byUser);
      return false;
    }
    if (!SIGNERS.contains(command.name())) {
      return false;
    }
    Optional<Answer.Refused> unrecorded = obstacle(command.name());
    if (unrecorded.isPresent()) {
      responder.answer(unrecorded.get());
      return true;
    }
    keep(command(command.name(), command.arguments(), byUser));
    return false;
  }

  /** Keeps the event of a command that changed nothing, before it is answered. */
  public void unchanged(Request.Command command, String byUser, Answer answer) {
    EventDraft draft = command(command.name(), command.arguments(), byUser);
    keep(
        answer instanceof Answer.Refused refused
            ? draft.refused(refused.code().name(), refused.text())
            : draft.refused("ALREADY", "it was done before, so nothing was done"));
  }

  /**
   * Keeps the event of a diagnosis, which waits for nothing: it is asked for when a disk hangs, and
   * that disk may be the spool's.
   */
  public void diagnosed(Request.Command command, String byUser) {
    EventDraft draft = command(command.name(), command.arguments(), byUser);
    aside.execute(() -> keep(draft));
  }

  /** An entry that is about to stand in the key log. On the registrar's thread. */
  public void entry(KeyLogEvent event) {
    @Nullable EventDraft draft =
        switch (event) {
          case KeyLogEvent.KeyStated stated ->
              draft(Operation.KEY_PREPARE)
                  .key(stated.key().kid())
                  .message(
                      "signs from %s until %s, verifies until %s"
                          .formatted(
                              stated.key().activeFrom(),
                              stated.key().activeUntil(),
                              stated.key().verifyUntil()));
          case KeyLogEvent.LogStated stated ->
              draft(Operation.LOG_STATE).entity("log", stated.log().name());
          case KeyLogEvent.LogMoved moved ->
              draft(Operation.LOG_MOVE).entity("log", moved.log()).message("to " + moved.url());
          case KeyLogEvent.RotationPaused paused ->
              draft(Operation.ROTATION_PAUSE)
                  .user(paused.by())
                  .entity("log", paused.log())
                  .message("until " + paused.until());
          case KeyLogEvent.KeyTainted tainted ->
              draft(Operation.KEY_TAINT)
                  .key(tainted.kid())
                  .message("no token dated from " + tainted.from() + " on counts");
          case KeyLogEvent.KeyRevoked revoked ->
              draft(Operation.KEY_REVOKE)
                  .key(revoked.kid())
                  .message(
                      "from position %d of log %s on".formatted(revoked.from(), revoked.log()));
          case KeyLogEvent.KeyRetired retired -> draft(Operation.KEY_RETIRE).key(retired.kid());
          case KeyLogEvent.KeyWithdrawn withdrawn ->
              draft(Operation.KEY_WITHDRAW).key(withdrawn.kid()).message(withdrawn.reason().text());
          case KeyLogEvent.LogEnded ended ->
              draft(Operation.LOG_END)
                  .entity("log", ended.log())
                  .message("at size %d: %s".formatted(ended.size(), ended.reason().text()));
          case AuditLogStated stated ->
              draft(Operation.LOG_STATE)
                  .entity("log", stated.key().name())
                  .message("an audit log, " + stated.key());
          case DisclosureKeyStated stated ->
              draft(Operation.LOG_STATE)
                  .key(stated.key().thumbprint())
                  .entity("log", stated.log().name())
                  .message("a disclosure log, whose key for notices ends " + stated.notAfter());
          case AuditLogEnded ended ->
              draft(Operation.LOG_END)
                  .entity("log", ended.origin())
                  .message(
                      "an audit log, at size %d: %s"
                          .formatted(ended.size(), ended.reason().text()));
          // The authority's event says it, who knows by whom.
          case KeyLogEvent.TokenRevoked _, KeyLogEvent.GroupRevoked _ -> null;
          // Where revocations stand, which the registrar changes by itself every hour.
          case KeyLogEvent.RevocationLogStated _, KeyLogEvent.RevocationLogEnded _ -> null;
        };
    if (draft != null) {
      if (!(event instanceof KeyLogEvent.RotationPaused)) {
        draft.user(user.isEmpty() ? part : user);
      }
      keep(draft);
    }
  }

  /** What the root's holders signed is about to stand in the key log. */
  public void ceremony() {
    keep(
        draft(Operation.CEREMONY_TAKE)
            .user(user.isEmpty() ? part : user)
            .entity("root", "root")
            .message("roots and delegations that were not recorded before"));
  }

  /** What the authority asks for, to deliver it. */
  public Answer read(Request.Command command) {
    try {
      command.arguments().allowOnly("acknowledged");
      Spool spool = client.spool();
      spool.acknowledge(command.arguments().number("acknowledged"));
      List<JsonObject> events = new ArrayList<>();
      for (NumberedEvent event : spool.waiting(READ_MAX, READ_BYTES_MAX)) {
        events.add(
            JsonObject.builder().put("number", event.number()).put("line", event.line()).build());
      }
      return new Answer.Done(JsonObject.builder().put("events", events).build());
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    } catch (SpoolUnavailableException e) {
      return new Answer.Refused(Code.BUSY, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Answer.Refused(Code.BUSY, "the audit spool cannot be read: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    aside.shutdown();
    try {
      if (!aside.awaitTermination(LAST_WORD_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("the audit spool's disk does not answer");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
  }
}
