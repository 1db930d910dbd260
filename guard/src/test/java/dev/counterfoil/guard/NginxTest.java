package dev.counterfoil.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.StapledProof;
import dev.counterfoil.verifier.Stapling;
import dev.counterfoil.verifier.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A service behind the nginx of Debian, configured with the lines of {@code
 * docs/integrate/guard.md}: what passes, what does not, and what the service is told.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NginxTest {
  private static final Path PAGE =
      Path.of(System.getProperty("counterfoil.root"), "docs/integrate/guard.md");

  @SuppressWarnings("NullAway.Init") // injected
  private static @TempDir Path folder;

  private final int port = freePort();
  private TestGuard trial;
  private HttpServer service;
  private Process nginx;
  private HttpClient plain;
  private HttpClient certified;
  private String thumbprint;

  @SuppressWarnings("NullAway.Init") // made in start
  NginxTest() throws IOException {}

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @BeforeAll
  void start() throws Exception {
    trial =
        new TestGuard(
            folder,
            List.of(),
            List.of(),
            List.of(TestGuard.service("mail", Expectations.Binding.BEARER_ALLOWED)),
            Optional.empty(),
            Duration.ofSeconds(30),
            Stapling.ACCEPTED,
            null);
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/",
        exchange -> {
          String seen =
              exchange.getRequestHeaders().entrySet().stream()
                  .map(header -> header.getKey() + "=" + header.getValue())
                  .collect(Collectors.joining("\n"));
          byte[] body = seen.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    service.start();
    KeyStore server =
        TestCertificates.keyPair(folder, "localhost", "san=dns:localhost,ip:127.0.0.1");
    KeyStore client = TestCertificates.keyPair(folder, "client", "bc=ca:false");
    thumbprint = Hash.sha256(client.getCertificate("k").getEncoded()).base64Url();
    pem(
        "server.key",
        "PRIVATE KEY",
        server
            .getKey(TestCertificates.ALIAS, TestCertificates.PASSWORD.toCharArray())
            .getEncoded());
    pem("server.crt", "CERTIFICATE", server.getCertificate("k").getEncoded());
    Files.writeString(folder.resolve("nginx.conf"), configuration());
    Files.createDirectories(folder.resolve("logs"));
    nginx =
        new ProcessBuilder(
                "/usr/sbin/nginx",
                "-p",
                folder + "/",
                "-e",
                folder.resolve("logs/error.log").toString(),
                "-c",
                "nginx.conf")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("logs/out.log").toFile())
            .start();
    plain = HttpClient.newBuilder().sslContext(TestCertificates.context(null, server)).build();
    certified =
        HttpClient.newBuilder().sslContext(TestCertificates.context(client, server)).build();
    awaitListening();
  }

  private void awaitListening() throws Exception {
    for (int tries = 0; tries < 200; tries++) {
      try {
        get(plain, "/inbox");
        return;
      } catch (IOException e) {
        assertThat(nginx.isAlive())
            .as(() -> "nginx ended: " + text("logs/error.log") + text("logs/out.log"))
            .isTrue();
        Thread.sleep(50);
      }
    }
    throw new AssertionError("nginx does not answer: " + text("logs/error.log"));
  }

  private static String text(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The lines of the page, with this test's ports. */
  private String configuration() throws IOException {
    String page = Files.readString(PAGE);
    int start = page.indexOf("```nginx\n") + "```nginx\n".length();
    String locations = page.substring(start, page.indexOf("```", start));
    assertThat(locations).contains("127.0.0.1:8495");
    return """
        daemon off;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          upstream mail { server 127.0.0.1:%d; }
          server {
            listen 127.0.0.1:%d ssl;
            ssl_certificate server.crt;
            ssl_certificate_key server.key;
            ssl_verify_client optional_no_ca;
            %s
          }
        }
        """
        .formatted(
            service.getAddress().getPort(),
            port,
            locations.replace("127.0.0.1:8495", "127.0.0.1:" + trial.guard.port()));
  }

  private static void pem(String file, String kind, byte[] content) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Files.writeString(
        folder.resolve(file),
        "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
  }

  @AfterAll
  void stop() throws Exception {
    nginx.destroy();
    nginx.waitFor(10, TimeUnit.SECONDS);
    service.stop(0);
    trial.close();
  }

  private HttpResponse<String> get(HttpClient client, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + port + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> bearer(String token) throws Exception {
    return get(plain, "/inbox", "Authorization", "Bearer " + token);
  }

  private static String challenge(HttpResponse<String> response) {
    return response.headers().firstValue("WWW-Authenticate").orElse("");
  }

  private void assertRefused(HttpResponse<String> response, String code) throws Exception {
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(challenge(response)).contains("\"" + code + "\"");
    assertThat(response.body()).doesNotContain("Counterfoil");
    // The control, in the same place.
    assertThat(bearer(trial.issued()).statusCode()).isEqualTo(200);
  }

  @Test
  void aGoodTokenPassesAndTheServiceIsToldWhatItSays() throws Exception {
    HttpResponse<String> response =
        get(
            plain,
            "/inbox?folder=1",
            "Authorization",
            "Bearer " + trial.issued(),
            "Counterfoil-Subject",
            "root",
            "Counterfoil-Issuer",
            "https://evil.example",
            "Counterfoil-Tenant",
            "globex",
            "counterfoil-scope",
            "everything");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body().lines())
        .contains(
            "Counterfoil-subject=[alice]",
            "Counterfoil-issuer=[https://login.example/enterprise]",
            "Counterfoil-client=[mail-client]",
            "Counterfoil-tenant=[acme]",
            "Counterfoil-scope=[mail.read mail.send]")
        .noneMatch(line -> line.startsWith("Authorization"));
    assertThat(response.body()).doesNotContain("root", "globex", "everything");
  }

  @Test
  void withoutATokenTheClientIsAskedForOne() throws Exception {
    HttpResponse<String> response = get(plain, "/inbox", "Counterfoil-Subject", "root");
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(challenge(response)).isEqualTo("Bearer");
    // The guard's own location is not for clients.
    assertThat(get(plain, "/counterfoil-guard").statusCode()).isEqualTo(404);
  }

  @Test
  void aTokenMadeWithTheStolenKeyIsRefused() throws Exception {
    assertRefused(bearer(trial.forged()), "never-issued");
  }

  @Test
  void theProofThatTheClientSendsReachesTheGuard() throws Exception {
    String token = trial.issued();
    String proof = trial.stapled(trial.issuer.log("s1g1").size() - 1);
    String other = trial.issued();
    HttpResponse<String> mismatched =
        get(plain, "/inbox", "Authorization", "Bearer " + other, StapledProof.HEADER, proof);
    assertRefused(mismatched, "proof-mismatch");
    assertThat(
            get(plain, "/inbox", "Authorization", "Bearer " + token, StapledProof.HEADER, proof)
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void anExpiredTokenIsRefused() throws Exception {
    assertRefused(bearer(trial.expired()), "expired");
  }

  @Test
  void aTokenOfAnotherAudienceIsRefused() throws Exception {
    assertRefused(
        bearer(trial.issued(trial.issuer.draft(trial.key).claim("aud", "https://files.example"))),
        "audience");
  }

  @Test
  void aRevokedTokenIsRefusedAlsoWhenItPassedBefore() throws Exception {
    long position = trial.issuer.log("s1g1").size();
    String token = trial.issued();
    assertThat(bearer(token).statusCode()).isEqualTo(200);
    trial.issuer.revokeToken("s1g1", position);
    trial.issuer.publish();
    HttpResponse<String> response = bearer(token);
    for (int tries = 0; response.statusCode() == 200 && tries < 100; tries++) {
      Thread.sleep(100);
      response = bearer(token);
    }
    assertRefused(response, "token-revoked");
  }

  @Test
  void aTokenBoundToAKeyPassesWithItsProofOnly() throws Exception {
    String token = trial.bound("jkt", trial.client.kid());
    String uri = "https://localhost:" + port + "/inbox";
    assertRefused(bearer(token), "binding-missing");
    assertRefused(
        get(plain, "/inbox", "Authorization", "Bearer " + token, "DPoP", proof(token, "GET", uri)),
        "binding-missing");
    assertRefused(dpop(token, proof(token, "POST", uri)), "invalid_dpop_proof");
    assertRefused(dpop(token, proof(token, "GET", uri + "/other")), "invalid_dpop_proof");
    String proof = proof(token, "GET", uri);
    assertThat(dpop(token, proof).statusCode()).isEqualTo(200);
    assertRefused(dpop(token, proof), "invalid_dpop_proof");
  }

  private String proof(String token, String method, String uri) {
    return trial.proof(token, method, uri);
  }

  private HttpResponse<String> dpop(String token, String proof) throws Exception {
    return get(plain, "/inbox?all=1", "Authorization", "DPoP " + token, "DPoP", proof);
  }

  @Test
  void aTokenBoundToACertificatePassesWithItOnly() throws Exception {
    String token = trial.bound("x5t#S256", thumbprint);
    String another = trial.bound("x5t#S256", Hash.sha256(new byte[] {1}).base64Url());
    assertRefused(bearer(token), "binding-missing");
    // What the client calls its certificate counts for nothing.
    assertRefused(
        get(
            plain,
            "/inbox",
            "Authorization",
            "Bearer " + token,
            "X-Client-Certificate",
            text("server.crt").replace("\n", "%0A")),
        "binding-missing");
    assertRefused(
        get(certified, "/inbox", "Authorization", "Bearer " + another), "binding-invalid");
    assertThat(get(certified, "/inbox", "Authorization", "Bearer " + token).statusCode())
        .isEqualTo(200);
  }
}
