package dev.counterfoil.authority;

import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.verifier.Verifier;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The authority: a server for each trust domain. */
public final class Authority implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Authority.class.getName());

  private final Map<String, DomainServer> domains =
      Collections.synchronizedMap(new LinkedHashMap<>());

  private Authority() {}

  /**
   * Starts to serve every domain. Signers and registrars may come later: requests are answered with
   * 503 until then.
   *
   * @param startedAt when this process began: assertions and proofs from before are refused
   */
  public static Authority start(
      AuthorityConfiguration configuration,
      InstantSource clock,
      SecureRandom random,
      Instant startedAt)
      throws IOException {
    Authority authority = new Authority();
    try {
      for (Domain domain : configuration.domains()) {
        DomainServer server =
            DomainServer.start(
                domain, clock, random, startedAt, () -> authority.verifiersBeside(domain.name()));
        authority.domains.put(domain.name(), server);
        LOG.log(
            System.Logger.Level.INFO,
            "{0}: {1} listens on port {2}",
            domain.name(),
            domain.issuer(),
            Integer.toString(server.port()));
      }
      return authority;
    } catch (IOException | RuntimeException e) {
      authority.close();
      throw e;
    }
  }

  /** The other domains' verifiers, as far as these have started. */
  private List<Verifier> verifiersBeside(String domain) {
    synchronized (domains) {
      return domains.entrySet().stream()
          .filter(other -> !other.getKey().equals(domain))
          .map(other -> other.getValue().verifier())
          .toList();
    }
  }

  /** The port that a domain listens on. */
  public int port(String domain) {
    return server(domain).port();
  }

  /** What serves a domain. */
  DomainServer server(String domain) {
    DomainServer server = domains.get(domain);
    if (server == null) {
      throw new IllegalArgumentException("no such domain");
    }
    return server;
  }

  @Override
  public void close() throws IOException {
    for (DomainServer server : domains.values()) {
      server.close();
    }
  }
}
