package dev.counterfoil.benchmarks.issuing;

import dev.counterfoil.benchmarks.issuing.TokenLoad.Method;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.benchmarks.servers.KeycloakServer;
import dev.counterfoil.benchmarks.servers.OidcProviderServer;
import dev.counterfoil.benchmarks.servers.Server;
import dev.counterfoil.benchmarks.verifying.BenchedVerifier;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the token endpoint, Counterfoil's and its peers', in turn. */
@Command(
    name = "issuance",
    description = {
      "Measures tokens a second and the time that an answer takes, at the token endpoint.",
      "Each server is started for the run, loaded alone and ended. A run is void if one answer is no token,",
      "or if the log grew by less than was answered."
    })
public final class IssuanceCommand extends Measurement {
  private static final int WARM_UP_CONNECTIONS = 64;

  @Option(
      names = "--connections",
      split = ",",
      defaultValue = "64,256",
      description = "Connections, each with one request on its way (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private List<Integer> connections;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Length of each load, 1 to 50 (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "20",
      description = "Load before the first measurement, 1 to 50 (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(names = "--peers", description = "Keycloak and oidc-provider too, in the same run.")
  private boolean peers;

  private final Map<String, Double> ours = new HashMap<>();

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    // An assertion lives for a minute.
    require(
        Math.min(seconds, warmUp) >= 1 && Math.max(seconds, warmUp) <= 50, "want 1 to 50 seconds");
    say("raw rates");
    report.note(
        "One core, nothing else of the run going on: %,.0f ES256 signatures/s, %,.0f verifications/s (AWS-LC)",
        Floors.signs(), Floors.verifies());
    Floors.noteSyncs(folder, report);
    RunReport.Table table =
        report.table(
            "server",
            "client authentication",
            "connections",
            "tokens/s",
            "Counterfoil's, times",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "on record",
            "µs of processor for one");
    try (CounterfoilServer own = CounterfoilServer.start(folder)) {
      measure(folder, own.server(), Optional.of(own), table, report);
    }
    if (peers) {
      measure(folder, KeycloakServer.start(folder), Optional.empty(), table, report);
      for (int workers : new int[] {1, 2}) {
        Server peer = OidcProviderServer.start(folder, workers);
        measure(folder, peer, Optional.empty(), table, report);
      }
    }
    report.note("%d s each after %d s of warm-up", seconds, warmUp);
  }

  /**
   * Loads a server in every way, and ends it.
   *
   * @param own where it is ours, which has a record
   */
  private void measure(
      Path folder,
      Server server,
      Optional<CounterfoilServer> own,
      RunReport.Table table,
      RunReport report)
      throws Exception {
    try (server) {
      TokenLoad load = new TokenLoad(server, folder);
      for (Method method : Method.values()) {
        say("warming up " + server.name() + " with " + method);
        load.warmUp(method, WARM_UP_CONNECTIONS, warmUp);
        for (int number : connections) {
          long before = own.isPresent() ? own.get().recorded() : 0;
          TokenLoad.Outcome outcome = load.measure(method, number, seconds);
          Object recorded = "none";
          if (own.isPresent()) {
            BenchedVerifier.requireIssued(own.get().policy(), outcome.sampled());
            recorded =
                own.get()
                    .requireRecorded(
                        before, outcome.figures().requests() + outcome.sampled().size());
            report.note(
                "%s, %d connections, µs of processor for one: %s",
                method.name().toLowerCase(Locale.ROOT),
                number,
                Resident.text(outcome.processorMicros(), outcome.figures()));
          }
          row(server, method, number, outcome, recorded, table);
        }
      }
    }
    report.note("%s", server.description());
  }

  private void row(
      Server server,
      Method method,
      int number,
      TokenLoad.Outcome outcome,
      Object recorded,
      RunReport.Table table) {
    String authentication = method.name().toLowerCase(Locale.ROOT);
    double rate = outcome.figures().rate();
    double our = ours.computeIfAbsent(authentication + number, load -> rate);
    table.row(
        server.name(),
        authentication,
        number,
        rate,
        our / rate,
        outcome.figures().p50Micros() / 1000.0,
        outcome.figures().p99Micros() / 1000.0,
        outcome.figures().p999Micros() / 1000.0,
        recorded,
        outcome.processorMicros().values().stream().mapToDouble(one -> one).sum());
  }
}
