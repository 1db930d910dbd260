package dev.counterfoil.benchmarks.audit;

import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.RunFolder;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.run.Wrk;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
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
  private static final int FRESH_ASKED = 20;
  private static final int WARM_UP_CONNECTIONS = 8;

  /** A reader may ask 20 times a second, and a hundred times at once. */
  private static final Duration PACE = Duration.ofMillis(100);

  private static final Duration FOUND_MAX = Duration.ofSeconds(30);

  /** Numbers of a load that was cut off may have holes: the next one begins beyond. */
  private static final long NUMBERS = 100_000_000;

  private final Path folder;
  private final CounterfoilServer server;
  private final Path tokens;
  private final Path events;
  private final String source;
  private final String reader;
  private long first;

  /** Registers sources and a reader, and makes what is sent. */
  AuditIntake(Path folder, CounterfoilServer server) throws IOException, InterruptedException {
    this.folder = folder;
    this.server = server;
    List<String> all = new ArrayList<>();
    for (int i = 0; i < SOURCES; i++) {
      all.add(client("mail" + i, "counterfoil", "counterfoil:audit-report"));
    }
    source = all.getFirst();
    tokens = Files.write(RunFolder.secret(folder.resolve("sources.txt")), all);
    reader = client("analyst", CounterfoilServer.TENANT, "counterfoil:audit");
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
    return server.run(folder, "token", "--client", name).lines().toList().getLast();
  }

  /** The same event, of the reader's tenant. */
  static String ofTenant(String event) {
    return event.replaceFirst(
        "\"tenant_uid\":\"[^\"]*\"", "\"tenant_uid\":\"" + CounterfoilServer.TENANT + "\"");
  }

  /** Warms up for half of the time, then measures. */
  void load(String what, int batch, int connections, int seconds, RunReport.Table table)
      throws IOException, InterruptedException, FormatException {
    run(batch, Math.min(connections, WARM_UP_CONNECTIONS), Math.max(1, seconds / 2));
    double used = server.processorSeconds("monitor");
    long sizeBefore = size();
    Wrk.Figures figures = run(batch, connections, seconds);
    long grown = size() - sizeBefore;
    if (figures.refused() > 0 || grown < figures.requests() * batch) {
      throw new IllegalStateException(
          "%d requests with %d events each, %d of them refused, and the log grew by %d: void"
              .formatted(figures.requests(), batch, figures.refused(), grown));
    }
    long size = size();
    await(() -> json(get("/audit/v1/events?limit=1&class=1")).number("indexed") >= size);
    table.row(
        what,
        connections,
        figures.rate() * batch,
        figures.p50Micros() / 1000.0,
        figures.p99Micros() / 1000.0,
        (server.processorSeconds("monitor") - used) * 1e6 / grown,
        figures.generatorMicros() / batch);
  }

  private Wrk.Figures run(int batch, int connections, int seconds)
      throws IOException, InterruptedException {
    Wrk.Figures figures =
        Wrk.run(
            folder,
            server.monitor().resolve("/audit/v1/events"),
            connections,
            Duration.ofSeconds(seconds),
            "audit.lua",
            List.of(
                tokens.toString(),
                events.toString(),
                Integer.toString(batch),
                Long.toString(first)),
            () -> {});
    first += NUMBERS;
    return figures;
  }

  private long size() throws IOException, InterruptedException, FormatException {
    return json(get("/audit/v1/log")).number("size");
  }

  /** Something that comes to be. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException, InterruptedException, FormatException;
  }

  private static void await(Condition condition)
      throws IOException, InterruptedException, FormatException {
    long begun = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - begun > FOUND_MAX.toNanos()) {
        throw new IllegalStateException("the index did not follow");
      }
      Thread.sleep(20);
    }
  }

  /** Nanoseconds from the answer to a source until a search finds the event. */
  long[] freshness() throws IOException, InterruptedException, FormatException {
    String line = ofTenant(Files.readAllLines(events).getFirst());
    long[] nanos = new long[FRESH_ASKED];
    for (int i = 0; i < FRESH_ASKED; i++) {
      String id = "fresh-" + i;
      String event =
          line.replaceFirst("\"uid\":\"s1g1[^\"]*\"", "\"uid\":\"" + id + "\"")
              .replace("\"sequence\":0", "\"sequence\":" + (first + i));
      HttpResponse<String> answer =
          Http.send(
              request("/audit/v1/events", source)
                  .header("Content-Type", "application/x-ndjson")
                  .POST(HttpRequest.BodyPublishers.ofString(event)));
      if (!answer.body().contains("\"recorded\":1")) {
        throw new IllegalStateException("an event was not taken: " + answer.body());
      }
      long taken = System.nanoTime();
      await(() -> isFound(id));
      nanos[i] = System.nanoTime() - taken;
      Thread.sleep(PACE);
    }
    first += NUMBERS;
    return nanos;
  }

  /** Nanoseconds of look-ups of a token, over HTTP, each an event itself. */
  long[] lookups() throws IOException, InterruptedException, FormatException {
    long[] nanos = new long[ASKED];
    for (int i = 0; i < ASKED; i++) {
      Thread.sleep(PACE);
      long begun = System.nanoTime();
      if (!isFound("fresh-" + i % FRESH_ASKED)) {
        throw new IllegalStateException("a token was not found");
      }
      nanos[i] = System.nanoTime() - begun;
    }
    return nanos;
  }

  private boolean isFound(String token) throws IOException, InterruptedException, FormatException {
    return !json(get("/audit/v1/events?token=" + token)).objects("events").isEmpty();
  }

  private HttpRequest.Builder request(String path, String token) throws IOException {
    return HttpRequest.newBuilder(server.monitor().resolve(path))
        .header("Authorization", "Bearer " + token);
  }

  private String get(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = Http.send(request(path, reader));
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
    }
    return answer.body();
  }

  private static JsonObject json(String text) throws FormatException {
    return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 24);
  }
}
