package dev.counterfoil.console.session;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The console as one tenant's OpenID client: the authorization code flow with PKCE and {@code
 * private_key_jwt} (OpenID Connect Core 3.1, RFC 7636, RFC 7523).
 */
public final class ConsoleClient {
  private static final int ANSWER_BYTES_MAX = 128 * 1024;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final String LOOK = "openid profile groups counterfoil:view counterfoil:audit";
  private static final String OPERATE = LOOK + " counterfoil:findings counterfoil:incidents";

  /** The name of a person stands in the ID token: userinfo is never asked. */
  private static final String CLAIMS = "{\"id_token\":{\"preferred_username\":null}}";

  private final String issuer;
  private final String tenant;
  private final String clientId;
  private final String audience;
  private final URI redirect;
  private final PrivateKeyJwtTokenSource key;
  private final Verifier verifier;
  private final HttpClient http;
  private final InstantSource clock;

  /** What a person was given: secrets, so no record. */
  static final class Tokens {
    private final String id;
    private final String access;
    private final Optional<String> refresh;
    private final Instant expiresAt;

    private Tokens(String id, String access, Optional<String> refresh, Instant expiresAt) {
      this.id = id;
      this.access = access;
      this.refresh = refresh;
      this.expiresAt = expiresAt;
    }

    String id() {
      return id;
    }

    String access() {
      return access;
    }

    Optional<String> refresh() {
      return refresh;
    }

    Instant expiresAt() {
      return expiresAt;
    }
  }

  /** The authority gives no tokens, or none that count: the person signs in again. */
  public static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * A client.
   *
   * @param issuer at which people sign in
   * @param tenant whose people they are
   * @param keyFile its private key
   * @param audience of the access tokens: the monitor's
   * @param redirect where codes come
   * @param verifier of the trust domain: an ID token counts when it is recorded
   */
  public ConsoleClient(
      String issuer,
      String tenant,
      String clientId,
      Path keyFile,
      String audience,
      URI redirect,
      Verifier verifier,
      HttpClient http,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    this.issuer = issuer;
    this.tenant = tenant;
    this.clientId = clientId;
    this.audience = audience;
    this.redirect = redirect;
    this.verifier = verifier;
    this.http = http;
    this.clock = clock;
    this.key =
        new PrivateKeyJwtTokenSource(issuer, clientId, keyFile, Map.of(), http, clock, random);
  }

  /** Whose people sign in. */
  public String tenant() {
    return tenant;
  }

  /** Where the browser goes to sign in. */
  public String authorize(SignInDraft draft) {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("response_type", "code");
    query.put("client_id", clientId);
    query.put("redirect_uri", redirect.toString());
    query.put("scope", tenant.equals(KeyCeiling.OWN_TENANT) ? OPERATE : LOOK);
    query.put("audience", audience);
    query.put("claims", CLAIMS);
    query.put("state", draft.state());
    query.put("nonce", draft.nonce());
    query.put("code_challenge", draft.challenge());
    query.put("code_challenge_method", "S256");
    return issuer + "/authorize?" + encoded(query);
  }

  /** Where the browser goes to sign out everywhere. */
  public String logout(ConsoleSession session, URI after) {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("id_token_hint", session.idToken());
    query.put("post_logout_redirect_uri", after.toString());
    return issuer + "/logout?" + encoded(query);
  }

  /** Turns a code into tokens. */
  Tokens take(String code, SignInDraft draft) throws IOException {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "authorization_code");
    form.put("code", code);
    form.put("redirect_uri", redirect.toString());
    form.put("code_verifier", draft.verifier());
    return ask(form);
  }

  /** Gets new tokens for those that end. */
  Tokens renew(String refreshToken) throws IOException {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "refresh_token");
    form.put("refresh_token", refreshToken);
    return ask(form);
  }

  /** Who it is, by an ID token that the record has. */
  Verified person(Tokens tokens) throws RefusedException {
    if (verifier.verify(
            tokens.id(),
            Expectations.audience(clientId)
                .tokenType(Expectations.ID_TOKEN)
                .tenant(tenant)
                .bearerAllowed())
        instanceof Verified verified) {
      return verified;
    }
    throw new RefusedException("the ID token does not verify");
  }

  private Tokens ask(Map<String, String> form) throws IOException {
    form.putAll(key.proof());
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(issuer + "/token"))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(encoded(form)))
            .build();
    HttpResponse<byte[]> answer;
    try {
      answer =
          http.send(
              request,
              HttpResponse.BodyHandlers.limiting(
                  HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (answer.statusCode() == 400 || answer.statusCode() == 401) {
      throw new RefusedException("the authority answers " + answer.statusCode());
    }
    if (answer.statusCode() != 200) {
      throw new IOException("the authority answers " + answer.statusCode());
    }
    try {
      JsonObject json = StrictJson.object(answer.body(), ANSWER_BYTES_MAX);
      return new Tokens(
          json.string("id_token"),
          json.string("access_token"),
          json.optionalString("refresh_token"),
          clock.instant().plusSeconds(Math.clamp(json.number("expires_in"), 0, 86_400)));
    } catch (FormatException e) {
      throw new IOException("the authority's answer is not understood: " + e.getMessage(), e);
    }
  }

  private static String encoded(Map<String, String> form) {
    return form.entrySet().stream()
        .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  /** The groups that an ID token names. */
  static List<String> groups(Verified verified) {
    return verified.claims().get("groups") instanceof List<?> list
        ? list.stream().filter(String.class::isInstance).map(String.class::cast).toList()
        : List.of();
  }
}
