package dev.counterfoil.drills.attach;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What clients and people do at a realm of Keycloak's. */
final class RealmClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int ANSWER_BYTES_MAX = 1024 * 1024;
  private static final Pattern FORM = Pattern.compile("<form[^>]* action=\"([^\"]+)\"");
  private static final Pattern CODE = Pattern.compile("[?&]code=([^&]+)");
  private static final String REDIRECT = "http://127.0.0.1/signed-in";

  private final URI realm;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  RealmClient(URI realm) {
    this.realm = realm;
  }

  /** Keycloak gave no token: with which status. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedException(int status, String body) {
      super("Keycloak answers " + status + ": " + body);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /**
   * What a token request brings.
   *
   * @param access the access token
   * @param id the ID token, or nothing
   * @param refresh the refresh token, or nothing
   */
  record Tokens(String access, String id, String refresh) {
    /** Leaves the tokens out. */
    @Override
    public String toString() {
      return "Tokens";
    }
  }

  /** As a program. */
  Tokens asClient(String client, String secret) throws IOException, InterruptedException {
    return tokens(
        Map.of("grant_type", "client_credentials", "client_id", client, "client_secret", secret));
  }

  /** As a person in a browser: the sign-in page, name and password, and the code. */
  Tokens asPerson(String client, String user, String password)
      throws IOException, InterruptedException {
    URI page =
        URI.create(
            realm
                + "/protocol/openid-connect/auth?"
                + form(
                    Map.of(
                        "client_id",
                        client,
                        "redirect_uri",
                        REDIRECT,
                        "response_type",
                        "code",
                        "scope",
                        "openid")));
    HttpResponse<String> shown = http.send(get(page).build(), BodyHandlers.ofString());
    Matcher action = FORM.matcher(shown.body());
    if (!action.find()) {
      throw new RefusedException(shown.statusCode(), "no sign-in form");
    }
    // As a browser does on its own host, also with cookies that are marked as secure.
    String cookies =
        shown.headers().allValues("Set-Cookie").stream()
            .map(cookie -> cookie.split(";", -1)[0])
            .collect(Collectors.joining("; "));
    HttpResponse<String> signedIn =
        http.send(
            post(
                    URI.create(action.group(1).replace("&amp;", "&")),
                    Map.of("username", user, "password", password))
                .header("Cookie", cookies)
                .build(),
            BodyHandlers.ofString());
    Matcher code = CODE.matcher(signedIn.headers().firstValue("Location").orElse(""));
    if (!code.find()) {
      throw new RefusedException(signedIn.statusCode(), "no code");
    }
    return tokens(
        Map.of(
            "grant_type",
            "authorization_code",
            "client_id",
            client,
            "redirect_uri",
            REDIRECT,
            "code",
            code.group(1)));
  }

  /** With a refresh token. */
  Tokens refreshed(String client, String refresh) throws IOException, InterruptedException {
    return tokens(
        Map.of("grant_type", "refresh_token", "client_id", client, "refresh_token", refresh));
  }

  private Tokens tokens(Map<String, String> fields) throws IOException, InterruptedException {
    JsonObject answer =
        answer(post(URI.create(realm + "/protocol/openid-connect/token"), fields).build(), 200);
    try {
      return new Tokens(
          answer.string("access_token"),
          answer.optionalString("id_token").orElse(""),
          answer.optionalString("refresh_token").orElse(""));
    } catch (FormatException e) {
      throw new IOException("Keycloak's answer has no token", e);
    }
  }

  /** The realm's public keys. */
  String keys() throws IOException, InterruptedException {
    return answer(get(URI.create(realm + "/protocol/openid-connect/certs")).build(), 200)
        .toString();
  }

  /** Gives a realm another key, which signs from now on. */
  void rotate(URI admin, String accessToken) throws IOException, InterruptedException {
    JsonObject of = answer(authorized(admin, accessToken).build(), 200);
    try {
      String component =
          """
          {"name":"next","providerType":"org.keycloak.keys.KeyProvider","providerId":"rsa-generated",
           "parentId":"%s","config":{"priority":["200"],"algorithm":["RS256"]}}"""
              .formatted(of.string("id"));
      HttpRequest request =
          authorized(URI.create(admin + "/components"), accessToken)
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(component))
              .build();
      HttpResponse<String> made = http.send(request, BodyHandlers.ofString());
      if (made.statusCode() != 201) {
        throw new RefusedException(made.statusCode(), made.body());
      }
    } catch (FormatException e) {
      throw new IOException("Keycloak's answer has no realm", e);
    }
  }

  private JsonObject answer(HttpRequest request, int wanted)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != wanted) {
      throw new RefusedException(answer.statusCode(), answer.body());
    }
    try {
      return StrictJson.object(answer.body().getBytes(StandardCharsets.UTF_8), ANSWER_BYTES_MAX);
    } catch (FormatException e) {
      throw new IOException("Keycloak's answer is not understood", e);
    }
  }

  private static HttpRequest.Builder get(URI address) {
    return HttpRequest.newBuilder(address).timeout(TIMEOUT);
  }

  private static HttpRequest.Builder authorized(URI address, String accessToken) {
    return get(address).header("Authorization", "Bearer " + accessToken);
  }

  private static HttpRequest.Builder post(URI address, Map<String, String> fields) {
    return get(address)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(form(fields)));
  }

  private static String form(Map<String, String> fields) {
    return new TreeMap<>(fields)
        .entrySet().stream()
            .map(
                field ->
                    field.getKey()
                        + "="
                        + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
  }

  @Override
  public void close() {
    http.close();
  }
}
