package dev.counterfoil.benchmarks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The audit log over HTTP, in an installation that was started as a user starts it. */
final class AuditIntake {
  private static final int SOURCES = 4;
  private static final int EVENTS = 4000;
  private static final int ASKED = 200;

  /** A reader may ask 20 times a second, and a hundred times at once. */
  private static final Duration PACE = Duration.ofMillis(100);

  private static final int FRESH_ASKED = 20;
  private static final Duration FOUND_MAX = Duration.ofSeconds(30);
  private static final int WARM_UP_CONNECTIONS = 8;
  private static final Duration LAST_LOOKS = Duration.ofMillis(500);

  private final Path root;
  private final Path folder;
  private final CounterfoilServer server;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Path tokens = Path.of("");
  private Path events = Path.of("");
  private String source = "";
  private String reader = "";
  private long first;

  /**
   * One load.
   *
   * @param batch events of a request
   * @param monitorMicros processor time of the monitor for an event, index and files included
   * @param generatorMicros processor time of the load generator for an event
   */
  record Row(
      int batch,
      int connections,
      double eventsPerSecond,
      double p50Millis,
      double p99Millis,
      double monitorMicros,
      double generatorMicros) {}

  AuditIntake(Path root, Path folder, CounterfoilServer server) {
    this.root = root;
    this.folder = folder;
    this.server = server;
  }

