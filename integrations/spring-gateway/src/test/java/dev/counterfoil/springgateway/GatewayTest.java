package dev.counterfoil.springgateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.fixture.CounterfoilTest;
import dev.counterfoil.fixture.LocalIssuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The starter in a Spring Cloud Gateway, tested as the starter's page says. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "server.address=127.0.0.1",
      "logging.level.root=error",
      "spring.main.banner-mode=off"
    })
@CounterfoilTest(audience = "https://mail.example")
@DirtiesContext
class GatewayTest {
  /** What reached the service behind the gateway. */
  private static final List<String> REACHED = Collections.synchronizedList(new ArrayList<>());

  private static final HttpServer MAIL = mail();

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Gateway {}

  @Autowired
  @SuppressWarnings("NullAway.Init") // injected
  private LocalIssuer issuer;

  @Autowired
  @SuppressWarnings("NullAway.Init") // injected
  private Environment environment;

  private static HttpServer mail() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            REACHED.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            byte[] body = "three letters".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @DynamicPropertySource
  static void route(DynamicPropertyRegistry registry) {
    String mail = "spring.cloud.gateway.server.webflux.routes[0].";
    registry.add(mail + "id", () -> "mail");
    registry.add(mail + "predicates[0]", () -> "Path=/inbox/**");
    registry.add(mail + "uri", () -> "http://127.0.0.1:" + MAIL.getAddress().getPort());
  }

  @AfterAll
  static void stop() {
    MAIL.stop(0);
  }

  private HttpResponse<String> get(String... headers) throws Exception {
    URI inbox =
        URI.create(
            "http://127.0.0.1:" + environment.getProperty("local.server.port") + "/inbox/today");
    HttpRequest.Builder request = HttpRequest.newBuilder(inbox);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> bearer(String token) throws Exception {
    return get("Authorization", "Bearer " + token);
  }

  @Test
  void onlyATokenThatWasIssuedReachesTheServiceBehind() throws Exception {
    String good = issuer.token("alice");
    HttpResponse<String> passed = bearer(good);
    assertThat(passed.body()).isEqualTo("three letters");
    assertThat(passed.statusCode()).isEqualTo(200);
    assertThat(REACHED).containsExactly("Bearer " + good);

    HttpResponse<String> forged = bearer(issuer.forgedToken("alice"));
    assertThat(forged.statusCode()).isEqualTo(401);
    assertThat(forged.headers().firstValue("WWW-Authenticate").orElse("")).contains("never-issued");
    assertThat(get().statusCode()).isEqualTo(401);
    assertThat(
            bearer(issuer.token(draft -> draft.claim("aud", "https://other.example"))).statusCode())
        .isEqualTo(401);
    assertThat(REACHED).hasSize(1);

    String fresh = issuer.token("bob");
    issuer.close();
    // What nobody can decide is no fault of the token's, and reaches nobody.
    HttpResponse<String> undecided = bearer(fresh);
    assertThat(undecided.statusCode()).isEqualTo(503);
    assertThat(undecided.headers().firstValue("Retry-After")).isPresent();
    assertThat(REACHED).hasSize(1);
    assertThat(bearer(good).statusCode()).isEqualTo(200);
  }
}
