package dev.counterfoil.response;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.response.playbooks.Action.Target;
import dev.counterfoil.response.playbooks.Decision;
import dev.counterfoil.response.playbooks.Playbook;
import dev.counterfoil.response.playbooks.Shipped;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the response process's configuration file says. */
public record ResponseConfiguration(
    @Meaning("File of contexts, which says where the other processes are.") Path contexts,
    @Meaning("The context of the trust domain. Without: the current one, or the only one.")
        Optional<String> context,
    @Meaning("Its client at the authority, with the scopes that docs/operate/response.md lists.")
        @Default("counterfoil-response")
        String clientId,
    @Meaning("The private JWK (EC, P-256) with which that client proves itself.")
        SecretFile clientKey,
    @Meaning(
            "URL under which it reaches the authority's administration, if that is not the issuer.")
        Optional<URI> authority,
    @Meaning("Folder of its database and of events that wait.") @Default(".") Path data,
    @Meaning("Unix socket for `counterfoil response`.") UnixSocketPath adminSocket,
    @Meaning(
            "Unix users that may decide there. Two of them approve together. Empty: only the"
                + " process's own user.")
        List<String> adminUsers,
    @Meaning("Files of playbooks. Empty: the ones that come with Counterfoil.")
        List<Path> playbooks,
    @Meaning("What all playbooks together may do in an hour.") Optional<Limits> perHour,
    @Meaning("What all playbooks together may do in a day.") Optional<Limits> perDay,
    @Meaning("People, clients and keys that no step is about, by sub, client_id or kid.")
        List<String> never) {

  /** Limits by what steps are about. */
  public record Limits(
      @Meaning("Tokens revoked.") @Default("20") @Bounds(min = "0", max = "10000") int tokens,
      @Meaning("Grants and people ended.") @Default("10") @Bounds(min = "0", max = "10000")
          int people,
      @Meaning("Clients disabled.") @Default("2") @Bounds(min = "0", max = "1000") int clients,
      @Meaning("Keys tainted and signers replaced.") @Default("2") @Bounds(min = "0", max = "100")
          int keys) {
    static final Limits HOUR = new Limits(20, 10, 2, 2);
    static final Limits DAY = new Limits(100, 40, 5, 4);

    Map<Target, Integer> byTarget() {
      return Map.of(
          Target.TOKEN, tokens,
          Target.GRANT, people,
          Target.PERSON, people,
          Target.CLIENT, clients,
          Target.KEY, keys);
    }
  }

  private static final int PLAYBOOKS_MAX = 100;

  public ResponseConfiguration {
    adminUsers = List.copyOf(adminUsers);
    playbooks = List.copyOf(playbooks);
    never = List.copyOf(never);
    if (playbooks.size() > PLAYBOOKS_MAX) {
      throw new IllegalArgumentException("there are at most 100 playbooks");
    }
  }

  /** What holds for all playbooks. */
  public Decision.Bounds bounds() {
    return new Decision.Bounds(
        perHour.orElse(Limits.HOUR).byTarget(),
        perDay.orElse(Limits.DAY).byTarget(),
        Set.copyOf(never));
  }

  /** The playbooks, each of another name. */
  public List<Playbook> readPlaybooks() throws ConfigurationException {
    if (playbooks.isEmpty()) {
      return Shipped.playbooks();
    }
    List<Playbook> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Path file : playbooks) {
      Playbook one = Configuration.read(file, Playbook.class);
      if (!names.add(one.name())) {
        throw new ConfigurationException(file + ": another playbook has the name " + one.name());
      }
      all.add(one);
    }
    return List.copyOf(all);
  }
}
