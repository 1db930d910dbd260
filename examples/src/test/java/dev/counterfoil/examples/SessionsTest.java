package dev.counterfoil.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestCertificates;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.dpop.DpopProof;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples that differ in more than their server: bound tokens, and answers that go on. */
class SessionsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static HttpResponse<String> get(
      @Nullable KeyStore own, KeyStore server, int port, String... headers) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(TestCertificates.context(own, server)).build()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/inbox"))
              .headers(headers)
              .timeout(Duration.ofSeconds(60))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static void assertRefused(HttpResponse<String> response, String code) {
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate").orElse("")).contains(code);
  }

  @Test
  void aBoundTokenPassesWithWhatItIsBoundToAlone() throws Exception {
    TestIssuer issuer =
        new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
    TestKeys.Es256 key = issuer.addKey();
    issuer.publish();
    KeyStore service = TestCertificates.keyPair(folder, "localhost", "san=dns:localhost");
    KeyStore alice = TestCertificates.keyPair(folder, "alice", "bc=ca:false");
    String thumbprint = Hash.sha256(alice.getCertificate("k").getEncoded()).base64Url();
    TestKeys.Es256 client = new TestKeys.Es256();
    try (Verifier verifier = Verifier.builder(issuer.policy()).network(issuer).build()) {
      HttpServer server = BoundTokens.start(verifier, TestCertificates.context(service, alice), 0);
      int port = server.getAddress().getPort();
      try {
        String unbound = issuer.issue(issuer.draft(key), key);
        assertRefused(
            get(alice, service, port, "Authorization", "Bearer " + unbound), "binding-missing");
        String toCertificate = bound(issuer, key, "x5t#S256", thumbprint);
        assertRefused(
            get(null, service, port, "Authorization", "Bearer " + toCertificate),
            "binding-missing");
        HttpResponse<String> shown =
            get(alice, service, port, "Authorization", "Bearer " + toCertificate);
        assertThat(shown.statusCode()).isEqualTo(200);
        assertThat(shown.body()).isEqualTo("mail of alice");
        String toKey = bound(issuer, key, "jkt", client.kid());
        String proof = proof(client, toKey);
        assertRefused(
            get(null, service, port, "Authorization", "Bearer " + toKey, "DPoP", proof),
            "binding-missing");
        assertRefused(
            get(
                null,
                service,
                port,
                "Authorization",
                "DPoP " + toKey,
                "DPoP",
                proof(new TestKeys.Es256(), toKey)),
            "binding-invalid");
        assertThat(
                get(null, service, port, "Authorization", "DPoP " + toKey, "DPoP", proof)
                    .statusCode())
            .isEqualTo(200);
      } finally {
        server.stop(0);
      }
    }
  }

  private static String bound(TestIssuer issuer, TestKeys.Es256 key, String kind, String to) {
    return issuer.issue(
        issuer.draft(key).claim("cnf", JsonObject.builder().put(kind, to).build()), key);
  }

  private static String proof(TestKeys.Es256 client, String token) {
    return new TokenDraft()
        .header("typ", "dpop+jwt")
        .header("alg", "ES256")
        .header("jwk", client.jwk().toJson())
        .claim("jti", "one")
        .claim("htm", "GET")
        .claim("htu", "https://mail.example/inbox")
        .claim("iat", Instant.now().getEpochSecond())
        .claim("ath", DpopProof.accessTokenHash(token))
        .signed(client);
  }

  @Test
  void anAnswerThatGoesOnEndsWithItsToken() throws Exception {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
    TestIssuer issuer = new TestIssuer("enterprise", "https://login.example/enterprise", clock);
    TestKeys.Es256 key = issuer.addKey();
    issuer.publish();
    try (Verifier verifier =
            Verifier.builder(issuer.policy()).network(issuer).clock(clock).build();
        HttpClient client = HttpClient.newHttpClient()) {
      HttpServer server = EventStream.start(verifier, 0);
      try {
        HttpResponse<InputStream> response =
            client.send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/inbox"))
                    .header("Authorization", "Bearer " + issuer.issue(issuer.draft(key), key))
                    .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        List<String> lines = new ArrayList<>();
        try (BufferedReader in =
            new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
          lines.add(String.valueOf(in.readLine()));
          assertThat(lines).containsExactly("event: mail");
          clock.advance(Duration.ofMinutes(15));
          in.lines().forEach(lines::add);
        }
        assertThat(lines).contains("data: mail of alice").endsWith("data: expired", "");
        assertThat(lines).filteredOn("event: end"::equals).hasSize(1);
      } finally {
        server.stop(0);
      }
    }
  }
}
