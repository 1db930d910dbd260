package dev.counterfoil.benchmarks.verifying;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.benchmarks.servers.Server;
import dev.counterfoil.benchmarks.verifying.BenchedVerifier.Proof;
import dev.counterfoil.benchmarks.verifying.Forks.Rate;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.verifier.StapledProof;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what a service needs beside each token's check: to start, and to hold live tokens. */
@Command(
    name = "services",
    description = {
      "Starts services that verify tokens of a throwaway installation in each way, and measures how long their first tokens take.",
      "Then what a service that receives every leaf holds of 10^4 to 10^7 live tokens: its memory, and with JMH a look at one of",
      "them that is drawn at random."
    })
public final class ServicesCommand extends Measurement {
  private static final int TOKENS = 200;
  private static final int PROOF_TRIES = 100;
  private static final Duration CHILD_MAX = Duration.ofMinutes(3);

  @Option(
      names = "--starts",
      defaultValue = "5",
      description = "Services started for each way of proof (default: ${DEFAULT-VALUE}).")
  private int starts;

  @Option(
      names = "--iterations",
      defaultValue = "5",
      description =
          "Iterations of a second for each look, after three to warm up (default: ${DEFAULT-VALUE}).")
  private int iterations;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(iterations >= 1 && starts >= 1, "want an iteration and a start at least");
    RunReport.Table uses =
        report.table(
            "a service that has just started",
            "process to first token, ms",
            "keys ready, ms",
            "first token, ms",
            "second, µs",
            "after a thousand, µs");
    try (CounterfoilServer server = CounterfoilServer.start(folder)) {
      Path tokens = stapled(server.server(), folder);
      for (Proof proof : Proof.values()) {
        firstUses(folder, server.policy(), tokens, proof, uses);
      }
    }
    Map<String, Rate> looks = Forks.run(StreamBenchmark.class, Mode.Throughput, iterations, "");
    RunReport.Table live =
        report.table(
            "live tokens",
            "heap, MiB",
            "bytes a token",
            "a look, ns",
            "a forged one, ns",
            "with the leaf's hash, ns");
    try (Child child = Child.java(folder, Map.of(), flags("-Xmx512m"), LiveTokens.class)) {
      for (String line : child.said(CHILD_MAX).lines().toList()) {
        String[] words = line.split(" ", -1);
        long bytes = Long.parseLong(words[1]);
        live.row(
            Long.parseLong(words[0]),
            bytes / 1048576.0,
            bytes / Double.parseDouble(words[0]),
            nanos(looks, "look " + words[0]),
            nanos(looks, "forged " + words[0]),
            nanos(looks, "check " + words[0]));
      }
    }
    report.note(
        "Receiving: %,.0f leaves/s on one core, read from batches of 65,536, folded, and let count under a signed root",
        1e9 / nanos(looks, "fold"));
  }

  private static double nanos(Map<String, Rate> looks, String name) {
    return 1000 * Objects.requireNonNull(looks.get(name), name).micros();
  }

  /** Tokens, each with the proof that its client sends along. */
  private static Path stapled(Server server, Path folder) throws Exception {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < TOKENS; i++) {
      tokens.add(server.token());
    }
    List<String> lines = new ArrayList<>();
    for (String token : tokens) {
      byte[] claims = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
      TokenId id = TokenId.parse(StrictJson.object(claims, 16 * 1024).string("jti"));
      URI proof = URI.create(server.issuer() + "/logs/" + id.log() + "/proof/" + id.position());
      HttpResponse<String> answer = Http.get(proof);
      for (int tries = 0; answer.statusCode() != 200 && tries < PROOF_TRIES; tries++) {
        Thread.sleep(50);
        answer = Http.get(proof);
      }
      lines.add(token + " " + StapledProof.of(answer.body().getBytes(StandardCharsets.UTF_8)));
    }
    return Files.write(RunFolder.secret(folder.resolve("stapled.txt")), lines);
  }

  private void firstUses(Path folder, Path policy, Path tokens, Proof proof, RunReport.Table table)
      throws Exception {
    List<long[]> all = new ArrayList<>();
    for (int i = 0; i < starts; i++) {
      try (Child child =
          Child.java(
              folder,
              Map.of(),
              flags("-Xmx256m"),
              FirstUse.class,
              policy.toString(),
              tokens.toString(),
              proof.name())) {
        String last = child.said(CHILD_MAX).lines().toList().getLast();
        all.add(Stream.of(last.split(" ", -1)).mapToLong(Long::parseLong).toArray());
      }
    }
    table.row(
        proof.name().toLowerCase(Locale.ROOT),
        median(all, 0) / 1000,
        median(all, 1) / 1000,
        median(all, 2) / 1000.0,
        median(all, 3),
        median(all, 4));
  }

  private static List<String> flags(String heap) {
    return List.of(heap, "--enable-native-access=ALL-UNNAMED");
  }

  private static long median(List<long[]> all, int word) {
    return all.stream().map(one -> one[word]).sorted().skip(all.size() / 2).findFirst().orElse(0L);
  }
}
