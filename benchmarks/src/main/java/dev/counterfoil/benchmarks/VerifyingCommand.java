package dev.counterfoil.benchmarks;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import dev.counterfoil.benchmarks.VerifyingReport.Rate;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** Measures what verifying a token costs a service, beside what other libraries take. */
@Command(
    name = "verifying",
    mixinStandardHelpOptions = true,
    description = {
      "Measures with JMH, on one thread, tokens of a throwaway installation: seen for the first time, seen before, bound to a",
      "client's key; what garbage and attacks cost; other libraries, with the JDK's cryptography and with AWS-LC; and",
      "the signature alone, of the same tokens and in the same run."
    })
final class VerifyingCommand implements Callable<Integer> {
  private static final int CLIENT_KEYS = 16;
  private static final int BOUND_TOKENS = 512;

  /**
   * So long that a token has 600 characters, as those of issuers have that say more of a tenant.
   */
  private static final String TENANT =
      "customer-7f0c2a52-4d6e-4b1e-9d2f-5b8c1a7e3d94"
          + ".organisation-51c20b7e-9c1d-4f0a-8a6e-2b9d.exampl";

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--iterations",
      defaultValue = "5",
      description =
          "Iterations of a second for each, after three to warm up (default: ${DEFAULT-VALUE}).")
  private int iterations;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  @Override
  public Integer call() throws Exception {
    if (iterations < 1 || iterations > 5) {
      throw new IllegalArgumentException("want 1 to 5 iterations");
    }
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      CounterfoilServer.configure(folder.path(), TENANT);
      try (CounterfoilServer server = CounterfoilServer.start(place.root(), folder.path())) {
        Path tokens = MicroCommand.tokens(server, folder.path());
        List<String> properties =
            List.of(
                "-D" + MicroCommand.POLICY + "=" + server.policy(),
                "-D" + MicroCommand.TOKENS + "=" + tokens,
                "-D" + MicroCommand.KEYS + "=" + MicroCommand.keys(server, folder.path()),
                "-D" + MicroCommand.BOUND + "=" + bound(server, folder.path()));
        List<Rate> rates = new ArrayList<>();
        for (RunResult result : run(properties, Mode.Throughput, "Verifier", "Peers", "Attack")) {
          rates.add(rate(result, false));
        }
        for (RunResult result : run(properties, Mode.SingleShotTime, "Bound")) {
          rates.add(rate(result, true));
        }
        int chars = Files.readAllLines(tokens).get(0).length();
        VerifyingReport report = new VerifyingReport(machine, chars, rates);
        publication.report(place.root(), "verifying", report.text(), report);
        publication.picture(place.root(), "verifying.svg", report.picture());
      }
    }
    return 0;
  }

  private Collection<RunResult> run(List<String> properties, Mode mode, String... parts)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .mode(mode)
            .threads(1)
            .forks(1)
            .warmupIterations(mode == Mode.SingleShotTime ? 5 : 3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(iterations)
            .measurementTime(TimeValue.seconds(1))
            .timeUnit(java.util.concurrent.TimeUnit.SECONDS)
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend(properties.toArray(String[]::new));
    for (String part : parts) {
      options.include("\\." + part + "Benchmark\\.");
    }
    return new Runner(options.build()).run();
  }

  private static Rate rate(RunResult result, boolean perOperation) {
    String name = result.getParams().getBenchmark();
    String parameter =
        result.getParams().getParamsKeys().stream()
            .map(key -> result.getParams().getParam(key))
            .findFirst()
            .orElse("");
    double score = result.getPrimaryResult().getScore();
    double allocated = -1;
    for (String secondary : result.getSecondaryResults().keySet()) {
      if (secondary.endsWith("gc.alloc.rate.norm")) {
        allocated = result.getSecondaryResults().get(secondary).getScore();
      }
    }
    String[] words = name.split("\\.", -1);
    return new Rate(
        words[words.length - 2].replace("Benchmark", ""),
        words[words.length - 1],
        parameter,
        perOperation ? 1 / score : score,
        allocated);
  }

  /** Tokens of clients with keys, each with its client's key: of this run, and gone with it. */
  private static Path bound(CounterfoilServer server, Path folder)
      throws IOException, InterruptedException, ParseException, JOSEException {
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
      HttpResponse<String> answer = Http.boundToken(server, proof);
      if (answer.statusCode() != 200) {
        throw new IllegalStateException("a bound token was refused: " + answer.body());
      }
      lines.add(
          JsonMapper.shared().readTree(answer.body()).path("access_token").asString()
              + " "
              + key.toJSONString());
    }
    return Files.write(PrivateFile.create(folder.resolve("bound.txt")), lines);
  }
}
