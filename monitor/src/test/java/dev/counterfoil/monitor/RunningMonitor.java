package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.custodian.TestClientKey;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The whole monitor over real sockets, beside an issuer on a port of its own. */
public abstract class RunningMonitor {
  public static final String AUDIENCE = "counterfoil-monitor";

  private static final String TOKEN =
      "{\"access_token\":\"custodian\",\"token_type\":\"Bearer\",\"expires_in\":600}";

  @TempDir public Path folder;
  public final HttpClient http = HttpClient.newHttpClient();
  public final List<Throwable> failures = new CopyOnWriteArrayList<>();
  final List<String> requestsForTokens = new CopyOnWriteArrayList<>();
  public volatile boolean withholding;

  /** Whether its client may not have what it asks for. */
  volatile boolean refusingTokens;

  HttpServer server;
  public RecordedIssuer issuer;
  public Monitor monitor;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    issuer = new RecordedIssuer("acme", url, InstantSource.system());
    issuer.withContexts = true;
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
    Files.writeString(folder.resolve("policy.txt"), issuer.issuer.policy().text());
    TestClientKey.write(folder.resolve("client.jwk"));
    monitor = startMonitor();
  }

  public Monitor startMonitor() throws Exception {
    return startMonitor("");
  }

  public Monitor startMonitor(String more) throws Exception {
    return startMonitor(more, "");
  }

  public Monitor startMonitor(String more, String moreDomains) throws Exception {
    String yaml =
        more
            + """
        listen: 127.0.0.1:0
        data: data
        admin-socket: admin.sock
        poll-interval: 20ms
        settle: 200ms
        domains:
          - name: acme
            policy: policy.txt
            client-key: client.jwk
        """
            + moreDomains;
    return Monitor.start(
        Configuration.parse(folder.resolve("monitor.yaml"), yaml, MonitorConfiguration.class),
        InstantSource.system(),
        new SecureRandom(),
        failures::add);
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
    server.stop(0);
    // Whatever still waits for an answer of a server that is gone is given up.
    http.shutdownNow();
    http.close();
    assertThat(failures).isEmpty();
  }

  public void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] body;
    int status = 200;
    try {
      if (path.equals("/token")) {
        requestsForTokens.add(
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII));
        status = refusingTokens ? 400 : 200;
        body =
            (refusingTokens
                    ? "{\"error\":\"invalid_target\",\"error_description\":\"ask its operator\"}"
                    : TOKEN)
                .getBytes(StandardCharsets.US_ASCII);
      } else if (path.endsWith("/released")) {
        // Its signer is there, and handed out nothing that stands in no checkpoint.
        body =
            "{\"connected\":true,\"since_ms\":0,\"complete_since_ms\":0,\"released\":false}"
                .getBytes(StandardCharsets.US_ASCII);
      } else if (path.endsWith("/counterfoils") && withholding) {
        exchange.sendResponseHeaders(503, -1);
        return;
      } else if (path.endsWith("/counterfoils")) {
        counterfoils(exchange);
        return;
      } else {
        body = issuer.issuer.get(URI.create(issuer.issuer.issuer() + path), 1 << 20);
      }
    } catch (IOException e) {
      status = 404;
      body = new byte[0];
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  static boolean isCustodian(HttpExchange exchange) {
    return "Bearer custodian".equals(exchange.getRequestHeaders().getFirst("Authorization"));
  }

  void counterfoils(HttpExchange exchange) throws IOException {
    if (!isCustodian(exchange)) {
      exchange.sendResponseHeaders(401, -1);
      return;
    }
    String log = exchange.getRequestURI().getPath().split("/", -1)[2];
    long from = Long.parseLong(exchange.getRequestURI().getQuery().split("=", -1)[1]);
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      issuer.stream(log, from, out);
    } catch (IOException e) {
      // The custodian has closed its stream.
      exchange.close();
    }
  }

  public String token(String scope) {
    return token(scope, "acme");
  }

  public String token(String scope, String tenant) {
    return token(issuer, scope, tenant);
  }

  public static String token(RecordedIssuer by, String scope, String tenant) {
    return by.issue(
        by.draft()
            .claim("aud", AUDIENCE)
            .claim("scope", scope)
            .claim("sub", "reporter")
            .claim("tenant", tenant));
  }

  /** Configuration of one custodian of the audit log, who reads as a client of a domain. */
  public static String custodian(CosignerKey key, String domain, String client) {
    return """
    audit-custodians:
      - key: %s
        domain: %s
        client-id: %s
    """
        .formatted(key, domain, client);
  }

  public String operator() {
    return token("counterfoil:findings", KeyCeiling.OWN_TENANT);
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitor.port() + path));
  }

  public HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  public HttpResponse<String> report(String token, String body) throws Exception {
    return send(
        request("/sightings")
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  public static String batch(long sequence, Sighting... sightings) {
    return JsonObject.builder()
        .put("v", 1)
        .put("reporter", "mail")
        .put("sequence", sequence)
        .put("lost", 0)
        .put("sightings", Arrays.stream(sightings).map(Sighting::toJson).toList())
        .build()
        .toString();
  }

  public static JsonObject json(HttpResponse<String> response) throws Exception {
    return StrictJson.object(response.body().getBytes(StandardCharsets.UTF_8), 1 << 20);
  }
}
