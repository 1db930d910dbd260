package dev.counterfoil.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.keycloak.util.JsonSerialization;

/**
 * Access tokens for the record door: client credentials with {@code private_key_jwt} (RFC 6749 4.4,
 * RFC 7523 2.2), each kept until shortly before it ends. The verifier has the same as {@code
 * PrivateKeyJwtTokenSource}; this jar stands alone in {@code providers}, where a library of its own
 * would get in the way of Keycloak's.
 */
final class SourceTokens {
  private static final int KEY_FILE_BYTES_MAX = 4096;
  private static final int COORDINATE_BYTES = 32;
  private static final Duration ASSERTION_LIFE = Duration.ofSeconds(60);
  private static final Duration LIFE_MAX = Duration.ofHours(1);
  private static final Duration MARGIN = Duration.ofSeconds(30);
  private static final int REFUSAL_CHARACTERS_MAX = 200;

  private record Held(String token, Instant replaceAt) {}

  private final String issuer;
  private final String client;
  private final String kid;
  private final PrivateKey key;
  private final HttpClient http;
  private final InstantSource clock;
  private final SecureRandom random;
  private @Nullable Held held;

  /**
   * Reads the key.
   *
   * @throws IllegalArgumentException naming the option, when the file holds none
   */
  SourceTokens(
      String issuer,
      String client,
      Path keyFile,
      HttpClient http,
      InstantSource clock,
      SecureRandom random) {
    this.issuer = issuer;
    this.client = client;
    this.http = http;
    this.clock = clock;
    this.random = random;
    try (InputStream in = Files.newInputStream(keyFile)) {
      JsonNode jwk = JsonSerialization.mapper.readTree(in.readNBytes(KEY_FILE_BYTES_MAX));
      if (!"EC".equals(jwk.path("kty").asText()) || !"P-256".equals(jwk.path("crv").asText())) {
        throw new IOException("no key on P-256");
      }
      this.key = privateKey(number(jwk, "d"));
      this.kid = kid(jwk);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      // The cause may quote the file, which is secret: only what kind of failure it is goes on.
      throw RecordOptions.wrong(
          "key-file",
          keyFile
              + " cannot be read as a private P-256 key in a JWK ("
              + e.getClass().getSimpleName()
              + "). 'counterfoil client add --make-key' makes one; Keycloak's user must be able"
              + " to read it");
    }
  }

  private static PrivateKey privateKey(BigInteger d) throws GeneralSecurityException {
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec("secp256r1"));
    ECParameterSpec parameters = curve.getParameterSpec(ECParameterSpec.class);
    return KeyFactory.getInstance("EC").generatePrivate(new ECPrivateKeySpec(d, parameters));
  }

  private static BigInteger number(JsonNode jwk, String name) throws IOException {
    byte[] bytes = Base64.getUrlDecoder().decode(jwk.path(name).asText());
    if (bytes.length != COORDINATE_BYTES) {
      throw new IOException("no 32 bytes");
    }
    return new BigInteger(1, bytes);
  }

  /** The key's own, or its thumbprint (RFC 7638). */
  private static String kid(JsonNode jwk) throws IOException, GeneralSecurityException {
    if (jwk.path("kid").isTextual()) {
      return jwk.path("kid").asText();
    }
    number(jwk, "x");
    number(jwk, "y");
    String members =
        "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}"
            .formatted(jwk.path("x").asText(), jwk.path("y").asText());
    return encoded(SigningInputs.digest(members.getBytes(StandardCharsets.US_ASCII)));
  }

  /**
   * A token for the door.
   *
   * @param rejected whether the last one was not accepted
   * @param nanos time for a request
   */
  synchronized String token(boolean rejected, long nanos) throws IOException, InterruptedException {
    Held now = held;
    if (now == null || rejected || !clock.instant().isBefore(now.replaceAt())) {
      now = ask(nanos);
      held = now;
    }
    return now.token();
  }

  private Held ask(long nanos) throws IOException, InterruptedException {
    Map<String, String> form = new TreeMap<>();
    form.put("grant_type", "client_credentials");
    form.put("client_id", client);
    form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.put("client_assertion", assertion());
    form.put("audience", issuer);
    form.put("scope", "counterfoil:record");
    String body =
        form.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(issuer + "/token"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<byte[]> response = BoundedHttp.send(http, request, nanos);
    if (response.statusCode() != 200) {
      throw refusal(issuer + "/token", response);
    }
    JsonNode answer = JsonSerialization.mapper.readTree(response.body());
    String token = answer.path("access_token").asText();
    if (!token.matches("[!-~]{1,8192}")) {
      throw DoorException.away(issuer + "/token gives no access token in its answer");
    }
    long life = Math.max(0, Math.min(answer.path("expires_in").asLong(60), LIFE_MAX.toSeconds()));
    return new Held(token, clock.instant().plusSeconds(life).minus(MARGIN));
  }

  /** What an answer that is no 200 says, bounded and printable: it is another's. */
  static DoorException refusal(String url, HttpResponse<byte[]> response) {
    int status = response.statusCode();
    String said;
    try {
      JsonNode error = JsonSerialization.mapper.readTree(response.body());
      said = error.path("error").asText() + ", " + error.path("error_description").asText();
    } catch (IOException e) {
      said = "no JSON";
    }
    String printable = said.replaceAll("[^ -~]", "?");
    String why =
        url
            + " answers "
            + status
            + " ("
            + printable.substring(0, Math.min(printable.length(), REFUSAL_CHARACTERS_MAX))
            + ")";
    boolean later = status == 408 || status == 425 || status == 429 || status >= 500;
    return later ? DoorException.away(why) : DoorException.refusing(why);
  }

  private String assertion() throws IOException {
    byte[] id = new byte[16];
    random.nextBytes(id);
    Instant now = clock.instant();
    ObjectNode header = JsonNodeFactory.instance.objectNode().put("alg", "ES256").put("kid", kid);
    ObjectNode claims =
        JsonNodeFactory.instance
            .objectNode()
            .put("iss", client)
            .put("sub", client)
            .put("aud", issuer)
            .put("jti", encoded(id))
            .put("iat", now.getEpochSecond())
            .put("exp", now.plus(ASSERTION_LIFE).getEpochSecond());
    String input =
        encoded(JsonSerialization.mapper.writeValueAsBytes(header))
            + "."
            + encoded(JsonSerialization.mapper.writeValueAsBytes(claims));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key, random);
      signature.update(input.getBytes(StandardCharsets.US_ASCII));
      return input + "." + encoded(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException("client assertion cannot be signed", e);
    }
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Names the client and nothing secret. */
  @Override
  public String toString() {
    return "SourceTokens[" + client + " at " + issuer + "]";
  }
}
