package dev.counterfoil.authority.administration;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.ClientStanding;
import dev.counterfoil.authority.clients.ClientStore;
import dev.counterfoil.authority.clients.ClientsChangedException;
import dev.counterfoil.authority.clients.PendingRevocation;
import dev.counterfoil.authority.keys.JwksFetches;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what administrators ask of clients, at the admin socket and over HTTP.
 *
 * @param ended hears which client's tokens are to end, so that those of people end, too
 */
public record ClientCommands(
    ClientDirectory clients,
    JwksFetches fetches,
    AuthorityAudit audit,
    PendingRevocations revocations,
    Consumer<String> ended) {
  /** {@code {registration, "expires_at"?}} to {@code {"outcome", "client_secret"?}}. */
  public static final String REGISTER = "register-client";

  /**
   * {@code {registration, "version"?}} to {@code {"outcome", "client_secret"?}}. With a version, a
   * client that was changed since is not.
   */
  public static final String UPDATE = "update-client";

  /**
   * {@code {"client_id"?, "after"?, "unused_seconds"?}} to {@code {"uses_since", "clients":
   * [registration], "standings": [{"client_id", "disabled", "expires_at"?, "two_secrets",
   * "version", "registered_at", "last_used"?, "credentials": [{"kind", "thumbprint"?,
   * "last_used"?}]}]}}: the one, or at most {@link #PAGE} of them. With {@code unused_seconds}, a
   * number as text: those that were not used for so long, or have a secret or key that was not.
   */
  public static final String LIST = "list-clients";

  /**
   * {@code {"client_id", "revoke_tokens"?, "keep_old"?}} to {@code {"outcome", "client_secret"}}:
   * with revoke_tokens its tokens are revoked first; with keep_old the old secret counts, too.
   */
  public static final String ROTATE_SECRET = "rotate-secret";

  /** {@code {"client_id"}} to {@code {"outcome"}}: the secret before ends. */
  public static final String DROP_OLD_SECRET = "drop-old-secret";

  /**
   * {@code {"client_id", "disabled"}} to {@code {"outcome", "tokens_not_revoked"?, "group"?}}, as
   * for remove-client.
   */
  public static final String ADMIT = "admit-client";

  /** {@code {"client_id", "expires_at"?}} to {@code {"outcome"}}; without a time: never. */
  public static final String EXPIRE = "expire-client";

  /**
   * {@code {"client_id"}} to {@code {"outcome", "tokens_not_revoked"?, "group"?}}: its tokens are
   * revoked, and where that could not be done yet, these say why and of which group; it is tried
   * until it is done.
   */
  public static final String REMOVE = "remove-client";

  /**
   * {@code {}} to {@code {"since", "fetchers": [{"address", "agent", "publication", "fetched_at",
   * "kids"}]}}.
   */
  public static final String JWKS_FETCHES = "list-jwks-fetches";

  /** Every command, and the event that it is: what is not named here is not carried out. */
  public static final Map<String, Operation> OPERATIONS =
      Map.of(
          REGISTER, Operation.CLIENT_REGISTER,
          UPDATE, Operation.CLIENT_UPDATE,
          LIST, Operation.CLIENT_LIST,
          ROTATE_SECRET, Operation.CLIENT_ROTATE_SECRET,
          DROP_OLD_SECRET, Operation.CLIENT_DROP_SECRET,
          ADMIT, Operation.CLIENT_ADMIT,
          EXPIRE, Operation.CLIENT_EXPIRE,
          REMOVE, Operation.CLIENT_REMOVE,
          JWKS_FETCHES, Operation.KEY_SET_FETCHES_LIST);

  /**
   * What takes a stolen credential's use away is held up by nothing: not by a spool that the thief
   * filled, and not by a full disk.
   */
  private static final Set<Operation> CONTAINS =
      Set.of(
          Operation.CLIENT_REMOVE,
          Operation.CLIENT_ROTATE_SECRET,
          Operation.CLIENT_DROP_SECRET,
          Operation.CLIENT_ADMIT,
          Operation.CLIENT_EXPIRE);

  private static final int TRIES_MAX = 5;
  private static final String EXPIRES_AT = "expires_at";
  private static final String VERSION = "version";
  private static final String LAST_USED = "last_used";
  private static final String UNUSED_SECONDS = "unused_seconds";
  private static final long UNUSED_SECONDS_MAX = Duration.ofDays(36_500).toSeconds();
  private static final long EXPIRES_AT_MAX = 253_402_300_799L;

  /** Most clients of one answer to {@link #LIST}. */
  public static final int PAGE = 50;

  private static final System.Logger LOG = System.getLogger(ClientCommands.class.getName());

  /** Recorded before it is done; what then fails has a second event, which says so. */
  public Answer carryOut(Request.Command command, Administrator who) {
    Operation operation = OPERATIONS.get(command.name());
    if (operation == null) {
      return new Answer.Refused(Answer.Code.UNKNOWN, "there is no such command");
    }
    try {
      if (isSoAlready(command)) {
        // Nothing is done, and each start of an installation asks for it again: no event.
        return answer(new ClientDirectory.Change.Unchanged());
      }
      Optional<Answer.Refused> beyond = beyond(command, who);
      if (beyond.isPresent()) {
        Answer.Refused refused = beyond.get();
        audit.later(
            who.draft(operation)
                .entity("client", command.text("client_id").orElse("unknown"))
                .refused(refused.code().name(), refused.text()));
        return refused;
      }
      EventDraft draft = draft(operation, command, who);
      if (CONTAINS.contains(operation)) {
        audit.recordContainment(draft);
      } else {
        Optional<Answer.Refused> unrecorded = audit.recorded(draft);
        if (unrecorded.isPresent()) {
          return unrecorded.get();
        }
      }
      Answer answer = carryOutRecorded(command, who);
      if (answer instanceof Answer.Refused refused) {
        audit.later(draft(operation, command, who).refused(refused.code().name(), refused.text()));
      }
      return answer;
    } catch (FormatException e) {
      Answer.Refused refused =
          new Answer.Refused(Answer.Code.MALFORMED, String.valueOf(e.getMessage()));
      audit.later(
          who.draft(operation)
              .entity("clients", "malformed")
              .refused(refused.code().name(), refused.text()));
      return refused;
    }
  }

  /** Why a command is beyond the tenant that an administrator reaches; empty where it is not. */
  Optional<Answer.Refused> beyond(Request.Command command, Administrator who)
      throws FormatException {
    if (who.tenant().isEmpty() || command.name().equals(LIST)) {
      return Optional.empty();
    }
    String id = command.arguments().string("client_id");
    Optional<ClientRegistration> present = clients.find(id).map(Client::registration);
    if (command.name().equals(REGISTER) || command.name().equals(UPDATE)) {
      ClientRegistration registration = registration(command.arguments());
      if (!who.reaches(registration.tenant())) {
        return Optional.of(
            new Answer.Refused(
                Answer.Code.NOT_ALLOWED,
                "this administrator reaches one tenant, and not this one"));
      }
      if (registration.isOfOperator()) {
        return Optional.of(ofOperator());
      }
    }
    if (present.filter(one -> !who.reaches(one.tenant())).isPresent()) {
      // Registering says that the id is taken, and no more.
      return Optional.of(
          command.name().equals(REGISTER)
              ? new Answer.Refused(Answer.Code.CONFLICT, "this client id is taken")
              : new Answer.Refused(Answer.Code.UNKNOWN, "there is no client of this id"));
    }
    return present.filter(ClientRegistration::isOfOperator).isPresent()
        ? Optional.of(ofOperator())
        : Optional.empty();
  }

  private static Answer.Refused ofOperator() {
    return new Answer.Refused(
        Answer.Code.NOT_ALLOWED,
        "a client with a scope that begins with "
            + ClientRegistration.OPERATOR_SCOPES
            + " is for the operator to manage");
  }

  /** Whether a client is to be registered as it is registered already. */
  private boolean isSoAlready(Request.Command command) throws FormatException {
    if (!command.name().equals(REGISTER)) {
      return false;
    }
    return clients.isSo(registration(command.arguments()), expiresAt(command.arguments()));
  }

  /** What is to be done, for whom; of credentials the public ones at most. */
  private EventDraft draft(Operation operation, Request.Command command, Administrator who)
      throws FormatException {
    JsonObject arguments = command.arguments();
    return switch (command.name()) {
      case REGISTER, UPDATE -> {
        ClientRegistration registration = registration(arguments);
        String before =
            clients
                .find(registration.clientId())
                .map(client -> "before: " + client.registration().toJson() + ", after: ")
                .orElse("");
        yield who.draft(operation, registration.tenant())
            .entity("client", registration.clientId())
            .message(
                before
                    + registration.toJson()
                    + expiresAt(arguments).map(end -> ", expires at " + end).orElse(""));
      }
      case ROTATE_SECRET, DROP_OLD_SECRET, ADMIT, EXPIRE, REMOVE -> {
        String id = arguments.string("client_id");
        yield clients
            .find(id)
            .map(client -> who.draft(operation, client.registration().tenant()))
            .orElseGet(() -> who.draft(operation))
            .entity("client", id)
            .message(about(command));
      }
      case LIST -> {
        EventDraft draft = who.draft(operation);
        Optional<String> id = arguments.optionalString("client_id");
        yield id.isPresent() ? draft.entity("client", id.get()) : draft.entity("clients", "all");
      }
      default -> who.draft(operation).entity("clients", "all");
    };
  }

  /** Each change begins with the clients as they are: where another one came first, again. */
  private Answer carryOutRecorded(Request.Command command, Administrator who)
      throws FormatException {
    for (int tries = 1; ; tries++) {
      try {
        return carryOutOnce(command, who);
      } catch (ClientsChangedException e) {
        if (tries == TRIES_MAX) {
          return new Answer.Refused(
              Answer.Code.BUSY,
              "another authority changes the clients at the same moment, so nothing was done."
                  + " Try again");
        }
      }
    }
  }

  private Answer carryOutOnce(Request.Command command, Administrator who)
      throws FormatException, ClientsChangedException {
    try {
      JsonObject arguments = command.arguments();
      Answer answer =
          switch (command.name()) {
            case REGISTER ->
                answer(clients.register(registration(arguments), expiresAt(arguments)));
            case UPDATE ->
                answer(
                    clients.update(
                        ClientRegistration.parse(arguments.without(VERSION)),
                        arguments.optionalString(VERSION)));
            case ROTATE_SECRET -> rotateSecret(arguments);
            case DROP_OLD_SECRET -> answer(clients.dropOldSecret(arguments.string("client_id")));
            case ADMIT, EXPIRE -> stand(command);
            case REMOVE ->
                clients.remove(arguments.string("client_id"))
                        instanceof ClientDirectory.Change.Made made
                    ? made(made.secret(), made.pending())
                    : new Answer.Refused(
                        Answer.Code.UNKNOWN,
                        "there is no client of this id. It was removed before, or never added");
            case LIST -> list(arguments, who);
            case JWKS_FETCHES -> new Answer.Done(fetches.toJson());
            default -> new Answer.Refused(Answer.Code.UNKNOWN, "there is no such command");
          };
      if (answer instanceof Answer.Done && endsTokens(command)) {
        ended.accept(arguments.string("client_id"));
      }
      if (!command.name().equals(LIST) && !command.name().equals(JWKS_FETCHES)) {
        LOG.log(
            System.Logger.Level.INFO,
            "{0} by user {1}: {2}",
            command.name(),
            who.name(),
            answer instanceof Answer.Done ? "done" : "refused");
      }
      return answer;
    } catch (ClientsChangedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, command.name() + " failed", e);
      return new Answer.Refused(
          Answer.Code.BUSY,
          TablePlace.isAway(e)
              ? "the database does not answer. Try again in a moment"
              : "the client store failed; the authority's log shows why");
    }
  }

  private static boolean endsTokens(Request.Command command) throws FormatException {
    JsonObject arguments = command.arguments();
    return switch (command.name()) {
      case REMOVE -> true;
      case ADMIT -> arguments.truth("disabled");
      case ROTATE_SECRET -> arguments.has("revoke_tokens") && arguments.truth("revoke_tokens");
      default -> false;
    };
  }

  private Answer rotateSecret(JsonObject arguments) throws FormatException, IOException {
    arguments.allowOnly("client_id", "revoke_tokens", "keep_old");
    boolean revokes = arguments.has("revoke_tokens") && arguments.truth("revoke_tokens");
    boolean keepsOld = arguments.has("keep_old") && arguments.truth("keep_old");
    return answer(clients.rotateSecret(arguments.string("client_id"), keepsOld, revokes));
  }

  /** What a command registers. */
  static ClientRegistration registration(Request.Command command) throws FormatException {
    return registration(command.arguments());
  }

  private static ClientRegistration registration(JsonObject arguments) throws FormatException {
    return ClientRegistration.parse(arguments.without(EXPIRES_AT, VERSION));
  }

  private static Optional<Instant> expiresAt(JsonObject arguments) throws FormatException {
    Optional<Long> seconds = arguments.optionalNumber(EXPIRES_AT);
    if (seconds.isPresent() && (seconds.get() < 0 || seconds.get() > EXPIRES_AT_MAX)) {
      throw new FormatException("expires_at is in epoch seconds");
    }
    return seconds.map(Instant::ofEpochSecond);
  }

  /** What a change of a client's standing or secrets is, for its event. */
  private static String about(Request.Command command) throws FormatException {
    JsonObject arguments = command.arguments();
    return switch (command.name()) {
      case ADMIT -> arguments.truth("disabled") ? "disabled" : "enabled";
      case EXPIRE -> "expires " + expiresAt(arguments).map(Instant::toString).orElse("never");
      default -> command.name();
    };
  }

  private Answer stand(Request.Command command) throws FormatException, IOException {
    JsonObject arguments = command.arguments();
    UnaryOperator<ClientStanding> change;
    if (command.name().equals(ADMIT)) {
      boolean isDisabled = arguments.truth("disabled");
      change = now -> new ClientStanding(isDisabled, now.expiresAt());
    } else {
      Optional<Instant> end = expiresAt(arguments);
      change = now -> new ClientStanding(now.disabled(), end);
    }
    return answer(clients.stand(arguments.string("client_id"), change));
  }

  private static JsonObject standing(ClientDirectory.Used used) {
    Client client = used.client();
    JsonObject.Builder json =
        JsonObject.builder()
            .put("client_id", client.id())
            .put("version", client.registration().version())
            .put("disabled", client.standing().disabled())
            .put("two_secrets", client.oldSecretMac().isPresent())
            .put("registered_at", used.usage().registeredAt().getEpochSecond())
            .put(
                "credentials",
                used.usage().credentials().stream().map(ClientCommands::credential).toList());
    client.standing().expiresAt().ifPresent(end -> json.put(EXPIRES_AT, end.getEpochSecond()));
    used.usage().last().ifPresent(last -> json.put(LAST_USED, last.getEpochSecond()));
    return json.build();
  }

  private static JsonObject credential(ClientDirectory.CredentialUsage one) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("kind", one.kind())
            .put("thumbprint", one.thumbprint().orElse(null));
    one.last().ifPresent(last -> json.put(LAST_USED, last.getEpochSecond()));
    return json.build();
  }

  private Answer answer(ClientDirectory.Change change) {
    return switch (change) {
      case ClientDirectory.Change.Made made -> made(made.secret(), made.pending());
      case ClientDirectory.Change.Unchanged unchanged ->
          new Answer.Done(JsonObject.builder().put("outcome", "unchanged").build());
      case ClientDirectory.Change.Conflict conflict ->
          new Answer.Refused(
              Answer.Code.CONFLICT,
              "a client with this id is registered differently, or expires at another time."
                  + " To change when it expires, run counterfoil client update with --expires."
                  + " For the rest, remove it first, and add it again (counterfoil client"
                  + " remove, client add). A key that was created for it stays");
      case ClientDirectory.Change.Unknown unknown ->
          new Answer.Refused(
              Answer.Code.UNKNOWN, "there is no client of this id, or it has no secret");
      case ClientDirectory.Change.Outdated outdated ->
          new Answer.Refused(
              Answer.Code.OUTDATED,
              "the client was changed since it was read. Read it again, and change it again");
      case ClientDirectory.Change.Full full ->
          new Answer.Refused(
              Answer.Code.QUOTA,
              "there are " + ClientStore.CLIENTS_MAX + " clients, and no more are taken");
    };
  }

  /** After the change: no more tokens of the group are asked for. */
  private Answer made(@Nullable String secret, @Nullable PendingRevocation pending) {
    JsonObject.Builder done =
        JsonObject.builder().put("outcome", "made").put("client_secret", secret);
    if (pending != null) {
      revocations
          .attempt(pending)
          .ifPresent(
              why -> {
                LOG.log(
                    System.Logger.Level.WARNING,
                    "the tokens of group {0} are not revoked yet. The authority tries again: {1}",
                    pending.group(),
                    why);
                done.put("tokens_not_revoked", why).put("group", pending.group().toString());
              });
    }
    return new Answer.Done(done.build());
  }

  private Answer list(JsonObject arguments, Administrator who) throws FormatException {
    arguments.allowOnly("client_id", "after", UNUSED_SECONDS);
    Optional<String> clientId = arguments.optionalString("client_id");
    String after = arguments.optionalString("after").orElse("");
    Optional<String> unused = arguments.optionalString(UNUSED_SECONDS);
    Optional<Duration> unusedFor =
        unused.isPresent()
            ? Optional.of(Duration.ofSeconds(Decimal.parse(unused.get(), UNUSED_SECONDS_MAX)))
            : Optional.empty();
    List<ClientDirectory.Used> found =
        clients.used(
            client ->
                who.reaches(client.registration().tenant())
                    && (clientId.isPresent()
                        ? clientId.get().equals(client.id())
                        : client.id().compareTo(after) > 0),
            unusedFor,
            PAGE);
    return new Answer.Done(
        JsonObject.builder()
            .put("uses_since", clients.usesSince().getEpochSecond())
            .put(
                "clients", found.stream().map(one -> one.client().registration().toJson()).toList())
            .put("standings", found.stream().map(ClientCommands::standing).toList())
            .build());
  }
}
