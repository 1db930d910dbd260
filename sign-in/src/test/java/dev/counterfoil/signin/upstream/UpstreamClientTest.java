package dev.counterfoil.signin.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a provider's keys are fetched again. */
class UpstreamClientTest {
  private HttpServer server;
  private JWKSet keys = new JWKSet();
  private int fetched;
  private Instant now = Instant.parse("2026-12-01T12:00:00Z");
  private UpstreamClient client;

  @BeforeEach
  void startProvider() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    URI issuer = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    serve(
        "/.well-known/openid-configuration",
        () ->
            JsonObject.builder()
                .put("issuer", issuer.toString())
                .put("authorization_endpoint", issuer + "/authorize")
                .put("token_endpoint", issuer + "/token")
                .put("jwks_uri", issuer + "/keys")
                .build()
                .toString());
    serve(
        "/keys",
        () -> {
          fetched++;
          return keys.toString();
        });
    server.start();
    client =
        new UpstreamClient(
            new Upstream("other", "Other", "acme", issuer, "us", Optional.empty(), false, false),
            URI.create("http://127.0.0.1/back"),
            GuardedConnections.ofHost(),
            new OutboundGuard(List.of()),
            () -> now);
  }

  @AfterEach
  void stopProvider() {
    server.stop(0);
  }

  private interface Answer {
    String text();
  }

  private void serve(String path, Answer answer) {
    server.createContext(
        path,
        exchange -> {
          byte[] body = answer.text().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          try (exchange) {
            exchange.getResponseBody().write(body);
          }
        });
  }

  private static ECKey key(String kid) throws Exception {
    return new ECKeyGenerator(Curve.P_256).keyID(kid).generate();
  }

  private static String event(ECKey key) throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .keyID(key.getKeyID())
                .type(new JOSEObjectType("secevent+jwt"))
                .build(),
            new JWTClaimsSet.Builder().issuer("any").build());
    jwt.sign(new ECDSASigner(key));
    return jwt.serialize();
  }

  @Test
  void junkDoesNotMakeAnEventUnderANewKeyRefused() throws Exception {
    ECKey first = key("first");
    ECKey second = key("second");
    keys = new JWKSet(first.toPublicJWK());
    assertThat(client.isSigned(event(first))).isTrue();
    // An unknown key has them fetched, and there is none: that is final.
    assertThat(client.isSigned(event(key("junk-0")))).isFalse();
    assertThat(fetched).isEqualTo(2);
    keys = new JWKSet(List.of(first.toPublicJWK(), second.toPublicJWK()));
    // Until they may be fetched again nobody knows: the event is to come again.
    for (int i = 1; i < 5; i++) {
      String junk = event(key("junk-" + i));
      assertThatThrownBy(() -> client.isSigned(junk)).isInstanceOf(IOException.class);
    }
    String fresh = event(second);
    assertThatThrownBy(() -> client.isSigned(fresh)).isInstanceOf(IOException.class);
    assertThat(client.isSigned(event(first))).isTrue();
    assertThat(fetched).isEqualTo(2);
    now = now.plus(Duration.ofMinutes(1));
    assertThat(client.isSigned(fresh)).isTrue();
    assertThat(fetched).isEqualTo(3);
  }
}
