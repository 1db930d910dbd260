package dev.counterfoil.benchmarks.installation;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Http;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.run.Wrk;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.drills.run.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what a proxy pays for asking the guard about each request. */
@Command(
    name = "guard",
    description = {
      "Loads Debian's nginx, which answers by itself; the same nginx asking counterfoil guard about each request, as in",
      "docs/integrate/guard.md; and the guard alone. Every request has a good token: one and the same, or a thousand in turn."
    })
public final class GuardBenchmarkCommand extends Measurement {
  private static final int ALL = 1000;
  private static final int CONNECTIONS = 32;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Length of each load, after half of it to warm up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(seconds >= 2, "want 2 seconds at least");
    RunReport.Table table =
        report.table("asked", "requests/s", "p50, ms", "p99, ms", "µs of the guard for a request");
    try (CounterfoilServer server = CounterfoilServer.start(folder)) {
      Path tokens = server.tokens(folder, ALL);
      List<Integer> ports = FreePorts.find(2);
      URI alone = URI.create("http://127.0.0.1:" + ports.get(0) + "/services/mail");
      URI proxy = URI.create("http://127.0.0.1:" + ports.get(1));
      try (Child guard = guard(folder, server, ports.get(0));
          Child nginx = nginx(folder, ports.get(0), ports.get(1))) {
        Http.awaitOk(alone.resolve("/health/ready"), guard, System.nanoTime());
        Http.awaitOk(proxy.resolve("/plain"), nginx, System.nanoTime());
        requireRefusal(proxy.resolve("/inbox"));
        Load load = new Load(folder, tokens, guard, table);
        load.row("nginx, asking nobody", proxy.resolve("/plain"), ALL);
        load.row("nginx and guard, one token", proxy.resolve("/inbox"), 1);
        load.row("nginx and guard, a thousand tokens", proxy.resolve("/inbox"), ALL);
        load.row("guard alone, a thousand tokens", alone, ALL);
      }
    }
    report.note(
        "%d connections, %d s each; nginx has one worker, and all of it runs on the same processors",
        CONNECTIONS, seconds);
  }

  private static void requireRefusal(URI inbox) throws IOException, InterruptedException {
    int status = Http.get(inbox).statusCode();
    if (status != 401) {
      throw new IllegalStateException(
          "a request without a token was answered with " + status + ": nothing is measured");
    }
  }

  private static Child guard(Path folder, CounterfoilServer server, int port) throws IOException {
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
    return Child.counterfoil(folder, Map.of(), "guard", "--config", configuration.toString());
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

  /** Puts loads on what runs. */
  private final class Load {
    private final Path folder;
    private final Path tokens;
    private final Child guard;
    private final RunReport.Table table;

    Load(Path folder, Path tokens, Child guard, RunReport.Table table) {
      this.folder = folder;
      this.tokens = tokens;
      this.guard = guard;
      this.table = table;
    }

    /** Warms up, then measures; so many of the tokens are shown in turn. */
    void row(String what, URI target, int many) throws IOException, InterruptedException {
      run(target, many, Math.max(1, seconds / 2));
      Duration before = guard.processorTime();
      Wrk.Figures figures = run(target, many, seconds);
      Duration used = guard.processorTime().minus(before);
      if (figures.errors() > 0) {
        throw new IllegalStateException(
            what + ": " + figures.errors() + " requests were not let in");
      }
      table.row(
          what,
          figures.rate(),
          figures.p50Micros() / 1000.0,
          figures.p99Micros() / 1000.0,
          used.toNanos() / 1000.0 / figures.requests());
    }

    private Wrk.Figures run(URI target, int many, int length)
        throws IOException, InterruptedException {
      return Wrk.run(
          folder,
          target,
          CONNECTIONS,
          Duration.ofSeconds(length),
          "bearer.lua",
          List.of(tokens.toString(), Integer.toString(many)),
          () -> {});
    }
  }
}
