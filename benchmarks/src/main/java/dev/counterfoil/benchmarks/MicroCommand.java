package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures single parts with JMH. */
@Command(
    name = "micro",
    mixinStandardHelpOptions = true,
    description = "Measures single parts with JMH, on one thread: operations a second.")
final class MicroCommand implements Callable<Integer> {
  /** System property of the forked JVM: where it may make a folder. */
  static final String FOLDER = "bench.folder";

  /** System property of the forked JVM: a trust policy. */
  static final String POLICY = "bench.policy";

  /** System property of the forked JVM: a file with one token a line. */
  static final String TOKENS = "bench.tokens";

  /** System property of the forked JVM: the issuer's JWKS. */
  static final String KEYS = "bench.keys";

  /** System property of the forked JVM: bound tokens, each with its client's key. */
  static final String BOUND = "bench.bound";

  /** Enough to fill some tiles, few enough to stay in a cache. */
  private static final int TOKEN_COUNT = 1000;

  /** What can be measured. */
  private enum Part {
    /** ES256 with AWS-LC. */
    SIGNATURE,
    /** A leaf's share of the tree. */
    FRONTIER,
    /** A step of the log. */
    LOG,
    /** A verifier's mirror of a key log with 100,000 revocations. */
    KEYLOG,
    /** A leaf that is received, and looks among those that are live. */
    STREAM,
    /** A token's verification. */
    VERIFIER,
    /** The same by other libraries, each with the JDK's cryptography and with AWS-LC. */
    PEERS
  }

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Parameters(
      paramLabel = "PART",
      arity = "0..*",
      description = "Any of: ${COMPLETION-CANDIDATES} (default: all).")
  private Set<Part> parts = EnumSet.noneOf(Part.class);

  @Option(names = "--json", paramLabel = "FILE", description = "Write JMH's results as JSON.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException, InterruptedException, ParseException, RunnerException {
    Set<Part> chosen = parts.isEmpty() ? EnumSet.allOf(Part.class) : parts;
    try (RunFolder folder = RunFolder.create(place.folder())) {
      ChainedOptionsBuilder options =
          new OptionsBuilder()
              .mode(Mode.Throughput)
              .threads(1)
              .forks(1)
              .warmupIterations(3)
              .warmupTime(TimeValue.seconds(1))
              .measurementIterations(5)
              .measurementTime(TimeValue.seconds(1))
              .timeUnit(java.util.concurrent.TimeUnit.SECONDS);
      for (Part part : chosen) {
        String name = part.name().charAt(0) + part.name().substring(1).toLowerCase(Locale.ROOT);
        options.include("\\." + name + "Benchmark\\.");
      }
      if (json != null) {
        options.resultFormat(ResultFormatType.JSON).result(json.toString());
      }
      List<String> properties = new ArrayList<>();
      properties.add("-D" + FOLDER + "=" + folder.path());
      if (chosen.contains(Part.VERIFIER)) {
        try (CounterfoilServer server = CounterfoilServer.start(place.root(), folder.path())) {
          properties.add("-D" + POLICY + "=" + server.policy());
          properties.add("-D" + TOKENS + "=" + tokens(server, folder.path()));
          properties.add("-D" + KEYS + "=" + keys(server, folder.path()));
          run(options, properties);
        }
      } else {
        run(options, properties);
      }
    }
    return 0;
  }

  private static void run(ChainedOptionsBuilder options, List<String> properties)
      throws RunnerException {
    new Runner(options.jvmArgsAppend(properties.toArray(String[]::new)).build()).run();
  }

  /** The issuer's public keys, in a file. */
  static Path keys(CounterfoilServer server, Path folder) throws IOException, InterruptedException {
    return Files.writeString(folder.resolve("jwks.json"), Http.get(server.jwks()).body());
  }

  /** Tokens of a server, one a line. */
  static Path tokens(CounterfoilServer server, Path folder)
      throws IOException, InterruptedException {
    TokenSample sample = new TokenSample(server);
    for (int i = 0; i < TOKEN_COUNT; i++) {
      sample.take();
    }
    Path file = PrivateFile.create(folder.resolve("tokens.txt"));
    return Files.write(file, sample.tokens());
  }
}
