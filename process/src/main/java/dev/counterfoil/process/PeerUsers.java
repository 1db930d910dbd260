package dev.counterfoil.process;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.process.settings.SignerConfiguration;
import dev.counterfoil.process.settings.SignerEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who may connect where, by user number. Looked up before anything else: the Landlock rules are
 * laid on files, and whoever adds a user puts another file in the place of the user database.
 *
 * @param service of the service socket
 * @param admin of the admin socket
 * @param signers of a registrar's sockets for signers, by the signers' names
 */
public record PeerUsers(UnixUsers service, UnixUsers admin, Map<String, UnixUsers> signers) {
  public PeerUsers {
    signers = Map.copyOf(signers);
  }

  /**
   * Looks them up.
   *
   * @throws UnixUsers.UnknownUserException when one of them does not exist
   * @throws IllegalArgumentException when two that have to be told apart are one
   * @throws IOException when the user database cannot be read
   */
  public static PeerUsers of(SignerConfiguration configuration) throws IOException {
    Map<String, UnixUsers> signers = new LinkedHashMap<>();
    for (SignerEntry signer : configuration.signers()) {
      signers.put(signer.name(), UnixUsers.orSelf(signer.users()));
    }
    PeerUsers users =
        new PeerUsers(
            UnixUsers.orSelf(configuration.serviceUsers()),
            UnixUsers.orSelf(configuration.adminUsers()),
            signers);
    if (configuration.secondPerson().required() && users.admin.count() < 2) {
      throw new IllegalArgumentException(
          "admin-users: " + users.admin + " is only one user, but second-person needs two");
    }
    users.checkApart(configuration);
    return users;
  }

  /** As {@link SignerEntry#check} does with names: one user may have several. */
  private void checkApart(SignerConfiguration configuration) {
    List<UnixUsers> before = new ArrayList<>();
    if (!configuration.serviceUsers().isEmpty()) {
      before.add(service);
    }
    for (SignerEntry signer : configuration.signers()) {
      UnixUsers own = ofSigner(signer);
      if (!signer.users().isEmpty()) {
        if (before.stream().anyMatch(own::hasAnyOf)) {
          throw new IllegalArgumentException(
              "signers: a user of "
                  + signer.name()
                  + " ("
                  + own
                  + ") is also a user of another signer or of service-users, under another name");
        }
        before.add(own);
      }
    }
  }

  /** Of a signer's own socket. */
  public UnixUsers ofSigner(SignerEntry signer) {
    UnixUsers users = signers.get(signer.name());
    if (users == null) {
      throw new IllegalArgumentException(signer.name() + " is not a signer of this registrar");
    }
    return users;
  }

  /** Whether one of these uses a service socket here: the service's, or a signer's. */
  public boolean serves(UnixUsers users) {
    return users.hasAnyOf(service) || signers.values().stream().anyMatch(users::hasAnyOf);
  }
}
