package dev.counterfoil.verifier.reporting;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPrivateKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gets access tokens by client credentials with {@code private_key_jwt} (RFC 6749 4.4, RFC 7523
 * 2.2), and keeps each until shortly before it expires. The client's key is a private EC key on
 * P-256 in a JWK file that only its owner can read.
 */
public final class PrivateKeyJwtTokenSource implements AccessTokenSource {
  private static final int KEY_FILE_BYTES_MAX = 4096;
  private static final int ANSWER_BYTES_MAX = 64 * 1024;
  private static final int REFUSAL_CHARACTERS_MAX = 200;
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration ASSERTION_LIFE = Duration.ofSeconds(60);

  /** Longest time for which a token is kept, whatever the answer says. */
  private static final Duration LIFE_MAX = Duration.ofDays(1);

  /** How long before its end a token is replaced. */
  private static final Duration MARGIN = Duration.ofSeconds(30);

  private static final String ASSERTION_TYPE =
      "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

  /** The token endpoint refuses the client: it does so again until something is changed. */
  public static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private RefusedException(String message) {
      super(message);
    }
  }

  /** What the endpoint refuses for now (RFC 9110 15.5). */
  private static final Set<Integer> LATER = Set.of(408, 425, 429);

  private record Held(String token, Instant replaceAt) {}

  private final URI tokenEndpoint;
  private final String issuer;
  private final String clientId;
  private final String kid;
  private final PrivateKey key;
  private final Map<String, String> parameters;
  private final HttpClient http;
  private final InstantSource clock;
  private final SecureRandom random;
  private final ReentrantLock asking = new ReentrantLock();
  private @Nullable Held held;

  /**
   * Makes a source.
   *
   * @param issuer the authorization server's issuer URL; its token endpoint is {@code /token} below
   * @param clientId the client
   * @param keyFile the private JWK
   * @param parameters further parameters of the token request, such as {@code scope}
   * @throws IOException when the key file cannot be read or holds no private P-256 key
   */
  public PrivateKeyJwtTokenSource(
      String issuer,
      String clientId,
      Path keyFile,
      Map<String, String> parameters,
      HttpClient http,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    this.tokenEndpoint = URI.create(issuer + "/token");
    this.issuer = issuer;
    this.clientId = clientId;
    this.parameters = Map.copyOf(parameters);
    this.http = http;
    this.clock = clock;
    this.random = random;
    try (InputStream in = Files.newInputStream(keyFile)) {
      JsonObject jwk = StrictJson.object(in.readNBytes(KEY_FILE_BYTES_MAX), KEY_FILE_BYTES_MAX);
      JsonObject publicPart =
          JsonObject.builder()
              .put("crv", jwk.string("crv"))
              .put("kty", jwk.string("kty"))
              .put("x", jwk.string("x"))
              .put("y", jwk.string("y"))
              .build();
      PublicJwk publicKey = PublicJwk.parse(publicPart);
      this.kid = jwk.optionalString("kid").orElse(publicKey.thumbprint());
      ECPublicKey point = (ECPublicKey) publicKey.javaKey();
      BigInteger d = new BigInteger(1, Hash.parseBase64Url(jwk.string("d")).bytes());
      this.key =
          KeyFactory.getInstance("EC").generatePrivate(new ECPrivateKeySpec(d, point.getParams()));
    } catch (NoSuchFileException e) {
      throw new IOException("there is no client's key " + keyFile, e);
    } catch (AccessDeniedException e) {
      throw new IOException(
          "client's key "
              + keyFile
              + " cannot be read by this process's user: make that user its owner (chown)",
          e);
    } catch (FormatException | GeneralSecurityException e) {
      throw new IOException(keyFile + " holds no private P-256 key as a JWK", e);
    }
  }

  @Override
  public String accessToken(boolean rejected) throws IOException {
    asking.lock();
    try {
      Held now = held;
      if (now == null || rejected || !clock.instant().isBefore(now.replaceAt())) {
        now = ask();
        held = now;
      }
      return now.token();
    } finally {
      asking.unlock();
    }
  }

  /**
   * What the client proves itself with at the token endpoint, for other grants (RFC 7523 2.2): good
   * once, for a minute.
   */
  public Map<String, String> proof() throws IOException {
    return Map.of(
        "client_id", clientId,
        "client_assertion_type", ASSERTION_TYPE,
        "client_assertion", assertion());
  }

  private Held ask() throws IOException {
    Map<String, String> form = new LinkedHashMap<>(parameters);
    form.put("grant_type", "client_credentials");
    form.putAll(proof());
    HttpRequest request =
        HttpRequest.newBuilder(tokenEndpoint)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(encoded(form)))
            .build();
    HttpResponse<byte[]> response = HttpReadSide.send(http, request, ANSWER_BYTES_MAX, TIMEOUT);
    if (response.statusCode() != 200) {
      int status = response.statusCode();
      String why =
          "%s gives client %s no access token: %s%s"
              .formatted(
                  tokenEndpoint,
                  clientId,
                  refusal(status, response.body()),
                  parameters.containsKey("audience")
                      ? " (audience %s, scope %s)"
                          .formatted(parameters.get("audience"), parameters.get("scope"))
                      : "");
      throw status >= 400 && status < 500 && !LATER.contains(status)
          ? new RefusedException(why)
          : new IOException(why);
    }
    try {
      JsonObject answer = StrictJson.object(response.body(), ANSWER_BYTES_MAX);
      long said = answer.optionalNumber("expires_in").orElse(60L);
      long life = Math.max(0, Math.min(said, LIFE_MAX.toSeconds()));
      Instant replaceAt = clock.instant().plusSeconds(life).minus(MARGIN);
      return new Held(answer.string("access_token"), replaceAt);
    } catch (FormatException e) {
      throw new IOException("token answer is malformed: " + e.getMessage(), e);
    }
  }

  /**
   * What the answer says of itself (RFC 6749 5.2), bounded and printable: it is somebody else's.
   */
  private static String refusal(int status, byte[] body) {
    try {
      JsonObject error = StrictJson.object(body, ANSWER_BYTES_MAX);
      String said =
          error.string("error")
              + error.optionalString("error_description").map(text -> ", " + text).orElse("");
      String printable = said.replaceAll("[^ -~]", "?");
      return printable.substring(0, Math.min(printable.length(), REFUSAL_CHARACTERS_MAX));
    } catch (FormatException e) {
      return "status " + status;
    }
  }

  private static String encoded(Map<String, String> form) {
    return form.entrySet().stream()
        .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private String assertion() throws IOException {
    byte[] id = new byte[16];
    random.nextBytes(id);
    Instant now = clock.instant();
    JsonObject header = JsonObject.builder().put("alg", "ES256").put("kid", kid).build();
    JsonObject claims =
        JsonObject.builder()
            .put("iss", clientId)
            .put("sub", clientId)
            .put("aud", issuer)
            .put("jti", Base64Url.encode(id))
            .put("iat", now.getEpochSecond())
            .put("exp", now.plus(ASSERTION_LIFE).getEpochSecond())
            .build();
    String input =
        Base64Url.encode(header.canonicalBytes()) + "." + Base64Url.encode(claims.canonicalBytes());
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key, random);
      signature.update(input.getBytes(StandardCharsets.US_ASCII));
      return input + "." + Base64Url.encode(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException("client assertion cannot be signed", e);
    }
  }

  /** Names the client and nothing secret. */
  @Override
  public String toString() {
    return "PrivateKeyJwtTokenSource[" + clientId + " at " + issuer + "]";
  }
}
