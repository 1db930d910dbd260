package dev.counterfoil.authority.administration;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.administration.WaitingChanges.Asked;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.settings.AdministrationEntry.SecondPersonEntry;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Where administrators' commands come in: what one person does not do alone waits here for another,
 * by {@link SecondPersonRules}. An administrator is a Unix user by the kernel's word, or a client.
 */
public final class SecondPersonDesk {
  /** {@code {"id"}} to what the command that waited answers. */
  public static final String CONFIRM = "confirm-change";

  /**
   * {@code {}} to {@code {"waiting": [{"id", "command", "arguments", "asked_by", "why",
   * "until"}]}}.
   */
  public static final String WAITING = "list-waiting";

  /** Both, and the events that they are. */
  public static final Map<String, Operation> OPERATIONS =
      Map.of(CONFIRM, Operation.CHANGE_CONFIRM, WAITING, Operation.CHANGE_LIST);

  private static final String VERSION = "version";

  /** Most removed clients that are remembered. */
  private static final int REMOVED_MAX = 10_000;

  private final SecondPersonRules rules;
  private final WaitingChanges waiting;
  private final ClientCommands clients;
  private final AuthorityAudit audit;

  /** What they were registered for: to remove a client and register it again is to change it. */
  private final Map<String, ClientRegistration> removed =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, ClientRegistration> eldest) {
              return size() > REMOVED_MAX;
            }
          });

  public SecondPersonDesk(
      SecondPersonEntry rules, ClientCommands clients, AuthorityAudit audit, InstantSource clock) {
    this.rules = new SecondPersonRules(rules);
    this.waiting = new WaitingChanges(rules.confirmWithin(), clock);
    this.clients = clients;
    this.audit = audit;
  }

  /** Carries a command out, or has it wait. */
  Answer carryOut(
      Request.Command command,
      Administrator who,
      BiFunction<Request.Command, Administrator, Answer> executor) {
    try {
      return switch (command.name()) {
        case CONFIRM -> confirm(command.arguments(), who, executor);
        case WAITING -> list(command.arguments(), who);
        default -> {
          Optional<String> why = why(command, who);
          yield why.isPresent()
              ? await(command, who, why.get())
              : executor.apply(stamped(command), who);
        }
      };
    } catch (FormatException e) {
      // What is none does not wait: it is refused, and its own event says so.
      Operation operation = OPERATIONS.get(command.name());
      return operation == null
          ? executor.apply(command, who)
          : refused(
              operation,
              who,
              "unknown",
              new Answer.Refused(Answer.Code.MALFORMED, String.valueOf(e.getMessage())));
    }
  }

  /** Why a command waits: empty for what is refused anyway, and for what is so already. */
  private Optional<String> why(Request.Command command, Administrator who) throws FormatException {
    return switch (command.name()) {
      case ClientCommands.REGISTER -> {
        ClientRegistration client = ClientCommands.registration(command);
        yield registered(client.clientId()).isPresent() || clients.beyond(command, who).isPresent()
            ? Optional.empty()
            : rules.registering(client, who.isOwner()).or(() -> asBefore(client, who));
      }
      case ClientCommands.UPDATE -> {
        ClientRegistration after = ClientCommands.registration(command);
        Optional<ClientRegistration> before = registered(after.clientId());
        Optional<String> version = command.arguments().optionalString(VERSION);
        yield before.isEmpty()
                || clients.beyond(command, who).isPresent()
                || version.filter(one -> !one.equals(before.get().version())).isPresent()
            ? Optional.empty()
            : rules.updating(before.get(), after);
      }
      case ClientCommands.ROTATE_SECRET -> {
        Optional<ClientRegistration> present = present(command, who);
        yield present.flatMap(rules::rotating);
      }
      case ClientCommands.ADMIT ->
          command.arguments().truth("disabled")
              ? Optional.empty()
              : present(command, who).flatMap(rules::admitting);
      case ClientCommands.EXPIRE -> {
        Optional<Long> end = command.arguments().optionalNumber("expires_at");
        yield present(command, who)
            .filter(client -> isLater(client.clientId(), end))
            .flatMap(rules::admitting);
      }
      case ClientCommands.REMOVE -> {
        // It waits for nobody. Before it is done: nothing comes between the two.
        present(command, who)
            .filter(client -> rules.required())
            .ifPresent(client -> removed.put(client.clientId(), client));
        yield Optional.empty();
      }
      default -> Optional.empty();
    };
  }

  /** Why a client that was removed waits when it is registered again. */
  private Optional<String> asBefore(ClientRegistration client, Administrator who) {
    return who.isOwner()
        ? Optional.empty()
        : Optional.ofNullable(removed.get(client.clientId()))
            .flatMap(before -> rules.updating(before, client));
  }

  private Optional<ClientRegistration> present(Request.Command command, Administrator who)
      throws FormatException {
    return clients.beyond(command, who).isPresent()
        ? Optional.empty()
        : registered(command.arguments().string("client_id"));
  }

  /** Whether a client is admitted for longer than now. */
  private boolean isLater(String id, Optional<Long> end) {
    Optional<Long> present =
        clients
            .clients()
            .find(id)
            .flatMap(client -> client.standing().expiresAt())
            .map(Instant::getEpochSecond);
    return present.isPresent() && (end.isEmpty() || end.get() > present.get());
  }

  /** A change that does not wait is of the client that was looked at, and of no later one. */
  private Request.Command stamped(Request.Command command) throws FormatException {
    if (!rules.required()
        || !command.name().equals(ClientCommands.UPDATE)
        || command.arguments().has(VERSION)) {
      return command;
    }
    Optional<ClientRegistration> before = registered(command.arguments().string("client_id"));
    return before.isEmpty()
        ? command
        : new Request.Command(
            command.name(), command.arguments().with(VERSION, before.get().version()));
  }

  private Optional<ClientRegistration> registered(String id) {
    return clients.clients().find(id).map(Client::registration);
  }

  private Answer await(Request.Command command, Administrator who, String why)
      throws FormatException {
    String id = command.arguments().string("client_id");
    Optional<ClientRegistration> before = registered(id);
    Request.Command stamped = stamped(command);
    String tenant = before.map(ClientRegistration::tenant).orElse("");
    boolean isOfOperator = before.filter(ClientRegistration::isOfOperator).isPresent();
    if (command.name().equals(ClientCommands.REGISTER)
        || command.name().equals(ClientCommands.UPDATE)) {
      ClientRegistration after = ClientCommands.registration(command);
      isOfOperator |= after.isOfOperator();
      tenant = tenant.isEmpty() ? after.tenant() : tenant;
    }
    Optional<Answer.Refused> unrecorded =
        audit.recorded(
            who.draft(Operation.CHANGE_ASK, tenant)
                .entity("client", id)
                .message(why + ": " + command.name() + " " + command.arguments()));
    if (unrecorded.isPresent()) {
      return unrecorded.get();
    }
    return waiting
        .ask(stamped, tenant, isOfOperator, who, why)
        .map(Asked::answer)
        .orElseGet(
            () ->
                refused(
                    Operation.CHANGE_ASK,
                    who,
                    id,
                    new Answer.Refused(
                        Answer.Code.BUSY,
                        "no more changes can wait for a second person. Confirm one, or let one"
                            + " expire")));
  }

  private Answer confirm(
      JsonObject arguments,
      Administrator who,
      BiFunction<Request.Command, Administrator, Answer> executor)
      throws FormatException {
    arguments.allowOnly("id");
    String id = arguments.string("id");
    Optional<Asked> found = waiting.find(id, who);
    if (found.isEmpty()) {
      return refused(Operation.CHANGE_CONFIRM, who, id, gone());
    }
    Asked one = found.get();
    if (WaitingChanges.isBy(one, who)) {
      return refused(
          Operation.CHANGE_CONFIRM,
          who,
          id,
          new Answer.Refused(
              Answer.Code.NOT_ALLOWED,
              who.name() + " requested it. Another administrator must confirm it"));
    }
    if (!stillAdministers(one.by())) {
      waiting.take(one);
      return refused(
          Operation.CHANGE_CONFIRM,
          who,
          id,
          new Answer.Refused(
              Answer.Code.NOT_ALLOWED,
              one.by().name() + " requested it, and is no administrator any more"));
    }
    Optional<Answer.Refused> unrecorded =
        audit.recorded(
            who.draft(Operation.CHANGE_CONFIRM, one.tenant())
                .entity("change", id)
                .message(one.command().name() + ", which " + one.by().name() + " asked for"));
    if (unrecorded.isPresent()) {
      return unrecorded.get();
    }
    return waiting.take(one)
        ? executor.apply(one.command(), one.by())
        : refused(Operation.CHANGE_CONFIRM, who, id, gone());
  }

  private static Answer.Refused gone() {
    return new Answer.Refused(
        Answer.Code.UNKNOWN,
        "nothing waits under this id: it was confirmed, its time is over, or the authority was"
            + " restarted");
  }

  private boolean stillAdministers(Administrator by) {
    return by.client().isEmpty()
        || by.client()
            .flatMap(clients.clients()::find)
            .filter(clients.clients()::admits)
            .filter(client -> client.mayHaveScope(ClientRegistration.ADMIN_SCOPE))
            .isPresent();
  }

  private Answer list(JsonObject arguments, Administrator who) throws FormatException {
    arguments.allowOnly();
    Optional<Answer.Refused> unrecorded =
        audit.recorded(who.draft(Operation.CHANGE_LIST).entity("changes", "waiting"));
    return unrecorded.isPresent()
        ? unrecorded.get()
        : new Answer.Done(JsonObject.builder().put("waiting", waiting.list(who)).build());
  }

  private Answer refused(
      Operation operation, Administrator who, String id, Answer.Refused refused) {
    audit.later(
        who.draft(operation).entity("change", id).refused(refused.code().name(), refused.text()));
    return refused;
  }
}
