package dev.counterfoil.installation.layout;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The console that {@code up} runs.
 *
 * @param listen where it listens
 * @param url where people's browsers reach it
 */
public record ConsoleEntry(
    @Meaning("Address on which the console listens.") HostPort listen,
    @Meaning("Where people's browsers reach it. Without: http://localhost at its port.")
        Optional<URI> url) {
  /** The name of its clients: that of each tenant has the tenant behind it. */
  private static final String CLIENT = "counterfoil-console";

  /** The client as which it says what it saw: no person signs in with it, and it reads nothing. */
  static final String REPORTER = "counterfoil-console-reporter";

  public ConsoleEntry {
    url.ifPresent(one -> SecureUrl.requireOrigin("url of the console", one));
  }

  /** An installation with a console. */
  public static InstallationConfiguration in(InstallationConfiguration of, HostPort listen) {
    return new InstallationConfiguration(
        of.domains(),
        of.monitorListen(),
        of.cosigners(),
        of.quorum(),
        of.root(),
        of.rootPin(),
        of.watchers(),
        of.auditLog(),
        of.auditCustodians(),
        of.notifications(),
        of.monitorWatch(),
        Optional.of(new ConsoleEntry(listen, Optional.empty())),
        of.staffTasksRequired(),
        of.response(),
        of.disclosure());
  }

  /** Where people's browsers reach it. */
  public URI browsers() {
    return url.orElseGet(() -> URI.create("http://localhost:" + listen.port()));
  }

  /** Whose people may sign in: those who run the domain, and those of each tenant with a name. */
  static List<String> tenants(Domain domain) {
    return Stream.concat(
            Stream.of(InstallationConfiguration.OWN_TENANT),
            domain.tenants().stream().filter(tenant -> !tenant.equals("*")))
        .distinct()
        .toList();
  }

  /** The client as which people of a tenant sign in. */
  static String client(String tenant) {
    return tenant.equals(InstallationConfiguration.OWN_TENANT) ? CLIENT : CLIENT + "-" + tenant;
  }
}
