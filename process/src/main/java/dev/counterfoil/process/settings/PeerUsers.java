package dev.counterfoil.process.settings;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.util.Map;
import java.util.Set;

/**
 * Who may connect where, by user number. Looked up before anything else: the Landlock rules are
 * laid on files, and adding a user puts another file in the place of the user database.
 *
 * @param service of the service socket
 * @param admin of the admin socket
 * @param response of the admin socket, for what contains a theft alone
 * @param signers of a registrar's sockets for signers, by the signers' names
 */
public record PeerUsers(
    UnixUsers service, UnixUsers admin, UnixUsers response, Map<String, UnixUsers> signers) {
  /** What takes keys out of use. Each can be repeated, and none gives anything. */
  private static final Set<String> CONTAINMENT =
      Set.of(
          Commands.STATUS,
          Commands.READ_KEYS,
          Commands.TAINT_KEY,
          Commands.REVOKE_KEYS,
          Commands.END_LOG,
          Commands.REPLACE);

  public PeerUsers {
    signers = Map.copyOf(signers);
  }

  /** Everybody who may connect to the admin socket. */
  public UnixUsers atAdmin() {
    return admin.and(response);
  }

  /** A handler of the admin socket that takes of the response process what contains a theft. */
  public SignerServer.Handler narrowed(SignerServer.Handler handler) {
    return (request, peer, responder) -> {
      boolean isAllowed =
          !isResponseAlone(peer.user())
              || (request instanceof Request.Command command
                  && CONTAINMENT.contains(command.name()));
      if (isAllowed) {
        handler.handle(request, peer, responder);
      } else {
        responder.answer(
            new Answer.Refused(
                Answer.Code.NOT_ALLOWED,
                "a user in response-users may ask for what contains a theft alone"));
      }
    };
  }

  /** Whether a user of the admin socket may ask for what contains a theft alone. */
  public boolean isResponseAlone(String user) {
    return response.isNamed(user) && !admin.isNamed(user);
  }

  /** Of a signer's own socket. */
  public UnixUsers ofSigner(String name) {
    UnixUsers users = signers.get(name);
    if (users == null) {
      throw new IllegalArgumentException(name + " is not a signer of this registrar");
    }
    return users;
  }

  /** Whether one of these uses a service socket here: the service's, or a signer's. */
  public boolean serves(UnixUsers users) {
    return users.hasAnyOf(service) || signers.values().stream().anyMatch(users::hasAnyOf);
  }
}
