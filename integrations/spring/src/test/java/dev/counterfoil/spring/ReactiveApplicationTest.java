package dev.counterfoil.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.spring.sample.ReactiveSample;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import dev.counterfoil.verifier.dpop.DpopProof;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import reactor.core.Disposable;

/** A service on WebFlux over HTTP: the same tokens pass and are refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReactiveApplicationTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 client = new TestKeys.Es256();
  private List<String> properties;
  private ConfigurableApplicationContext application;
  private String inbox;
  private int proofs;

  @SuppressWarnings("NullAway.Init") // made in start
  ReactiveApplicationTest() {}

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    issuer.publish();
    Path policy = Files.writeString(folder.resolve("policy.txt"), issuer.policy().text());
    properties =
        List.of(
            "counterfoil.policy=file:" + policy,
            "counterfoil.audience=https://mail.example",
            "counterfoil.tenants=acme",
            "logging.level.root=error",
            "spring.main.banner-mode=off",
            "server.port=0",
            "server.address=127.0.0.1");
    application = sample(properties);
    inbox = inbox(application);
  }

  private ConfigurableApplicationContext sample(List<String> all) {
    return new SpringApplicationBuilder(ReactiveSample.class)
        .web(WebApplicationType.REACTIVE)
        .initializers(
            context ->
                ((GenericApplicationContext) context).registerBean(ReadSide.class, () -> issuer))
        .properties(all.toArray(String[]::new))
        .run();
  }

  private static String inbox(ConfigurableApplicationContext of) {
    return "http://localhost:" + of.getEnvironment().getProperty("local.server.port") + "/inbox";
  }

  @AfterAll
  void stop() {
    application.close();
  }

  private HttpResponse<String> get(String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(inbox));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> bearer(String token) throws Exception {
    return get("Authorization", "Bearer " + token);
  }

  private static String challenge(HttpResponse<String> response) {
    assertThat(response.statusCode()).isEqualTo(401);
    return response.headers().firstValue("WWW-Authenticate").orElse("");
  }

  @Test
  void anIssuedTokenPassesAndAForgedOneDoesNot() throws Exception {
    HttpResponse<String> good = bearer(issuer.issue(issuer.draft(key), key));
    assertThat(good.statusCode()).isEqualTo(200);
    assertThat(good.body()).isEqualTo("alice of acme");
    assertThat(challenge(get())).startsWith("Bearer");
    assertThat(
            challenge(bearer(issuer.draft(key).claim("sub", "mallory").at("s1g1", 0).signed(key))))
        .contains("never-issued:");
  }

  @Test
  void aBoundTokenNeedsItsProof() throws Exception {
    String token = bound();
    assertThat(challenge(bearer(token))).contains("binding-missing:");
    String proof = proof(token, inbox);
    assertThat(get("Authorization", "DPoP " + token, "DPoP", proof).statusCode()).isEqualTo(200);
    assertThat(challenge(get("Authorization", "DPoP " + token, "DPoP", proof)))
        .contains("binding-invalid");
  }

  private String bound() {
    JsonObject confirmation = JsonObject.builder().put("jkt", client.kid()).build();
    return issuer.issue(issuer.draft(key).claim("cnf", confirmation), key);
  }

  private String proof(String token, String htu) {
    return new TokenDraft()
        .header("typ", "dpop+jwt")
        .header("alg", "ES256")
        .header("jwk", client.jwk().toJson())
        .claim("jti", "proof-" + proofs++)
        .claim("htm", "GET")
        .claim("htu", htu)
        .claim("iat", Instant.now().getEpochSecond())
        .claim("ath", DpopProof.accessTokenHash(token))
        .signed(client);
  }

  @Test
  void anOriginCountsWhateverHostTheRequestNames() throws Exception {
    String token = bound();
    List<String> all = new ArrayList<>(properties);
    all.add("counterfoil.origin=https://mail.example");
    try (ConfigurableApplicationContext behind = sample(all)) {
      URI uri = URI.create(inbox(behind));
      for (String target : List.of("/inbox", "http://evil.example/inbox")) {
        assertThat(status(uri, target, token, proof(token, "http://evil.example/inbox")))
            .as(target)
            .contains(" 401 ");
        assertThat(status(uri, target, token, proof(token, "https://mail.example/inbox")))
            .as(target)
            .contains(" 200 ");
      }
    }
    // The control: without an origin the request's word is taken for it.
    assertThat(
            status(URI.create(inbox), "/inbox", token, proof(token, "http://evil.example/inbox")))
        .contains(" 200 ");
  }

  private static Socket asked(URI at, String target, String headers) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), at.getPort());
    socket.setSoTimeout(60_000);
    String request = "GET " + target + " HTTP/1.1\r\nHost: evil.example\r\n" + headers + "\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String status(URI at, String target, String token, String proof)
      throws IOException {
    try (Socket socket =
        asked(at, target, "Authorization: DPoP " + token + "\r\nDPoP: " + proof + "\r\n")) {
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }

  @Test
  void clientsThatHangUpTakeNothingFromOthers() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    for (int i = 0; i < 3; i++) {
      CountDownLatch began = new CountDownLatch(1);
      CountDownLatch interrupted = new CountDownLatch(1);
      issuer.between(
          (path, honest) -> {
            if (!path.contains("/logs/s1g1/")) {
              return honest.read();
            }
            began.countDown();
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              interrupted.countDown();
            }
            throw new InterruptedIOException("interrupted while reading");
          });
      String token = issuer.issue(issuer.draft(key), key);
      // As Netty does it when a client hangs up; Tomcat does not notice.
      Disposable request =
          application.getBean(ReactiveJwtDecoder.class).decode(token).subscribe(jwt -> {});
      assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();
      request.dispose();
      assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
    }
    issuer.honest();
    assertThat(bearer(issuer.issue(issuer.draft(key), key)).statusCode()).isEqualTo(200);
  }

  @Test
  void whatNobodyCanDecideIs503() throws Exception {
    String token = issuer.issue(issuer.draft(key), key);
    issuer.die();
    try {
      HttpResponse<String> response = bearer(token);
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(response.headers().firstValue("Retry-After")).contains("2");
      assertThat(response.headers().map()).doesNotContainKey("WWW-Authenticate");
    } finally {
      issuer.honest();
    }
    int status = 503;
    for (int tries = 0; tries < 600 && status == 503; tries++) {
      Thread.sleep(50);
      status = bearer(token).statusCode();
    }
    assertThat(status).isEqualTo(200);
  }
}
