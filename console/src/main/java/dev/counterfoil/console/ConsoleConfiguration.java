package dev.counterfoil.console;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.http.listener.ClientAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the console's configuration file says. */
public record ConsoleConfiguration(
    @Meaning("Address of the HTTP listener; port 0 lets the system choose.")
        @Default("127.0.0.1:8483")
        HostPort listen,
    @Meaning("Where people's browsers reach the console: https, or http on localhost.") URI url,
    @Meaning("The domain's policy file. It names the issuer at which people sign in.") Path policy,
    @Meaning("Where the monitor answers.") @Default("http://127.0.0.1:8481") URI monitorUrl,
    @Meaning("The audience that the monitor expects in tokens.") @Default("counterfoil-monitor")
        String monitorAudience,
    @Meaning("Whose pages these are, for people.") @Default("Counterfoil") String brand,
    @Meaning(
            "Whose people may sign in, each tenant with its client. People of the tenant"
                + " counterfoil run the trust domain and see all of it.")
        List<Door> doors,
    @Meaning(
            "The client as which the console reports the ID tokens that it was shown. Without:"
                + " it reports none.")
        Optional<Reporting> reporting,
    @Meaning(
            "Where the disclosure process takes what people ask here. Without: tenants see no"
                + " notices, and operators no desk.")
        Optional<UnixSocketPath> disclosureSocket,
    @Meaning("The group whose members may see the console. Everyone else is denied.")
        @Default("console")
        String group,
    @Meaning("How long a person stays signed in at most.")
        @Default("12h")
        @Bounds(min = "1m", max = "7d")
        Duration sessionLife,
    @Meaning("Addresses of proxies, whose connections carry many clients.")
        List<String> trustedProxies) {
  /**
   * A tenant whose people may sign in.
   *
   * @param tenant its name
   * @param clientId the client as which they do
   * @param clientKey its private key
   */
  public record Door(
      @Meaning("The tenant.") String tenant,
      @Meaning("The client of that tenant as which people sign in.") String clientId,
      @Meaning("File with the client's private key, a JWK.") Path clientKey) {}

  /**
   * As whom it reports.
   *
   * @param clientId of a client with the scope for sightings and no other
   * @param clientKey its private key
   */
  public record Reporting(
      @Meaning("The client, with the scope counterfoil:sightings alone.") String clientId,
      @Meaning("File with its private key, a JWK.") Path clientKey) {}

  public ConsoleConfiguration {
    doors = List.copyOf(doors);
    trustedProxies = List.copyOf(trustedProxies);
    var _ = new ClientAddress(trustedProxies);
    SecureUrl.requireOrigin("url", url);
    SecureUrl.require("monitor-url", monitorUrl);
    if (doors.isEmpty()) {
      throw new IllegalArgumentException("doors must name a tenant whose people may sign in");
    }
    if (doors.stream().map(Door::tenant).distinct().count() < doors.size()) {
      throw new IllegalArgumentException("doors name each tenant once");
    }
  }
}
