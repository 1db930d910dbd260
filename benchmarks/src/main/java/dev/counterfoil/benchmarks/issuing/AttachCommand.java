package dev.counterfoil.benchmarks.issuing;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.run.Wrk;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.benchmarks.servers.KeycloakServer;
import dev.counterfoil.benchmarks.servers.Server;
import dev.counterfoil.drills.attach.AttachedKeycloak;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what recording costs Keycloak: beside the same Keycloak without, in turn. */
@Command(
    name = "attach",
    description = {
      "Loads two Keycloaks in turn, of which one records its tokens: as much as they take, then 70 % of that.",
      "A run is void if one answer is no token, or if the record log grew by less than was answered.",
      "Floors: 0.95 of the tokens a second, and 5 ms at most more at the 99th percentile."
    })
public final class AttachCommand extends Measurement {
  private static final double RATE_FLOOR = 0.95;
  private static final double ADDED_P99_MILLIS_MAX = 5;
  private static final double PART = 0.7;
  private static final String SOURCE = "keycloak";
  private static final Duration BUILD_MAX = Duration.ofMinutes(5);

  @Option(
      names = "--connections",
      defaultValue = "64",
      description = "Connections, each with one request on its way (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "How often each is loaded, in turn (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Length of each load (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "40",
      description = "Load on each before the first measurement (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  /** A Keycloak, and what was measured of it. */
  private record Peer(
      Server server,
      List<Server> beside,
      List<Wrk.Figures> most,
      List<Wrk.Figures> paced,
      Map<String, Double> processor) {
    Peer(Server server, List<Server> beside) {
      this(server, beside, new ArrayList<>(), new ArrayList<>(), new TreeMap<>());
    }

    boolean records() {
      return !beside.isEmpty();
    }

    String words() {
      return records() ? "with" : "without";
    }

    /** Processor time so far, in seconds, by process. */
    Map<String, Double> used() throws IOException {
      Map<String, Double> used = new TreeMap<>();
      for (Server each : beside) {
        used.putAll(Resident.processorSeconds(each.child().all()));
      }
      Resident.processorSeconds(server.child().all())
          .forEach((process, seconds) -> used.merge("Keycloak", seconds, Double::sum));
      return used;
    }

    /** Microseconds of each process for a token, at the most that the server takes. */
    String micros() {
      long tokens = most.stream().mapToLong(Wrk.Figures::requests).sum();
      return processor.entrySet().stream()
          .map(each -> "%s %.0f".formatted(each.getKey(), each.getValue() * 1e6 / tokens))
          .collect(Collectors.joining(", "));
    }

    static double median(List<Wrk.Figures> rounds, ToDoubleFunction<Wrk.Figures> of) {
      double[] sorted = rounds.stream().mapToDouble(of).sorted().toArray();
      return sorted[sorted.length / 2];
    }

    double rate() {
      return median(most, Wrk.Figures::rate);
    }

    double p99Millis() {
      return median(paced, figures -> figures.p99Micros() / 1000.0);
    }
  }

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(
        Math.min(Math.min(seconds, warmUp), Math.min(rounds, connections)) >= 1, "want 1 or more");
    Floors.noteSyncs(folder, report);
    try (CounterfoilServer counterfoil = CounterfoilServer.start(folder)) {
      Path key = source(counterfoil, folder);
      say("building Keycloak with and without the jar");
      Path without = home(folder, "without", Optional.empty(), List.of());
      Path with =
          home(
              folder,
              "with",
              Optional.of(
                  Measurement.root().resolve("dist/counterfoil/keycloak/counterfoil-keycloak.jar")),
              List.of(
                  option("issuer", counterfoil.server().issuer()),
                  option("client", SOURCE),
                  option("key-file", key.toString())));
      try (Server plain =
              KeycloakServer.start(Files.createDirectory(folder.resolve("a")), without);
          Server recording =
              KeycloakServer.start(Files.createDirectory(folder.resolve("b")), with)) {
        Peer alone = new Peer(plain, List.of());
        Peer attached = new Peer(recording, List.of(counterfoil.server()));
        measure(folder, counterfoil, alone, attached);
        write(report, alone, attached);
        report.note("%s", plain.description());
      }
    }
    report.note(
        "%d rounds in turn of %d s each, %d connections, after %d s of warm-up; medians of the rounds",
        rounds, seconds, connections, warmUp);
  }

  private static String option(String name, String value) {
    return "spi-counterfoil--record--" + name + "=" + value;
  }

  private static Path source(CounterfoilServer counterfoil, Path folder)
      throws IOException, InterruptedException {
    counterfoil.run(
        folder,
        "client",
        "add",
        SOURCE,
        "--make-key",
        "--tenant",
        CounterfoilServer.TENANT,
        "--audience",
        counterfoil.server().issuer(),
        "--scope",
        "counterfoil:record");
    return folder.resolve("data/domains/bench/clients/" + SOURCE + ".jwk");
  }

  private static Path home(Path folder, String name, Optional<Path> jar, List<String> options)
      throws IOException, InterruptedException {
    Path home =
        AttachedKeycloak.prepare(
            KeycloakServer.distribution(), folder.resolve("keycloak-" + name), jar, options);
    try (Child build =
        Child.start(
            "kc.sh build",
            folder,
            Map.of(),
            List.of(
                home.resolve("bin/kc.sh").toString(),
                "build",
                "--db=dev-file",
                "--health-enabled=false",
                "--metrics-enabled=false"))) {
      build.said(BUILD_MAX);
    }
    return home;
  }

  private void measure(Path folder, CounterfoilServer counterfoil, Peer alone, Peer attached)
      throws Exception {
    for (Peer peer : List.of(alone, attached)) {
      say("warming up " + peer.words() + " the record");
      peer.server().token();
      load(folder, peer.server(), warmUp, 0);
    }
    for (int round = 0; round < rounds; round++) {
      for (Peer peer : turn(round, alone, attached)) {
        say("round " + (round + 1) + ": " + peer.words());
        Map<String, Double> before = peer.used();
        peer.most().add(checked(folder, counterfoil, peer.records(), peer.server(), 0));
        peer.used()
            .forEach(
                (process, used) ->
                    peer.processor()
                        .merge(process, used - before.getOrDefault(process, 0.0), Double::sum));
      }
    }
    double rate = PART * Math.min(alone.rate(), attached.rate());
    // What a connection waits, beside the little time that an answer takes at that rate.
    int pause = (int) Math.max(1, Math.round(connections * 1000.0 / rate));
    for (int round = 0; round < rounds; round++) {
      for (Peer peer : turn(round, alone, attached)) {
        say("round " + (round + 1) + " at 70 %: " + peer.words());
        peer.paced().add(checked(folder, counterfoil, peer.records(), peer.server(), pause));
      }
    }
  }

  /** Who went first goes last the next time. */
  private static List<Peer> turn(int round, Peer one, Peer other) {
    return round % 2 == 0 ? List.of(one, other) : List.of(other, one);
  }

  private Wrk.Figures checked(
      Path folder, CounterfoilServer counterfoil, boolean records, Server server, int pause)
      throws Exception {
    long before = counterfoil.recorded();
    Wrk.Figures figures = load(folder, server, seconds, pause);
    if (figures.errors() > 0 || figures.requests() == 0) {
      throw new IllegalStateException("answers that are no tokens make this run void: " + figures);
    }
    if (records) {
      counterfoil.requireRecorded(before, figures.requests());
    } else if (counterfoil.recorded() - before > figures.requests() / 10) {
      // The installation's own clients get a few tokens meanwhile.
      throw new IllegalStateException("the record grows without a token that is to be recorded");
    }
    return figures;
  }

  private Wrk.Figures load(Path folder, Server server, int length, int pause)
      throws IOException, InterruptedException {
    Path own = Files.createTempDirectory(folder, "load");
    Path credentials = own.resolve("credentials.txt");
    Files.writeString(RunFolder.secret(credentials), server.client().authorization());
    Path form = Files.writeString(own.resolve("form.txt"), Server.FORM);
    List<String> arguments = new ArrayList<>(List.of(credentials.toString(), form.toString()));
    if (pause > 0) {
      arguments.add(Integer.toString(pause));
    }
    return Wrk.run(
        own,
        server.tokenEndpoint(),
        connections,
        Duration.ofSeconds(length),
        pause > 0 ? "paced.lua" : "basic.lua",
        arguments,
        () -> {});
  }

  private static void write(RunReport report, Peer alone, Peer attached) {
    RunReport.Table table =
        report.table(
            "Keycloak", "tokens/s", "p50 ms", "p99 ms", "at 70 %: tokens/s", "p50 ms", "p99 ms");
    for (Peer peer : List.of(alone, attached)) {
      table.row(
          peer.words() + " the record",
          peer.rate(),
          Peer.median(peer.most(), figures -> figures.p50Micros() / 1000.0),
          Peer.median(peer.most(), figures -> figures.p99Micros() / 1000.0),
          Peer.median(peer.paced(), Wrk.Figures::rate),
          Peer.median(peer.paced(), figures -> figures.p50Micros() / 1000.0),
          peer.p99Millis());
    }
    report.note("µs of processor for a token, without the record: %s", alone.micros());
    report.note("µs of processor for a token, with the record: %s", attached.micros());
    double ratio = attached.rate() / alone.rate();
    double added = attached.p99Millis() - alone.p99Millis();
    report.note(
        "With the record: %.3f of the tokens a second (floor %.2f: %s)",
        ratio, RATE_FLOOR, ratio < RATE_FLOOR ? "MISSED" : "held");
    report.note(
        "With the record: %+.1f ms at the 99th percentile at 70 %% (at most %.0f: %s)",
        added, ADDED_P99_MILLIS_MAX, added > ADDED_P99_MILLIS_MAX ? "MISSED" : "held");
  }
}
