package dev.counterfoil.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.spring.sample.ReactiveSample;
import dev.counterfoil.verifier.DpopProof;
import dev.counterfoil.verifier.ReadSide;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** A service on WebFlux over HTTP: the same tokens pass and are refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReactiveApplicationTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
  private final TestKeys.Es256 key = issuer.addKey();
  private final TestKeys.Es256 client = new TestKeys.Es256();
  private ConfigurableApplicationContext application;
  private String inbox;

  @SuppressWarnings("NullAway.Init") // made in start
  ReactiveApplicationTest() {}

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    issuer.publish();
    Path policy = Files.writeString(folder.resolve("policy.txt"), issuer.policy().text());
    application =
        new SpringApplicationBuilder(ReactiveSample.class)
            .web(WebApplicationType.REACTIVE)
            .initializers(
                context ->
                    ((GenericApplicationContext) context)
                        .registerBean(ReadSide.class, () -> issuer))
            .properties(
                "counterfoil.policy=file:" + policy,
                "counterfoil.audience=https://mail.example",
                "counterfoil.tenants=acme",
                "logging.level.root=error",
                "spring.main.banner-mode=off",
                "server.port=0",
                "server.address=127.0.0.1")
            .run();
    inbox =
        "http://localhost:"
            + application.getEnvironment().getProperty("local.server.port")
            + "/inbox";
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
    JsonObject confirmation = JsonObject.builder().put("jkt", client.kid()).build();
    String token = issuer.issue(issuer.draft(key).claim("cnf", confirmation), key);
    assertThat(challenge(bearer(token))).contains("binding-missing:");
    String proof =
        new TokenDraft()
            .header("typ", "dpop+jwt")
            .header("alg", "ES256")
            .header("jwk", client.jwk().toJson())
            .claim("jti", "proof-1")
            .claim("htm", "GET")
            .claim("htu", inbox)
            .claim("iat", Instant.now().getEpochSecond())
            .claim("ath", DpopProof.accessTokenHash(token))
            .signed(client);
    assertThat(get("Authorization", "DPoP " + token, "DPoP", proof).statusCode()).isEqualTo(200);
    assertThat(challenge(get("Authorization", "DPoP " + token, "DPoP", proof)))
        .contains("binding-invalid");
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
