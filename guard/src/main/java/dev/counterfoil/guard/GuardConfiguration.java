package dev.counterfoil.guard;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Stapling;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the guard's configuration file says. */
public record GuardConfiguration(
    @Meaning("Address of the HTTP listener; port 0 lets the system choose.")
        @Default("127.0.0.1:8495")
        HostPort listen,
    @Meaning(
            "Address of a gRPC listener besides, for Envoy's `ext_authz`; without it there is none, and no memory goes to it.")
        Optional<HostPort> listenGrpc,
    @Meaning(
            "IP addresses of the proxies that may ask, none of which lets others choose what it forwards; without any: 127.0.0.1 and ::1.")
        List<String> proxies,
    @Meaning(
            "Addresses and ranges, such as `10.0.0.0/8`, that may read `/metrics` besides the proxies.")
        List<String> watchers,
    @Meaning("The trust policy of the domain whose tokens are checked.") Path policy,
    @Meaning(
            "Trust policies of other domains, whose keys are known only to be recognised and reported.")
        List<Path> neighbours,
    @Meaning("The services that are guarded, each at a path of its own.") List<Service> services,
    @Meaning(
            "How the proxy hands on the certificate that a client showed in its TLS handshake, for tokens that are bound to one.")
        Optional<ClientCertificate> clientCertificate,
    @Meaning("Nonces that DPoP proofs must have; without this block none is asked for.")
        Optional<Nonces> dpopNonces,
    @Meaning(
            "Reports what was presented to the monitor; without this block a forged token is refused and nobody hears of it.")
        Optional<Reporting> reporting,
    @Meaning(
            "What is done with the proof of issuing that a client sends in `Counterfoil-Proof`: ignored, accepted (without one the log is read) or required.")
        @Default("ignored")
        Stapling stapling,
    @Meaning(
            "`true` lets whoever stole a key in: tokens that were never issued pass, and are reported only. For services that cannot refuse yet; wants `reporting`.")
        @Default("false")
        boolean letsForgedTokensIn,
    @Meaning(
            "Receives every leaf of the domain's logs, 32 bytes a token, instead of fetching tiles as tokens come; and shares them with the host's other verifiers at `/logs/NAME/leaves`.")
        Optional<Stream> stream,
    @Meaning(
            "Longest time for a question to arrive, and for a connection to be idle between two. Longer than the proxy keeps its own, which would send into one that just ended.")
        @Default("75s")
        @Bounds(min = "1s", max = "10m")
        Duration readTimeout) {

  /** A service behind the proxy. */
  public record Service(
      @Meaning("Its name in the guard's path: letters, digits and hyphens.") String name,
      @Meaning("Its name as tokens have it in `aud`.") String audience,
      @Meaning("Tenants whose tokens it honours.") List<String> tenants,
      @Meaning(
              "Whether it honours tokens of every tenant, and keeps their data apart by `Counterfoil-Tenant`; then `tenants` is empty.")
          @Default("false")
          boolean anyTenant,
      @Meaning("What its tokens must be bound to. A bound token always needs its proof.")
          Expectations.Binding binding,
      @Meaning("Scopes that every request's token must have; without them the service looks.")
          List<String> scopes,
      @Meaning(
              "Attached issuers whose recorded tokens it honours beside the domain's own; `Counterfoil-Issuer` tells whose a token is.")
          List<String> attachedIssuers) {
    public Service {
      if (!name.matches("[A-Za-z0-9-]{1,64}")) {
        throw new IllegalArgumentException(
            "a service's name has 1 to 64 letters, digits and hyphens");
      }
      tenants = List.copyOf(tenants);
      scopes = List.copyOf(scopes);
      attachedIssuers = List.copyOf(attachedIssuers);
      if (anyTenant != tenants.isEmpty()) {
        throw new IllegalArgumentException(
            "service " + name + ": list its tenants, or say any-tenant: true, and not both");
      }
    }
  }

  /** Where the client's certificate stands in what the proxy asks. */
  public record ClientCertificate(
      @Meaning("The header, which the proxy must set or remove in every request.") String header,
      @Meaning(
              "Its form: pem (nginx `$ssl_client_escaped_cert`; Traefik), xfcc (Envoy, with `Hash`), rfc9440.")
          @Default("pem")
          CertificateForm form) {}

  /** Nonces for DPoP proofs. */
  public record Nonces(
      @Meaning(
              "At least 32 random bytes, the same for all guards of a service. Whoever has them can make proofs ahead with his own key.")
          SecretFile secret,
      @Meaning("How long a nonce is given out; it is taken for one period more.")
          @Default("1m")
          @Bounds(min = "1s", max = "1h")
          Duration period) {}

  /** Where sightings go. */
  public record Reporting(
      @Meaning("The monitor's URL.") URI monitor,
      @Meaning("The name of this process, unlike that of any other of the same client.")
          String instance,
      @Meaning("The guard's client identifier at the domain's issuer.") String clientId,
      @Meaning("The private JWK (EC, P-256) with which that client proves itself.")
          SecretFile clientKey,
      @Meaning("The audience of the access tokens with which it reports.")
          @Default("counterfoil-monitor")
          String audience,
      @Meaning(
              "Folder, this guard's alone, in which what it refuses waits until the audit log has it; its client then has scope `counterfoil:audit-report`, too. Without it refusals are no events.")
          Optional<Path> auditSpool,
      @Meaning("The tenant whose events refusals are: the client's own.") @Default("counterfoil")
          String auditTenant) {
    public Reporting {
      SecureUrl.require("reporting.monitor", monitor);
    }
  }

  /** Every leaf, as it is recorded. */
  public record Stream(
      @Meaning(
              "A neighbour on this host that shares its leaves, such as `http://127.0.0.1:8495` or `unix:/run/counterfoil/leaves.sock`; without one, and where it fails, they come from the authority.")
          Optional<URI> neighbour,
      @Meaning(
              "How old the domain's keys may become while the authority is away. So long a dead authority is no outage, and so long whoever cuts the guard off hides revocations from it.")
          @Default("1h")
          @Bounds(min = "5m", max = "24h")
          Duration outage,
      @Meaning(
              "Leaves that are kept of each log, 8 bytes each (12 with `audience`); older ones are looked for in tiles.")
          @Default("16000000")
          @Bounds(min = "65536", max = "200000000")
          int leaves,
      @Meaning(
              "Unix socket on which the leaves are shared besides, for verifiers that run as its user or group: `unix:` and this path is their neighbour.")
          Optional<UnixSocketPath> socket,
      @Meaning(
              "The audience of guarded services whose tokens' leaves alone are received, which the issuer names in `audience-streams`; tokens for other services are looked for in tiles. They are shared with nobody: goes with neither `neighbour` nor `socket`.")
          Optional<String> audience) {
    public Stream {
      if (audience.isPresent() && (neighbour.isPresent() || socket.isPresent())) {
        throw new IllegalArgumentException(
            "stream.audience: an audience's leaves come from the issuer, and are shared with nobody: leave out neighbour and socket");
      }
    }
  }

  public GuardConfiguration {
    proxies = proxies.isEmpty() ? List.of("127.0.0.1", "::1") : List.copyOf(proxies);
    watchers = List.copyOf(watchers);
    neighbours = List.copyOf(neighbours);
    services = List.copyOf(services);
    // IllegalArgumentException where one is no address.
    proxies.forEach(InetAddress::ofLiteral);
    Watchers.of(watchers);
    if (letsForgedTokensIn && reporting.isEmpty()) {
      throw new IllegalArgumentException(
          "lets-forged-tokens-in wants reporting: nobody would hear of a forged token");
    }
    if (services.isEmpty()) {
      throw new IllegalArgumentException("services must say what is guarded");
    }
    Set<String> audiences = services.stream().map(Service::audience).collect(Collectors.toSet());
    if (stream.isPresent() && !audiences.containsAll(stream.get().audience().stream().toList())) {
      throw new IllegalArgumentException(
          "stream.audience: no service has the audience " + stream.get().audience().orElse(""));
    }
    Set<String> names = new HashSet<>();
    for (Service service : services) {
      if (!names.add(service.name())) {
        throw new IllegalArgumentException("two services are called " + service.name());
      }
    }
  }
}