  void prepare() throws IOException, InterruptedException {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < SOURCES; i++) {
      all.add(client("mail" + i, "counterfoil", "counterfoil:audit-report"));
    }
    source = all.getFirst();
    tokens = Files.write(PrivateFile.create(folder.resolve("sources.txt")), all);
    reader = client("analyst", "acme", "counterfoil:audit");
    MailAccess access = new MailAccess(7, System.currentTimeMillis() - 60_000, 0.01);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      lines.add(access.next().toString().replaceFirst("\"sequence\":\\d+", "\"sequence\":0"));
    }
    events = Files.write(folder.resolve("events.ndjson"), lines);
  }

  private String client(String name, String tenant, String scope)
      throws IOException, InterruptedException {
    server.run(
        root,
        folder,
        "client",
        "add",
        name,
        "--tenant",
        tenant,
        "--audience",
        "counterfoil-monitor",
        "--scope",
        scope);
    // What it says to people goes before.
    return server.run(root, folder, "token", "--client", name).lines().toList().getLast();
  }

  /** Average length of an event as it is sent. */
  double eventBytes() throws IOException {
    return (double) Files.size(events) / EVENTS;
  }

  /** Warms up for half of the time, then measures. */
  Row load(int batch, int connections, Duration length)
      throws IOException, InterruptedException, FormatException {
    run(batch, Math.min(connections, WARM_UP_CONNECTIONS), length.dividedBy(2));
    Duration before = server.monitorTime();
    long sizeBefore = size();
    Sent sent = run(batch, connections, length);
    Figures figures = sent.figures();
    long grown = size() - sizeBefore;
    if (figures.refused() > 0 || grown < figures.requests() * batch) {
      throw new IllegalStateException(
          "%d requests with %d events each, %d of them refused, and the log grew by %d: void"
              .formatted(figures.requests(), batch, figures.refused(), grown));
    }
    waitUntilIndexed();
    double micros = server.monitorTime().minus(before).toNanos() / 1000.0 / grown;
    return new Row(
        batch,
        connections,
        LoadOutcome.round(figures.rate() * batch, 0),
        LoadOutcome.round(figures.p50Micros() / 1000.0, 2),
        LoadOutcome.round(figures.p99Micros() / 1000.0, 2),
        LoadOutcome.round(micros, 1),
        LoadOutcome.round(sent.generator().toNanos() / 1000.0 / (figures.requests() * batch), 1));
  }

  /**
   * What the load generator says.
   *
   * @param generator processor time that it took itself
   */
  private record Sent(Figures figures, Duration generator) {}

  private Sent run(int batch, int connections, Duration length)
      throws IOException, InterruptedException {
    try (Wrk wrk =
        Wrk.start(
            folder,
            server.monitor().resolve("/audit/v1/events"),
            connections,
            length,
            root.resolve("benchmarks/load/audit.lua"),
            List.of(
                tokens.toString(),
                events.toString(),
                Integer.toString(batch),
                Long.toString(first)))) {
      Duration generator = Duration.ZERO;
      // To look takes of the same processors: only towards the end.
      Thread.sleep(length.minus(LAST_LOOKS));
      while (wrk.isRunning()) {
        Duration now = wrk.processorTime();
        generator = now.compareTo(generator) > 0 ? now : generator;
        Thread.sleep(50);
      }
      Figures figures = wrk.figures();
      // The numbers of a run that was cut off may have holes: the next one begins beyond.
      first += 100_000_000;
      return new Sent(figures, generator);
    }
  }

  private long size() throws IOException, InterruptedException, FormatException {
    return json(get("/audit/v1/log")).number("size");
  }

  private void waitUntilIndexed() throws IOException, InterruptedException, FormatException {
    long size = size();
    long begun = System.nanoTime();
    while (json(get("/audit/v1/events?limit=1&class=1")).number("indexed") < size) {
      if (System.nanoTime() - begun > FOUND_MAX.toNanos()) {
        throw new IllegalStateException("the index did not follow");
      }
      Thread.sleep(50);
    }
  }

  /** Milliseconds from the answer to a source until a search finds the event. */
  long[] freshness() throws IOException, InterruptedException, FormatException {
    long[] nanos = new long[FRESH_ASKED];
    for (int i = 0; i < FRESH_ASKED; i++) {
      String id = "fresh-" + i;
      String event =
          Files.readAllLines(events)
              .getFirst()
              .replaceFirst("\"tenant_uid\":\"[^\"]*\"", "\"tenant_uid\":\"acme\"")
              .replaceFirst("\"uid\":\"s1g1[^\"]*\"", "\"uid\":\"" + id + "\"")
              .replace("\"sequence\":0", "\"sequence\":" + (first + i));
      HttpResponse<String> answer =
          http.send(
              request("/audit/v1/events", source)
                  .header("Content-Type", "application/x-ndjson")
                  .POST(HttpRequest.BodyPublishers.ofString(event))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (!answer.body().contains("\"recorded\":1")) {
        throw new IllegalStateException("an event was not taken: " + answer.body());
      }
      long taken = System.nanoTime();
      while (json(get("/audit/v1/events?token=" + id)).objects("events").isEmpty()) {
        if (System.nanoTime() - taken > FOUND_MAX.toNanos()) {
          throw new IllegalStateException("an event was not found");
        }
        Thread.sleep(20);
      }
      nanos[i] = System.nanoTime() - taken;
      Thread.sleep(PACE);
    }
    first += 100_000_000;
    return nanos;
  }

  /** Nanoseconds of look-ups of a token, over HTTP, each an event itself. */
  long[] lookups() throws IOException, InterruptedException, FormatException {
    long[] nanos = new long[ASKED];
    for (int i = 0; i < ASKED; i++) {
      Thread.sleep(PACE);
      long begun = System.nanoTime();
      String id = URLEncoder.encode("fresh-" + i % FRESH_ASKED, StandardCharsets.UTF_8);
      if (json(get("/audit/v1/events?token=" + id)).objects("events").size() != 1) {
        throw new IllegalStateException("a token was not found");
      }
      nanos[i] = System.nanoTime() - begun;
    }
    return nanos;
  }

  private HttpRequest.Builder request(String path, String token) throws IOException {
    URI target = server.monitor().resolve(path);
    Http.requireLoopback(target);
    return HttpRequest.newBuilder(target).header("Authorization", "Bearer " + token);
  }

  private String get(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(request(path, reader).build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
    }
    return answer.body();
  }

  private static JsonObject json(String text) throws FormatException {
    return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 24);
  }
}
