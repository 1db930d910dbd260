package dev.counterfoil.testing;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** An issuer that knows nothing of Counterfoil: metadata, a key set, tokens as Keycloak's. */
final class ForeignIssuer implements AutoCloseable {
  private final HttpServer server;
  private final String url;
  private final Map<String, KeyPair> keys = new LinkedHashMap<>();

  /** Starts it with a key {@code k1}. */
  ForeignIssuer() throws IOException, GeneralSecurityException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    url = "http://127.0.0.1:" + server.getAddress().getPort() + "/realms/acme";
    rotate("k1");
    answer(
        "/realms/acme/.well-known/openid-configuration",
        () -> JsonObject.builder().put("issuer", url).put("jwks_uri", url + "/certs").build());
    answer("/realms/acme/certs", this::jwks);
    server.start();
  }

  private interface Answer {
    JsonObject json() throws IOException;
  }

  private void answer(String path, Answer answer) {
    server.createContext(
        path,
        exchange -> {
          byte[] body = answer.json().toString().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          try (var out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
  }

  private synchronized JsonObject jwks() {
    List<JsonObject> published =
        keys.entrySet().stream()
            .map(
                key ->
                    published(key.getValue())
                        .toJson()
                        .with("kid", key.getKey())
                        .with("alg", "RS256")
                        .with("use", "sig"))
            .toList();
    return JsonObject.builder().put("keys", published).build();
  }

  private static PublicJwk published(KeyPair key) {
    return PublicJwk.of(PublicJwk.Algorithm.RS256, key.getPublic());
  }

  /** RFC 7638: what names a key of its, whatever it calls it. */
  synchronized String thumbprint(String kid) {
    return published(Objects.requireNonNull(keys.get(kid))).thumbprint();
  }

  String url() {
    return url;
  }

  /** Publishes another key beside those that there are. */
  synchronized void rotate(String kid) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    keys.put(kid, generator.generateKeyPair());
  }

  /** Publishes a key no more. */
  synchronized void drop(String kid) {
    keys.remove(kid);
  }

  /** An access token, which nobody has recorded. */
  String token(String kid, String subject) throws GeneralSecurityException {
    return token(kid, subject, "Bearer");
  }

  /** A token of one kind, such as {@code Bearer} or {@code ID}. */
  synchronized String token(String kid, String subject, String kind)
      throws GeneralSecurityException {
    JsonObject header =
        JsonObject.builder().put("alg", "RS256").put("typ", "JWT").put("kid", kid).build();
    long now = Instant.now().getEpochSecond();
    JsonObject claims =
        JsonObject.builder()
            .put("exp", now + 300)
            .put("iat", now)
            .put("jti", UUID.randomUUID().toString())
            .put("iss", url)
            .put("aud", List.of("account", "demo-api"))
            .put("sub", subject)
            .put("typ", kind)
            .put("azp", "shop")
            .build();
    String input = encoded(header) + "." + encoded(claims);
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(Objects.requireNonNull(keys.get(kid)).getPrivate());
    signature.update(input.getBytes(StandardCharsets.US_ASCII));
    return input + "." + Base64Url.encode(signature.sign());
  }

  private static String encoded(JsonObject json) {
    return Base64Url.encode(json.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
