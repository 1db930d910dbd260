package dev.counterfoil.benchmarks;

import com.nimbusds.jose.JOSEException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Puts one load after another on a server, and lets no figure count anything but tokens. */
final class LoadRun {
  /** How long the log's published size may lag behind the last answer. */
  private static final Duration RECORD_LAG_MAX = Duration.ofSeconds(5);

  /** Assertions made ahead for a load, a second of it: more than any server here takes. */
  private static final int ASSERTIONS_PER_SECOND = 20_000;

  private final Path benchmarks;
  private final Path folder;
  private final InstantSource clock;
  private final SecureRandom random;
  private int number;

  /**
   * Runs in a folder.
   *
   * @param benchmarks the module's folder, with the scripts
   * @param folder for credentials and logs
   */
  LoadRun(Path benchmarks, Path folder, InstantSource clock, SecureRandom random) {
    this.benchmarks = benchmarks;
    this.folder = folder;
    this.clock = clock;
    this.random = random;
  }

  /** Loads it without measuring, until its code is compiled and its caches are full. */
  void warmUp(Server server, Load load)
      throws IOException, InterruptedException, GeneralSecurityException, JOSEException {
    Path own = Files.createDirectory(folder.resolve("warm-up-" + number++));
    requireToken(own, server, load.method());
    int assertions = assertions(load);
    try (Wrk wrk =
        Wrk.start(benchmarks, own, server, load, credentials(own, server, load, assertions))) {
      wrk.figures();
    }
  }

  /** One token before thousands: a refusal is shown with the server's reason. */
  private void requireToken(Path own, Server server, Method method)
      throws IOException, InterruptedException, GeneralSecurityException, JOSEException {
    HttpResponse<String> answer =
        switch (method) {
          case SECRET -> Http.token(server);
          case KEY -> {
            Path one = own.resolve("one.txt");
            Assertions.write(one, server, 1, clock, random);
            yield Http.token(server, Files.readString(one).strip());
          }
        };
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(
          "%s refuses %s: %d %s"
              .formatted(server.name(), method.metadataName(), answer.statusCode(), answer.body()));
    }
  }

  /** Loads it and measures. */
  LoadOutcome measure(Server server, Load load)
      throws IOException,
          InterruptedException,
          GeneralSecurityException,
          JOSEException,
          ParseException {
    Path own = Files.createDirectory(folder.resolve("load-" + number++));
    int assertions = assertions(load);
    Path credentials = credentials(own, server, load, assertions);
    TokenSample sample = new TokenSample(server);
    OptionalLong before = server.recorded();
    Map<String, Double> used = Resident.processorSeconds(server.processes());
    double generator = 0;
    Map<String, Double> usedAfter;
    Figures figures;
    try (Wrk wrk = Wrk.start(benchmarks, own, server, load, credentials)) {
      while (wrk.isRunning()) {
        sample.take();
        generator = Math.max(generator, wrk.processorTime().toNanos() / 1e9);
        Thread.sleep(TokenSample.PAUSE);
      }
      figures = wrk.figures();
      usedAfter = Resident.processorSeconds(server.processes());
    }
    if (figures.errors() > 0 || figures.requests() == 0) {
      throw new IllegalStateException(
          server.name() + ": answers that are no tokens make this run void: " + figures);
    }
    if (load.method() == Method.KEY && figures.requests() + load.connections() >= assertions) {
      throw new IllegalStateException(
          "The assertions ran out after " + figures.requests() + ": the rate would be wrong.");
    }
    int sampled = sample.check(clock);
    server.requireIssued(sample.tokens());
    OptionalLong recorded = grown(server, before, figures.requests() + sampled);
    Map<String, Double> micros = new TreeMap<>();
    usedAfter.forEach(
        (process, seconds) ->
            micros.put(process, perToken(seconds - used.getOrDefault(process, 0.0), figures)));
    micros.put("load generator", perToken(generator, figures));
    return LoadOutcome.of(server, load, figures, sampled, recorded, micros);
  }

  private static double perToken(double seconds, Figures figures) {
    return LoadOutcome.round(seconds * 1e6 / figures.requests(), 1);
  }

  /** By how much the record grew: at least by what was answered, or the run is void. */
  private static OptionalLong grown(Server server, OptionalLong before, long answered)
      throws IOException, InterruptedException {
    if (before.isEmpty()) {
      return OptionalLong.empty();
    }
    long begun = System.nanoTime();
    while (true) {
      long grown = server.recorded().orElseThrow() - before.getAsLong();
      if (grown >= answered) {
        return OptionalLong.of(grown);
      }
      if (System.nanoTime() - begun > RECORD_LAG_MAX.toNanos()) {
        throw new IllegalStateException(
            "%s answered %d tokens and its log grew by %d"
                .formatted(server.name(), answered, grown));
      }
      Thread.sleep(TokenSample.PAUSE);
    }
  }

  private static int assertions(Load load) {
    return Math.toIntExact(
        Math.min(Assertions.COUNT_MAX, load.length().toSeconds() * ASSERTIONS_PER_SECOND));
  }

  private Path credentials(Path own, Server server, Load load, int assertions)
      throws IOException, JOSEException, GeneralSecurityException {
    Path file = own.resolve("credentials.txt");
    switch (load.method()) {
      case SECRET -> PrivateFile.write(file, server.client().authorization());
      case KEY -> Assertions.write(file, server, assertions, clock, random);
    }
    return file;
  }
}
