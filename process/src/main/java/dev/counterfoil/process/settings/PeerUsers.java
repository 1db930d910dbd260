package dev.counterfoil.process.settings;

import dev.counterfoil.configuration.UnixUsers;
import java.util.Map;

/**
 * Who may connect where, by user number. Looked up before anything else: the Landlock rules are
 * laid on files, and adding a user puts another file in the place of the user database.
 *
 * @param service of the service socket
 * @param admin of the admin socket
 * @param signers of a registrar's sockets for signers, by the signers' names
 */
public record PeerUsers(UnixUsers service, UnixUsers admin, Map<String, UnixUsers> signers) {
  public PeerUsers {
    signers = Map.copyOf(signers);
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
