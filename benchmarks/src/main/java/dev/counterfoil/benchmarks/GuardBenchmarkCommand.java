package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures what a proxy pays for asking the guard about each request. */
@Command(
    name = "guard",
    mixinStandardHelpOptions = true,
    description = {
      "Loads Debian's nginx, which answers by itself; the same nginx asking counterfoil guard about each request, as in",
      "docs/integrate/guard.md; and the guard alone. Every request has a good token: one and the same, or a thousand in turn."
    })
final class GuardBenchmarkCommand implements Callable<Integer> {
  private static final int SECONDS_MAX = 60;
  private static final int ALL = 1000;
  private static final Duration START_MAX = Duration.ofMinutes(1);

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Length of each load, after half of it to warm up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--connections",
      defaultValue = "32",
      description = "Connections of the load (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  /**
   * One load.
   *
   * @param what was loaded
   * @param guardMicros processor time of the guard for a request
   */
  record Row(
      String what,
      double requestsPerSecond,
      double p50Millis,
      double p99Millis,
      double guardMicros) {}

  /** What was found. */
  record Report(Machine machine, int connections, int seconds, List<Row> rows) {
    String text() {
      StringBuilder text = new StringBuilder();
      text.append(
          "| asked | requests/s | p50, ms | p99, ms | µs of the guard for a request |%n|---|--:|--:|--:|--:|%n"
              .formatted());
      for (Row row : rows) {
        text.append(
            String.format(
                Locale.ROOT,
                "| %s | %,.0f | %.2f | %.2f | %.0f |%n",
                row.what(),
                row.requestsPerSecond(),
                row.p50Millis(),
                row.p99Millis(),
                row.guardMicros()));
      }
      text.append(
          "%n- %d connections, %d s each; nginx has one worker, and all of it runs on the same processors.%n"
              .formatted(connections, seconds));
      return text.append(machine.line()).toString();
    }
  }

  @Override
  public Integer call() throws Exception {
    if (seconds < 2 || seconds > SECONDS_MAX || connections < 1) {
      throw new IllegalArgumentException("seconds: want 2 to " + SECONDS_MAX);
    }
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      try (CounterfoilServer server = CounterfoilServer.start(place.root(), folder.path())) {
        Path tokens = MicroCommand.tokens(server, folder.path());
        int guarded = Ports.free();
        int proxied = Ports.free();
        try (Child guard = guard(folder.path(), server, guarded);
            Child nginx = nginx(folder.path(), guarded, proxied)) {
          URI alone = URI.create("http://127.0.0.1:" + guarded + "/services/mail");
          URI proxy = URI.create("http://127.0.0.1:" + proxied);
          Http.awaitOk(
              URI.create("http://127.0.0.1:" + guarded + "/health/ready"),
              guard,
              System.nanoTime(),
              START_MAX);
          Http.awaitOk(proxy.resolve("/plain"), nginx, System.nanoTime(), START_MAX);
          requireRefusal(proxy.resolve("/inbox"));
          List<Row> rows = new ArrayList<>();
          rows.add(
              load(
                  folder.path(),
                  "nginx, asking nobody",
                  proxy.resolve("/plain"),
                  tokens,
                  ALL,
                  guard));
          rows.add(
              load(
                  folder.path(),
                  "nginx and guard, one token",
                  proxy.resolve("/inbox"),
                  tokens,
                  1,
                  guard));
          rows.add(
              load(
                  folder.path(),
                  "nginx and guard, a thousand tokens",
                  proxy.resolve("/inbox"),
                  tokens,
                  ALL,
                  guard));
          rows.add(
              load(folder.path(), "guard alone, a thousand tokens", alone, tokens, ALL, guard));
          Report report = new Report(machine, connections, seconds, rows);
          publication.report(place.root(), "guard", report.text(), report);
        }
      }
    }
    return 0;
  }

  private static void requireRefusal(URI inbox) throws IOException, InterruptedException {
    int status = Http.get(inbox).statusCode();
    if (status != 401) {
      throw new IllegalStateException(
          "a request without a token was answered with " + status + ": nothing is measured");
    }
  }

  private Child guard(Path folder, CounterfoilServer server, int port) throws IOException {
    Path configuration =
        Files.writeString(
            folder.resolve("guard.yaml"),
            """
            listen: 127.0.0.1:%d
            policy: %s
            services:
              - name: mail
                audience: %s
                any-tenant: true
                binding: bearer-allowed
            """
                .formatted(port, server.policy(), CounterfoilServer.AUDIENCE));
    return Child.start(
        "counterfoil guard",
        folder,
        folder.resolve("guard.log"),
        Map.of("JAVA_HOME", System.getProperty("java.home")),
        List.of(
            place.root().resolve("dist/counterfoil/bin/counterfoil").toString(),
            "guard",
            "--config",
            configuration.toString()));
  }

  private static Child nginx(Path folder, int guard, int port) throws IOException {
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        daemon off;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 4096; }
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          upstream guard { server 127.0.0.1:%1$d; keepalive 64; }
          server {
            listen 127.0.0.1:%2$d;
            keepalive_requests 1000000000;
            location /plain { return 200 "mail"; }
            location /inbox {
              auth_request /counterfoil-guard;
              try_files /nothing @mail;
            }
            location @mail { return 200 "mail"; }
            location = /counterfoil-guard {
              internal;
              proxy_pass http://guard/services/mail;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_pass_request_body off;
              proxy_set_header Content-Length "";
              proxy_set_header X-Forwarded-Method $request_method;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_set_header X-Forwarded-Host $http_host;
              proxy_set_header X-Forwarded-Uri $request_uri;
              proxy_set_header X-Forwarded-For $remote_addr;
            }
          }
        }
        """
            .formatted(guard, port));
    return Child.start(
        "nginx",
        folder,
        folder.resolve("nginx.log"),
        Map.of(),
        List.of(
            "/usr/sbin/nginx",
            "-p",
            folder + "/",
            "-e",
            folder.resolve("nginx-error.log").toString(),
            "-c",
            folder.resolve("nginx.conf").toString()));
  }

  private Row load(Path folder, String what, URI target, Path tokens, int many, Child guard)
      throws IOException, InterruptedException {
    run(folder, target, tokens, many, Duration.ofSeconds(Math.max(1, seconds / 2)));
    Duration before = processorTime(guard);
    Figures figures = run(folder, target, tokens, many, Duration.ofSeconds(seconds));
    Duration used = processorTime(guard).minus(before);
    if (figures.errors() > 0) {
      throw new IllegalStateException(what + ": " + figures.errors() + " requests were not let in");
    }
    return new Row(
        what,
        figures.rate(),
        figures.p50Micros() / 1000.0,
        figures.p99Micros() / 1000.0,
        used.toNanos() / 1000.0 / figures.requests());
  }

  private static Duration processorTime(Child child) {
    return child.all().stream()
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  private Figures run(Path folder, URI target, Path tokens, int many, Duration length)
      throws IOException, InterruptedException {
    try (Wrk wrk =
        Wrk.start(
            folder,
            target,
            connections,
            length,
            place.benchmarks().resolve("load/bearer.lua"),
            List.of(tokens.toString(), Integer.toString(many)))) {
      return wrk.figures();
    }
  }
}
