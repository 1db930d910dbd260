package dev.counterfoil.registrar.settings;

import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.signerprotocol.SignerName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A signer of a registrar's domain and its own way in. Whoever speaks on its socket is this signer,
 * so the registrar knows whose keys and logs he may speak of: {@code SignersOwn}.
 */
public record SignerEntry(
    @Meaning("Its name, as in its own configuration: s1, or s2 and so on for the warm spares.")
        String name,
    @Meaning(
            "A Unix socket at the registrar. Whatever connects to it is treated as"
                + " this one signer. So put it in a folder that the users of other signers"
                + " cannot open.")
        UnixSocketPath socket,
    @Meaning(
            "Unix users that may connect to it, listed for no other signer; empty:"
                + " only the process's own user.")
        List<String> users,
    @Meaning("Its record logs, by their names in record-logs of its configuration, such as d1.")
        List<String> recordLogs) {
  /** Most signers of a domain: each has a socket and a thread here. */
  static final int SIGNERS_MAX = 16;

  public SignerEntry {
    SignerName.check(name);
    users = List.copyOf(users);
    recordLogs = List.copyOf(recordLogs);
    if (!recordLogs.stream().allMatch(LogName::isDoor)) {
      throw new IllegalArgumentException("a record log's name is d and a number, such as d1");
    }
  }

  /**
   * Whether a registrar can tell its signers apart.
   *
   * @param others sockets that are not for signers
   * @param serviceUsers who may connect to the service socket: the authority, and no signer
   * @throws IllegalArgumentException when it cannot
   */
  static void check(
      List<SignerEntry> signers, List<UnixSocketPath> others, List<String> serviceUsers) {
    if (signers.isEmpty() || signers.size() > SIGNERS_MAX) {
      throw new IllegalArgumentException(
          "a registrar has signers: from 1 to "
              + SIGNERS_MAX
              + " of them, each with its name and a socket of its own");
    }
    Set<String> names = new HashSet<>();
    // On a shared socket the authority, or another signer, could have a key of its own stated.
    Set<UnixSocketPath> sockets = new HashSet<>(others);
    Set<String> users = new HashSet<>(serviceUsers);
    Set<String> recordLogs = new HashSet<>();
    for (SignerEntry signer : signers) {
      boolean apart = names.add(signer.name) && sockets.add(signer.socket);
      for (String user : Set.copyOf(signer.users)) {
        apart &= users.add(user);
      }
      for (String log : signer.recordLogs) {
        apart &= recordLogs.add(log);
      }
      if (!apart) {
        throw new IllegalArgumentException(
            "signers: "
                + signer.name
                + " shares a name, a socket, a user or a record log with another signer"
                + " (or a user with service-users), so the registrar could not tell the"
                + " two apart");
      }
    }
  }
}
