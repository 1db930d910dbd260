package dev.counterfoil.authority;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.io.IOException;

/** Carries out what the command line asks on the admin socket. */
final class ClientCommands implements SignerServer.Handler {
  /** {@code {registration}} to {@code {"outcome", "client_secret"?}}. */
  static final String REGISTER = "register-client";

  /** {@code {registration}} to {@code {"outcome", "client_secret"?}}. */
  static final String UPDATE = "update-client";

  /** {@code {"after"?}} to {@code {"clients": [registration]}}, at most {@link #PAGE} of them. */
  static final String LIST = "list-clients";

  /** {@code {"client_id"}} to {@code {"outcome", "client_secret"}}. */
  static final String ROTATE_SECRET = "rotate-secret";

  /** {@code {"client_id"}} to {@code {"outcome"}}. */
  static final String REMOVE = "remove-client";

  /**
   * {@code {}} to {@code {"since", "fetchers": [{"address", "agent", "publication", "fetched_at",
   * "kids"}]}}.
   */
  static final String JWKS_FETCHES = "list-jwks-fetches";

  /** Most clients of one answer to {@link #LIST}. */
  static final int PAGE = 50;

  private static final System.Logger LOG = System.getLogger(ClientCommands.class.getName());

  private final ClientDirectory clients;
  private final JwksFetches fetches;

  ClientCommands(ClientDirectory clients, JwksFetches fetches) {
    this.clients = clients;
    this.fetches = fetches;
  }

  @Override
  public void handle(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    responder.answer(
        switch (request) {
          case Request.Command command -> carryOut(command, peer);
          case IssueRequest issue -> notAllowed();
          case Request.ReadRecords read -> notAllowed();
          case RecordDigests record -> notAllowed();
        });
  }

  private Answer carryOut(Request.Command command, SignerServer.Peer peer) {
    try {
      JsonObject arguments = command.arguments();
      Answer answer =
          switch (command.name()) {
            case REGISTER -> answer(clients.register(ClientRegistration.parse(arguments)));
            case UPDATE -> answer(clients.update(ClientRegistration.parse(arguments)));
            case ROTATE_SECRET -> answer(clients.rotateSecret(arguments.string("client_id")));
            case REMOVE -> answer(clients.remove(arguments.string("client_id")));
            case LIST -> list(arguments.optionalString("after").orElse(""));
            case JWKS_FETCHES -> new Answer.Done(fetches.toJson());
            default -> new Answer.Refused(Answer.Code.UNKNOWN, "there is no such command");
          };
      if (!command.name().equals(LIST) && !command.name().equals(JWKS_FETCHES)) {
        LOG.log(
            System.Logger.Level.INFO,
            "{0} by user {1}: {2}",
            command.name(),
            peer.user(),
            answer instanceof Answer.Done ? "done" : "refused");
      }
      return answer;
    } catch (FormatException e) {
      return new Answer.Refused(Answer.Code.MALFORMED, String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, command.name() + " failed", e);
      return new Answer.Refused(
          Answer.Code.BUSY, "the client store failed; the authority's log says why");
    }
  }

  private static Answer answer(ClientDirectory.Change change) {
    return switch (change) {
      case ClientDirectory.Change.Made made ->
          new Answer.Done(
              JsonObject.builder()
                  .put("outcome", "made")
                  .put("client_secret", made.secret())
                  .build());
      case ClientDirectory.Change.Unchanged unchanged ->
          new Answer.Done(JsonObject.builder().put("outcome", "unchanged").build());
      case ClientDirectory.Change.Conflict conflict ->
          new Answer.Refused(
              Answer.Code.CONFLICT,
              "there is a client of this id that is registered differently: update it instead");
      case ClientDirectory.Change.Unknown unknown ->
          new Answer.Refused(
              Answer.Code.UNKNOWN, "there is no client of this id, or it has no secret");
      case ClientDirectory.Change.Full full ->
          new Answer.Refused(
              Answer.Code.QUOTA,
              "there are " + ClientStore.CLIENTS_MAX + " clients, and no more are taken");
    };
  }

  private Answer list(String after) {
    return new Answer.Done(
        JsonObject.builder()
            .put(
                "clients",
                clients.list().stream()
                    .filter(client -> client.clientId().compareTo(after) > 0)
                    .limit(PAGE)
                    .map(ClientRegistration::toJson)
                    .toList())
            .build());
  }

  private static Answer notAllowed() {
    return new Answer.Refused(
        Answer.Code.NOT_ALLOWED, "this socket takes commands about clients only");
  }
}
