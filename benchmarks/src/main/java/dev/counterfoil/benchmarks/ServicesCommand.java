package dev.counterfoil.benchmarks;

import dev.counterfoil.benchmarks.ServicesReport.FirstUses;
import dev.counterfoil.benchmarks.ServicesReport.Live;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.verifier.StapledProof;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures what a service needs beside each token's check: to start, and to hold live tokens. */
@Command(
    name = "services",
    mixinStandardHelpOptions = true,
    description = {
      "Starts services that verify tokens of a throwaway installation in each way, and measures how long their first tokens take.",
      "Then what a service that receives every leaf holds of 10^4 to 10^7 live tokens: its memory, and with JMH a look at one of",
      "them that is drawn at random, with the heap in pages of 4 KiB and in huge ones."
    })
final class ServicesCommand implements Callable<Integer> {
  private static final List<Integer> SIZES = List.of(10_000, 100_000, 1_000_000, 10_000_000);
  private static final String HUGE_PAGES = "-XX:+UseTransparentHugePages";
  private static final int TOKENS = 200;
  private static final int CLAIMS_BYTES_MAX = 16 * 1024;
  private static final int PROOF_TRIES = 100;
  private static final long PAUSE_MILLIS = 50;
  private static final Duration CHILD_MAX = Duration.ofMinutes(3);

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

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

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  @Override
  public Integer call() throws Exception {
    if (iterations < 1 || starts < 1) {
      throw new IllegalArgumentException("want an iteration and a start at least");
    }
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      List<FirstUses> uses = new ArrayList<>();
      try (CounterfoilServer server = CounterfoilServer.start(place.root(), folder.path())) {
        Path tokens = stapled(server, folder.path());
        for (BenchedVerifier.Mode mode : BenchedVerifier.Mode.values()) {
          uses.add(firstUses(folder.path(), server.policy(), tokens, mode));
        }
      }
      Map<Integer, Long> memory = memory(folder.path());
      Map<String, Double> small = looks(List.of());
      Map<String, Double> huge = looks(List.of(HUGE_PAGES));
      List<Live> live = new ArrayList<>();
      for (int size : SIZES) {
        live.add(
            new Live(
                size,
                memory.getOrDefault(size, 0L),
                small.getOrDefault("look " + size, 0.0),
                huge.getOrDefault("look " + size, 0.0),
                small.getOrDefault("forged " + size, 0.0),
                huge.getOrDefault("forged " + size, 0.0),
                small.getOrDefault("check " + size, 0.0),
                huge.getOrDefault("check " + size, 0.0)));
      }
      ServicesReport report =
          new ServicesReport(
              machine,
              uses,
              live,
              1e9 / small.getOrDefault("fold", Double.POSITIVE_INFINITY),
              reads(small),
              reads(huge));
      publication.report(place.root(), "services", report.text(), report);
      publication.picture(place.root(), "first-use.svg", report.firstUsePicture());
      publication.picture(place.root(), "live-tokens.svg", report.livePicture());
    }
    return 0;
  }

  /** Tokens, each with the proof that its client sends along. */
  private static Path stapled(CounterfoilServer server, Path folder) throws Exception {
    List<String> lines = new ArrayList<>();
    TokenSample sample = new TokenSample(server);
    for (int i = 0; i < TOKENS; i++) {
      sample.take();
    }
    for (String token : sample.tokens()) {
      byte[] claims = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
      TokenId id = TokenId.parse(StrictJson.object(claims, CLAIMS_BYTES_MAX).string("jti"));
      URI proof = URI.create(server.issuer() + "/logs/" + id.log() + "/proof/" + id.position());
      HttpResponse<String> answer = Http.get(proof);
      for (int tries = 0; answer.statusCode() != 200 && tries < PROOF_TRIES; tries++) {
        Thread.sleep(PAUSE_MILLIS);
        answer = Http.get(proof);
      }
      lines.add(token + " " + StapledProof.of(answer.body().getBytes(StandardCharsets.UTF_8)));
    }
    return Files.write(PrivateFile.create(folder.resolve("stapled.txt")), lines);
  }

  private FirstUses firstUses(Path folder, Path policy, Path tokens, BenchedVerifier.Mode mode)
      throws IOException, InterruptedException {
    List<long[]> all = new ArrayList<>();
    for (int i = 0; i < starts; i++) {
      String said =
          said(
              folder,
              "first-use-" + mode + i,
              List.of("-Xmx256m"),
              FirstUse.class,
              List.of(policy.toString(), tokens.toString(), mode.name()));
      all.add(
          Stream.of(said.substring(said.lastIndexOf('\n') + 1).split(" ", -1))
              .mapToLong(Long::parseLong)
              .toArray());
    }
    return new FirstUses(
        mode.name().toLowerCase(Locale.ROOT),
        median(all, 0),
        median(all, 1),
        median(all, 2),
        median(all, 3),
        median(all, 4));
  }

  private static long median(List<long[]> all, int word) {
    return all.stream().map(one -> one[word]).sorted().skip(all.size() / 2).findFirst().orElse(0L);
  }

  /** Bytes of the heap by the number of live tokens. */
  private static Map<Integer, Long> memory(Path folder) throws IOException, InterruptedException {
    String said =
        said(
            folder,
            "live-tokens",
            List.of("-Xmx512m"),
            LiveTokens.class,
            SIZES.stream().map(String::valueOf).toList());
    Map<Integer, Long> memory = new TreeMap<>();
    for (String line : said.split("\n", -1)) {
      String[] words = line.split(" ", -1);
      memory.put(Integer.parseInt(words[0]), Long.parseLong(words[1]));
    }
    return memory;
  }

  private static String said(
      Path folder, String name, List<String> flags, Class<?> main, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(arguments);
    try (Child child =
        Child.start("a service", folder, folder.resolve(name + ".log"), Map.of(), command)) {
      if (child.await(CHILD_MAX) != 0) {
        throw new IllegalStateException("a service could not start." + child.shown());
      }
      return child.output().strip();
    }
  }

  private static ServicesReport.Reads reads(Map<String, Double> nanos) {
    return new ServicesReport.Reads(
        nanos.getOrDefault("apart", 0.0), nanos.getOrDefault("chased", 0.0));
  }

  /** Nanoseconds of each look, by its name and the number of live tokens. */
  private Map<String, Double> looks(List<String> flags) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include("\\.StreamBenchmark\\.(look|forged|check|fold|apart|chased)$")
                    .mode(Mode.AverageTime)
                    .threads(1)
                    .forks(1)
                    .warmupIterations(3)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(iterations)
                    .measurementTime(TimeValue.seconds(1))
                    .timeUnit(java.util.concurrent.TimeUnit.NANOSECONDS)
                    .jvmArgsAppend(flags.toArray(String[]::new))
                    .build())
            .run();
    Map<String, Double> nanos = new TreeMap<>();
    for (RunResult result : results) {
      String benchmark = result.getParams().getBenchmark();
      String live = result.getParams().getParam("live");
      nanos.put(
          benchmark.substring(benchmark.lastIndexOf('.') + 1) + (live == null ? "" : " " + live),
          result.getPrimaryResult().getScore());
    }
    return nanos;
  }
}
