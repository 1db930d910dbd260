package dev.counterfoil.benchmarks.people;

import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.benchmarks.servers.KeycloakServer;
import dev.counterfoil.benchmarks.servers.OidcProviderServer;
import dev.counterfoil.benchmarks.servers.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what people and their applications ask of the authority. */
@Command(
    name = "sign-in",
    description = {
      "Measures authorization codes end to end, refresh tokens, userinfo, introspection, sign-ins by passkey and",
      "by password, the first byte of the sign-in page meanwhile, the memory of an idle installation, and what a",
      "code costs with few and many people and clients. A run is void if one answer is not what it should be, or if",
      "the log grew by less than was answered."
    })
public final class SignInCommand extends Measurement {
  private static final int SECONDS_MAX = 60;
  private static final int ROWS = 7;

  /** Time for a process to finish what it does at its start, and to take note that it is idle. */
  private static final Duration SETTLING = Duration.ofSeconds(60);

  /** Where there are so many people, everything is measured. */
  private static final int EVERYTHING_FROM = 10_000;

  @Option(
      names = "--people",
      split = ",",
      defaultValue = "100,10000,1000000",
      description = {
        "People of the directory, in rising order (default: ${DEFAULT-VALUE}).",
        "Codes are measured with each; everything with the first that are 10000 or more, or the last."
      })
  @SuppressWarnings("NullAway.Init") // has a default
  private List<Integer> people;

  @Option(
      names = "--clients",
      split = ",",
      defaultValue = "100,10000,100000",
      description = "Registered clients with each number of people (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private List<Integer> clients;

  @Option(
      names = "--signed-in",
      defaultValue = "10000",
      description = {
        "How many of them have a session at most (default: ${DEFAULT-VALUE}).",
        "With few, each soon has as many grants as one may, and every code ends the oldest."
      })
  private int signedIn;

  @Option(
      names = "--connections",
      defaultValue = "64",
      description = "Connections, each with one request on its way (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = "--seconds",
      defaultValue = "12",
      description =
          "Length of each load, 1 to 60, after as long a warm-up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--without-idle",
      description = "Leave out the memory of the idle installation, two minutes.")
  private boolean withoutIdle;

  @Option(
      names = "--peers",
      description = "Measure Keycloak and oidc-provider as well, some three minutes more.")
  private boolean peers;

  private final List<CostPlot.Point> points = new ArrayList<>();

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(seconds >= 1 && seconds <= SECONDS_MAX, "want 1 to 60 seconds");
    require(signedIn >= 1 && connections >= 1, "want people and connections");
    require(people.size() == clients.size(), "want as many numbers of --clients as of --people");
    require(people.stream().sorted().toList().equals(people), "want rising numbers of people");
    int everything =
        people.stream()
            .filter(number -> number >= EVERYTHING_FROM)
            .findFirst()
            .orElse(people.getLast());
    say(
        "This takes about %d minutes"
            .formatted(
                1
                    + (2 * seconds * (ROWS + people.size() - 1)
                            + 20 * people.size()
                            + (peers ? 2 * (5 * seconds + 30) : 0)
                            + (withoutIdle ? 0 : 2 * (int) SETTLING.toSeconds()))
                        / 60));
    Tables tables =
        new Tables(
            report,
            report.table(
                "server",
                "people",
                "clients",
                "what",
                "per second",
                "p50 ms",
                "p99 ms",
                "on record",
                "µs of processor for one"),
            report.table(
                "server", "people", "sign-in page while", "first byte p50 ms", "p99 ms", "pages"));
    report.note(
        "One core, nothing else of the run going on: %,.0f ES256 signatures/s (AWS-LC)",
        Floors.signs());
    Floors.noteSyncs(folder, report);
    CounterfoilServer.configure(
        folder,
        CounterfoilServer.TENANT,
        """
        purposes:
          - name: access
            audiences: [%s]
          - name: id
            token-types: [JWT]
            algorithms: [RS256, ES256]
        """
            .formatted(CounterfoilServer.AUDIENCE),
        "");
    // No passkey is for an address.
    Path configuration = folder.resolve("installation.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replace("issuer: http://127.0.0.1:", "issuer: http://localhost:"));
    SignInTrial trial;
    SignInData data;
    try (CounterfoilServer server = CounterfoilServer.start(folder)) {
      report.note("First start, which makes keys: ready after %d ms", server.ready().toMillis());
      idle("nobody signed in", server, report);
      trial = SignInTrial.prepare(folder, server, connections, Duration.ofSeconds(seconds), tables);
      data = new SignInData(server, trial.clients());
    }
    for (int i = 0; i < people.size(); i++) {
      int number = people.get(i);
      say(number + " people, " + clients.get(i) + " clients");
      data.people(number, Math.min(number, signedIn), trial.applications(), SignInTrial.CONSENTED);
      data.clients(clients.get(i), trial.applications().getFirst());
      try (CounterfoilServer server = CounterfoilServer.start(folder)) {
        report.note(
            "%,d people, %,d clients, %,d sessions: ready after %d ms",
            number, clients.get(i), data.cookies().size(), server.ready().toMillis());
        if (number == everything) {
          idle("%,d sessions".formatted(data.cookies().size()), server, report);
        }
        trial.on(server, number, clients.get(i), data.cookies());
        points.add(new CostPlot.Point(number, clients.get(i), trial.codes("ES256")));
        if (number == everything) {
          trial.everythingElse(data);
        }
      }
    }
    if (peers) {
      try (Server keycloak = KeycloakServer.start(folder)) {
        new PeerTrial(
                folder,
                keycloak,
                "/protocol/openid-connect/auth",
                "/protocol/openid-connect/token/introspect",
                true,
                connections,
                Duration.ofSeconds(seconds),
                tables)
            .run();
      }
      try (Server provider = OidcProviderServer.start(folder, 1)) {
        new PeerTrial(
                folder,
                provider,
                "/auth",
                "/token/introspection",
                false,
                connections,
                Duration.ofSeconds(seconds),
                tables)
            .run();
      }
    }
    report.note(
        "%d connections, %d s each after %d s of warm-up; ms are of one request, of which a code takes two",
        connections, seconds, seconds);
  }

  /**
   * What the rows go to.
   *
   * @param rows what was done a second
   * @param page the first byte meanwhile
   */
  record Tables(RunReport report, RunReport.Table rows, RunReport.Table page) {}

  private void idle(String when, CounterfoilServer server, RunReport report)
      throws IOException, InterruptedException {
    if (withoutIdle) {
      return;
    }
    say("a minute of standing idle, " + when);
    Thread.sleep(SETTLING);
    List<Resident> resident = Resident.read(server.server().child().all());
    report.note(
        "Idle a minute after the start, %s: %d MiB (PSS): %s",
        when,
        resident.stream().mapToLong(Resident::proportionalMebibytes).sum(),
        resident.stream()
            .map(one -> one.process() + " " + one.proportionalMebibytes())
            .collect(Collectors.joining(", ")));
  }

  @Override
  protected void publishMore(Path docs) throws IOException {
    Files.writeString(docs.resolve("pictures/sign-in-cost.svg"), CostPlot.svg(points));
  }
}
