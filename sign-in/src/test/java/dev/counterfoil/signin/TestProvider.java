package dev.counterfoil.signin;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A provider as an attacker would like it: it signs whatever a test says. That a real one is
 * understood is another test.
 */
final class TestProvider implements AutoCloseable {
  static final String CLIENT = "counterfoil";
  static final String SECRET = "a secret: with signs";

  final URI issuer;
  final ECKey key;
  volatile ECKey signing;
  volatile UnaryOperator<JWTClaimsSet.Builder> claims = all -> all;
  volatile Map<String, String> discovery = Map.of();
  volatile Supplier<Instant> now = Instant::now;
  final AtomicInteger tokenRequests = new AtomicInteger();
  private final HttpServer server;
  private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();

  TestProvider() throws IOException, JOSEException {
    key = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
    signing = key;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    issuer = URI.create("http://localhost:" + server.getAddress().getPort() + "/realm");
    server.createContext("/realm/.well-known/openid-configuration", this::discovery);
    server.createContext("/realm/jwks", one -> answer(one, new JWKSet(key).toString()));
    server.createContext("/realm/token", this::token);
    server.start();
  }

  private void discovery(HttpExchange exchange) throws IOException {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("issuer", discovery.getOrDefault("issuer", issuer.toString()))
            .put("authorization_endpoint", issuer + "/authorize")
            .put("token_endpoint", discovery.getOrDefault("token_endpoint", issuer + "/token"))
            .put("jwks_uri", issuer + "/jwks")
            .put("authorization_response_iss_parameter_supported", true);
    answer(exchange, json.build().toString());
  }

  /** A person says yes: the address to which the browser goes back. */
  URI agree(URI authorization) {
    Map<String, String> asked = fields(authorization.getRawQuery());
    String code = UUID.randomUUID().toString();
    codes.put(code, asked);
    return URI.create(
        asked.get("redirect_uri")
            + "?code="
            + code
            + "&state="
            + asked.get("state")
            + "&iss="
            + issuer);
  }

  private void token(HttpExchange exchange) throws IOException {
    tokenRequests.incrementAndGet();
    Map<String, String> form =
        fields(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Map<String, String> asked = codes.remove(form.getOrDefault("code", ""));
    String expected =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(
                    (CLIENT + ":a+secret%3A+with+signs").getBytes(StandardCharsets.UTF_8));
    if (asked == null
        || !expected.equals(exchange.getRequestHeaders().getFirst("Authorization"))
        || !Hash.sha256(form.getOrDefault("code_verifier", "").getBytes(StandardCharsets.US_ASCII))
            .base64Url()
            .equals(asked.get("code_challenge"))
        || !asked.getOrDefault("redirect_uri", "").equals(form.get("redirect_uri"))) {
      exchange.sendResponseHeaders(400, -1);
      exchange.close();
      return;
    }
    Instant at = now.get();
    JWTClaimsSet.Builder all =
        new JWTClaimsSet.Builder()
            .issuer(issuer.toString())
            .subject("user-7")
            .audience(CLIENT)
            .claim("nonce", asked.get("nonce"))
            .claim("auth_time", at.getEpochSecond())
            .claim("preferred_username", "Bobby")
            .issueTime(Date.from(at))
            .expirationTime(Date.from(at.plus(Duration.ofMinutes(5))));
    try {
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(signing.getKeyID()).build(),
              claims.apply(all).build());
      jwt.sign(new ECDSASigner(signing));
      answer(
          exchange,
          JsonObject.builder()
              .put("access_token", "x")
              .put("token_type", "Bearer")
              .put("id_token", jwt.serialize())
              .build()
              .toString());
    } catch (JOSEException e) {
      throw new IOException(e);
    }
  }

  static Map<String, String> fields(String query) {
    Map<String, String> fields = new HashMap<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      fields.put(
          pair.substring(0, equals),
          URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return fields;
  }

  private static void answer(HttpExchange exchange, String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
