package dev.counterfoil.benchmarks.verifying;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.benchmarks.servers.Server;
import dev.counterfoil.benchmarks.verifying.Forks.Rate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.annotations.Mode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what verifying a token costs a service, beside what other libraries take. */
@Command(
    name = "verifying",
    description = {
      "Measures with JMH, on one thread, tokens of a throwaway installation: seen for the first time, seen before, bound to a",
      "client's key; what garbage and attacks cost; other libraries, with the JDK's cryptography and with AWS-LC; and",
      "the signature alone, of the same tokens and in the same run."
    })
public final class VerifyingCommand extends Measurement {
  /** Enough to fill some tiles, few enough to stay in a cache. */
  private static final int TOKENS = 1000;

  private static final int CLIENT_KEYS = 16;
  private static final int BOUND_TOKENS = 512;

  /**
   * So long that a token has 600 characters, as those of issuers have that say more of a tenant.
   */
  private static final String TENANT =
      "customer-7f0c2a52-4d6e-4b1e-9d2f-5b8c1a7e3d94"
          + ".organisation-51c20b7e-9c1d-4f0a-8a6e-2b9d.exampl";

  @Option(
      names = "--iterations",
      defaultValue = "5",
      description =
          "Iterations of a second for each, after three to warm up (default: ${DEFAULT-VALUE}).")
  private int iterations;

  private final Map<String, Rate> rates = new HashMap<>();

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    // Ten iterations of bound tokens stay below what one key may use in a minute.
    require(iterations >= 1 && iterations <= 5, "want 1 to 5 iterations");
    CounterfoilServer.configure(folder, TENANT, "", "");
    try (CounterfoilServer server = CounterfoilServer.start(folder)) {
      server.tokens(folder, TOKENS);
      bound(server.server(), folder);
      Files.writeString(
          folder.resolve(BenchedVerifier.KEYS), Http.get(server.server().jwks()).body());
      String run = folder.toString();
      rates.putAll(Forks.run(VerifierBenchmark.class, Mode.Throughput, iterations, run));
      rates.putAll(Forks.run(AttackBenchmark.class, Mode.Throughput, iterations, run));
      rates.putAll(Forks.run(PeersBenchmark.class, Mode.Throughput, iterations, ""));
      rates.putAll(Forks.run(BoundBenchmark.class, Mode.SingleShotTime, iterations, run));
    }
    ours(report);
    peers(report);
    attacks(report);
  }

  private Rate rate(String name) {
    return Objects.requireNonNull(rates.get(name), name);
  }

  private void ours(RunReport report) {
    RunReport.Table table =
        report.table(
            "one thread, tokens of 600 characters",
            "tokens/s",
            "of the signature alone",
            "bytes of garbage");
    Rate raw = rate("rawSignature");
    row(table, "the signature alone, AWS-LC", raw, raw);
    row(table, "never seen before", rate("firstSight"), raw);
    row(
        table,
        "bound to a client's key, never seen before",
        rate("boundFirstSight"),
        rate("rawSignatures"));
    row(table, "seen before", rate("cacheHit"), raw);
  }

  private static void row(RunReport.Table table, String what, Rate rate, Rate raw) {
    table.row(what, rate.perSecond(), rate.perSecond() / raw.perSecond(), rate.allocatedBytes());
  }

  private void peers(RunReport report) {
    RunReport.Table table =
        report.table(
            "signature, claims and times only",
            "JDK, tokens/s",
            "AWS-LC, tokens/s",
            "of the signature alone");
    for (String peer : List.of("raw", "nimbus", "spring", "jjwt", "auth0", "jose4j")) {
      double rate = rate(peer + " AWS_LC").perSecond();
      table.row(
          peer.equals("raw") ? "the signature alone" : peer,
          rate(peer + " JDK").perSecond(),
          rate,
          rate / rate("raw AWS_LC").perSecond());
    }
  }

  private void attacks(RunReport report) {
    RunReport.Table table = report.table("refused", "µs", "of a good token's first sight");
    double good = rate("firstSight").micros();
    rates.entrySet().stream()
        .filter(one -> one.getKey().startsWith("refusal "))
        .sorted(Map.Entry.comparingByValue((a, b) -> Double.compare(b.micros(), a.micros())))
        .forEach(
            one ->
                table.row(
                    one.getKey()
                        .substring("refusal ".length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', ' '),
                    one.getValue().micros(),
                    one.getValue().micros() / good));
  }

  /** Tokens of clients with keys, each with its client's key: of this run, and gone with it. */
  private static void bound(Server server, Path folder) throws Exception {
    List<ECKey> keys = new ArrayList<>();
    for (int i = 0; i < CLIENT_KEYS; i++) {
      keys.add(new ECKeyGenerator(Curve.P_256).generate());
    }
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < BOUND_TOKENS; i++) {
      ECKey key = keys.get(i % CLIENT_KEYS);
      String proof =
          new DefaultDPoPProofFactory(key, JWSAlgorithm.ES256)
              .createDPoPJWT("POST", server.tokenEndpoint())
              .serialize();
      lines.add(server.boundToken(proof) + " " + key.toJSONString());
    }
    Files.write(RunFolder.secret(folder.resolve(BenchedVerifier.BOUND)), lines);
  }
}
