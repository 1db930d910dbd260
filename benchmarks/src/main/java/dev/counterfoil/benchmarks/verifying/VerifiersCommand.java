package dev.counterfoil.benchmarks.verifying;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.benchmarks.servers.Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the verifiers in Go, Node and Python beside the usual JWT library of each language. */
@Command(
    name = "verifiers",
    description = {
      "Verifies tokens of a throwaway installation in Go, Node and Python, on one core: with the language's usual JWT library,",
      "which checks signature, issuer, audience and times; with our verifier, which also finds each token in its log; and again."
    })
public final class VerifiersCommand extends Measurement {
  private static final Duration CHILD_MAX = Duration.ofMinutes(5);
  private static final Duration BUILD_MAX = Duration.ofMinutes(3);

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description = "Seconds for each rate (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--tokens",
      defaultValue = "500",
      description = "Tokens, each of which is another (default: ${DEFAULT-VALUE}).")
  private int count;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(seconds >= 1 && count >= 1, "want a second and a token at least");
    Path programs = root().resolve("benchmarks/verifiers");
    Path go = folder.resolve("verifiers");
    Map<String, String> offline =
        Map.of("GOPROXY", "off", "GOFLAGS", "-mod=mod", "GOTOOLCHAIN", "local");
    try (Child build =
        Child.start(
            "go build",
            folder,
            offline,
            List.of("go", "build", "-C", programs.toString(), "-o", go.toString(), "."))) {
      build.said(BUILD_MAX);
    }
    RunReport.Table table =
        report.table(
            "on one core",
            "library alone, tokens/s",
            "ours, first sight",
            "ratio",
            "ours, seen before",
            "ratio of that");
    try (CounterfoilServer server = CounterfoilServer.start(folder)) {
      Path tokens = tokens(server.server(), folder);
      Path jwks =
          Files.writeString(folder.resolve("jwks.json"), Http.get(server.server().jwks()).body());
      List<String> arguments =
          List.of(
              server.policy().toString(),
              tokens.toString(),
              jwks.toString(),
              Integer.toString(seconds));
      row(table, "Go, golang-jwt", folder, arguments, go.toString());
      row(
          table,
          "Node, jose",
          folder,
          arguments,
          "node",
          programs.resolve("verifiers.mjs").toString());
      // Debian's, which has Debian's PyJWT.
      row(
          table,
          "Python, PyJWT",
          folder,
          arguments,
          "/usr/bin/python3",
          programs.resolve("verifiers.py").toString());
    }
    report.note(
        "First sight: keys and tiles are there already, as in a service that runs. Each rate is of"
            + " %,d tokens, %d s, after a round to warm up",
        count, seconds);
  }

  private Path tokens(Server server, Path folder) throws Exception {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(server.token());
    }
    return Files.write(RunFolder.secret(folder.resolve("tokens.txt")), tokens);
  }

  private static void row(
      RunReport.Table table, String name, Path folder, List<String> arguments, String... program)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", "0"));
    command.addAll(List.of(program));
    command.addAll(arguments);
    Map<String, Double> rates = new HashMap<>();
    try (Child child = Child.start(name, folder, Map.of("PYTHONDONTWRITEBYTECODE", "1"), command)) {
      for (String line : child.said(CHILD_MAX).lines().toList()) {
        String[] words = line.split(" ", -1);
        rates.put(words[0], Double.parseDouble(words[1]));
      }
    }
    double peer = rate(rates, "peer");
    double first = rate(rates, "first");
    double again = rate(rates, "again");
    table.row(name, peer, first, first / peer, again, again / peer);
  }

  private static double rate(Map<String, Double> rates, String name) {
    return Objects.requireNonNull(rates.get(name), name);
  }
}
