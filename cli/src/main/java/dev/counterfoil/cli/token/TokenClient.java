package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks for tokens as a client does (RFC 6749 4.4), with a secret or a key. */
public final class TokenClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private TokenClient() {}

  /** The authority's whole answer. */
  static JsonObject ask(
      String issuer,
      String client,
      String secret,
      @Nullable String audience,
      @Nullable String scope)
      throws InterruptedException {
    return ask(issuer, client, secret, audience, scope, Duration.ZERO);
  }

  /**
   * The same, asked again of an authority that cannot yet and says when it will (503 with
   * Retry-After, RFC 9110 10.2.3).
   *
   * @param patience how long, from now
   */
  public static JsonObject ask(
      String issuer,
      String client,
      String secret,
      @Nullable String audience,
      @Nullable String scope,
      Duration patience)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    StringBuilder form = new StringBuilder("grant_type=client_credentials");
    if (audience != null) {
      form.append("&audience=").append(encode(audience));
    }
    if (scope != null) {
      form.append("&scope=").append(encode(scope));
    }
    String credentials = encode(client) + ":" + encode(secret);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(issuer + "/token"))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder()
                        .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
            .POST(HttpRequest.BodyPublishers.ofString(form.toString()))
            .build();
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      for (Optional<Duration> pause = retryAfter(response);
          pause.isPresent() && System.nanoTime() + pause.get().toNanos() < deadline;
          pause = retryAfter(response)) {
        Thread.sleep(pause.get());
        response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      }
      JsonObject body = StrictJson.object(response.body(), TokenFile.BYTES_MAX);
      if (response.statusCode() == 200) {
        return body;
      }
      throw CommandFailure.unavailable(
          "the authority refused ("
              + response.statusCode()
              + " "
              + body.optionalString("error").orElse("without a reason")
              + "): "
              + body.optionalString("error_description").orElse("no description"));
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          issuer + " does not answer as an authority does: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "no authority answers at "
              + issuer
              + ". Is counterfoil up running? ("
              + CommandFailure.reason(e)
              + ")");
    }
  }

  /** A token for a client that proves itself with a key (RFC 7523), as the answer to it. */
  static JsonObject ask(
      String issuer, String client, Path key, @Nullable String audience, @Nullable String scope)
      throws InterruptedException {
    Map<String, String> parameters = new HashMap<>();
    if (audience != null) {
      parameters.put("audience", audience);
    }
    if (scope != null) {
      parameters.put("scope", scope);
    }
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      String token =
          new PrivateKeyJwtTokenSource(
                  issuer, client, key, parameters, http, InstantSource.system(), new SecureRandom())
              .accessToken(false);
      return JsonObject.builder().put("access_token", token).build();
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "no token with the key in " + key + ": " + CommandFailure.reason(e));
    }
  }

  /** When to ask again: in seconds, as our authority says it; not at once, whatever it says. */
  private static Optional<Duration> retryAfter(HttpResponse<?> response) {
    return response.statusCode() == 503
        ? response
            .headers()
            .firstValue("Retry-After")
            .filter(seconds -> seconds.matches("[0-9]{1,4}"))
            .map(seconds -> Duration.ofSeconds(Math.max(1, Integer.parseInt(seconds))))
        : Optional.empty();
  }

  /** The token in an answer. */
  public static String accessToken(JsonObject answer) {
    try {
      return answer.string("access_token");
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the authority's answer has no token: " + e.getMessage());
    }
  }

  /** A secret from its file. */
  public static String secret(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw CommandFailure.environment(
          "cannot read the client's secret in "
              + file
              + ". Name another with --client or --secret-file");
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
