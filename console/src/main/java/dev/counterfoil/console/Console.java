package dev.counterfoil.console;

import dev.counterfoil.console.session.ConsoleClient;
import dev.counterfoil.console.session.ConsoleSessions;
import dev.counterfoil.console.views.DisclosureReads;
import dev.counterfoil.console.views.MonitorReads;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierBuilder;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The console, put together: it listens, checks ID tokens, and asks the monitor. */
public final class Console implements AutoCloseable {
  private static final int REQUEST_LINE_MAX = 4 * 1024;
  private static final int HEADERS_MAX = 16 * 1024;
  private static final int CONNECTIONS_MAX = 1024;
  private static final Duration READ_TIME_MAX = Duration.ofSeconds(30);
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

  private final Optional<SightingReporter> reporter;
  private final Verifier verifier;
  private final HttpClient http;
  private final Listener web;

  /**
   * Starts a console.
   *
   * @throws IOException when it cannot start; the message says why
   */
  public static Console start(
      ConsoleConfiguration configuration, InstantSource clock, SecureRandom random)
      throws IOException {
    try {
      return new Console(
          configuration,
          TrustPolicy.parse(Files.readAllBytes(configuration.policy())),
          clock,
          random);
    } catch (FormatException e) {
      throw new IOException(configuration.policy() + ": " + e.getMessage(), e);
    }
  }

  private Console(
      ConsoleConfiguration configuration,
      TrustPolicy policy,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    http = HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN).build();
    // A forged ID token that is shown here is a finding like any other.
    reporter = reporter(configuration, policy, clock, random);
    VerifierBuilder building = Verifier.builder(policy).clock(clock);
    reporter.ifPresent(building::sightings);
    verifier = building.build();
    FailedRequests failed = new FailedRequests();
    URI issuer = URI.create(policy.issuer());
    List<ConsoleClient> clients = new ArrayList<>();
    for (ConsoleConfiguration.Door door : configuration.doors()) {
      clients.add(
          new ConsoleClient(
              policy.issuer(),
              door.tenant(),
              door.clientId(),
              door.clientKey(),
              configuration.monitorAudience(),
              configuration.url().resolve("/signed-in"),
              verifier,
              http,
              clock,
              random));
    }
    ConsoleRoutes routes =
        new ConsoleRoutes(
            new ConsoleSessions(
                clients, configuration.group(), configuration.sessionLife(), clock, random),
            new ConsoleCookies(configuration.url()),
            new ConsoleAnswers(
                configuration.brand(),
                issuer.getScheme() + "://" + issuer.getRawAuthority(),
                random,
                clock,
                failed),
            new MonitorReads(configuration.monitorUrl(), http),
            configuration.disclosureSocket().map(place -> new DisclosureReads(place.path())),
            configuration.url(),
            random);
    web =
        Listener.start(
            new Listener.Settings(
                configuration.listen().resolve(),
                REQUEST_LINE_MAX,
                HEADERS_MAX,
                BrowserForm.BYTES_MAX,
                false,
                CONNECTIONS_MAX,
                READ_TIME_MAX,
                new ClientAddress(configuration.trustedProxies())),
            Problem.Form.TEXT,
            failed,
            routes::register);
  }

  private Optional<SightingReporter> reporter(
      ConsoleConfiguration configuration,
      TrustPolicy policy,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    if (configuration.reporting().isEmpty()) {
      return Optional.empty();
    }
    ConsoleConfiguration.Reporting client = configuration.reporting().get();
    return Optional.of(
        new SightingReporter(
            configuration.monitorUrl(),
            "console",
            new PrivateKeyJwtTokenSource(
                policy.issuer(),
                client.clientId(),
                client.clientKey(),
                Map.of(
                    "scope", "counterfoil:sightings", "audience", configuration.monitorAudience()),
                http,
                clock,
                random),
            http,
            clock));
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  @Override
  public void close() {
    web.close();
    verifier.close();
    reporter.ifPresent(SightingReporter::close);
    http.close();
  }
}
