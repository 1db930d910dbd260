package dev.counterfoil.benchmarks.people;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.Wrk;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** Loads a server, and makes a row of it. */
final class SignInLoad {
  private final Path folder;
  private final Child child;
  private final Place place;
  private final Optional<URI> page;
  private final Optional<CounterfoilServer> recording;
  private final Duration length;
  private final SignInCommand.Tables tables;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** Which server it is, and how many people and clients it has. */
  record Place(String server, int people, int clients) {}

  /**
   * Of a server that runs.
   *
   * @param page the sign-in page, where it has one at a fixed place
   * @param recording where each token has to be on record
   */
  SignInLoad(
      Path folder,
      Child child,
      Place place,
      Optional<URI> page,
      Optional<CounterfoilServer> recording,
      Duration length,
      SignInCommand.Tables tables) {
    this.folder = folder;
    this.child = child;
    this.place = place;
    this.page = page;
    this.recording = recording;
    this.length = length;
    this.tables = tables;
  }

  /**
   * Warms up, and measures.
   *
   * @return µs of the processors for one, of all processes of the server
   */
  double run(
      String what, URI target, String script, List<String> arguments, int width, int tokensForOne)
      throws Exception {
    Wrk.run(
        Files.createTempDirectory(folder, "warm-up"),
        target,
        width,
        length,
        script,
        arguments,
        () -> {});
    return once(what, target, script, arguments, width, tokensForOne);
  }

  /** The same without a warm-up. */
  double once(
      String what, URI target, String script, List<String> arguments, int width, int tokensForOne)
      throws Exception {
    Measurement.told(place.server + ": " + what);
    Histogram firstBytes = new Histogram(3);
    long recorded = recording.isPresent() ? recording.get().recorded() : 0;
    Map<String, Double> before = Resident.processorSeconds(child.all());
    Wrk.Figures figures =
        Wrk.run(
            Files.createTempDirectory(folder, "load"),
            target,
            width,
            length,
            script,
            arguments,
            () -> {
              if (page.isPresent()) {
                firstBytes.recordValue(firstByteMicros(page.get()));
              }
            });
    Map<String, Double> micros =
        Resident.microsForOne(
            before, Resident.processorSeconds(child.all()), Math.max(1, figures.requests()));
    // What needs an audit event is refused while those before it are not taken: that counts for
    // nothing, and is said.
    boolean mayWait = script.equals("basic.lua");
    long answered = figures.requests() - (mayWait ? figures.refused() : 0);
    if (figures.errors() - (mayWait ? figures.refused() : 0) > 0 || answered == 0) {
      throw new IllegalStateException(
          what + ": answers that are none make this run void: " + figures);
    }
    if (answered < figures.requests()) {
      tables
          .report()
          .note(
              "%s: %,d more were refused (503), since the audit log took no more events",
              what, figures.requests() - answered);
    }
    Object grew =
        tokensForOne > 0 && recording.isPresent()
            ? recording.get().requireRecorded(recorded, tokensForOne * figures.requests())
            : "none";
    row(
        what,
        answered * 1e6 / figures.durationMicros(),
        figures.p50Micros(),
        figures.p99Micros(),
        grew,
        micros,
        figures.generatorMicros());
    if (page.isPresent()) {
      tables
          .page()
          .row(
              place.server,
              place.people,
              what,
              firstBytes.getValueAtPercentile(50) / 1000.0,
              firstBytes.getValueAtPercentile(99) / 1000.0,
              firstBytes.getTotalCount());
    }
    return micros.values().stream().mapToDouble(one -> one).sum();
  }

  /** Adds a row. */
  void row(
      String what,
      double rate,
      long p50Micros,
      long p99Micros,
      Object recorded,
      Map<String, Double> micros,
      double generatorMicros) {
    tables
        .report()
        .note(
            "%s, %,d people, %s, µs of processor for one: %s, load generator %.1f",
            place.server,
            place.people,
            what,
            micros.entrySet().stream()
                .map(one -> String.format(Locale.ROOT, "%s %.1f", one.getKey(), one.getValue()))
                .collect(Collectors.joining(", ")),
            generatorMicros);
    tables
        .rows()
        .row(
            place.server,
            place.people,
            place.clients,
            what,
            rate,
            p50Micros / 1000.0,
            p99Micros / 1000.0,
            recorded,
            micros.values().stream().mapToDouble(one -> one).sum());
  }

  /** Of the sign-in page, for a browser that is not known. */
  private long firstByteMicros(URI signIn) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    HttpResponse<InputStream> answer =
        http.send(
            HttpRequest.newBuilder(signIn).build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      int first = body.read();
      long micros = (System.nanoTime() - begun) / 1000;
      body.transferTo(OutputStream.nullOutputStream());
      if (answer.statusCode() != 200 || first < 0) {
        throw new IllegalStateException("No sign-in page, but " + answer.statusCode());
      }
      return micros;
    }
  }

  /** A file that wrk's scripts read; its path. */
  String secret(String name, String content) throws IOException {
    Path file = folder.resolve(name + ".txt");
    Files.deleteIfExists(file);
    Files.writeString(RunFolder.secret(file), content);
    return file.toString();
  }
}
