package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/**
 * The client that the first start makes, at the token endpoint itself: for tokens of which only
 * what comes after is tested. The command's start takes a hundred times as long.
 */
final class DemoClient implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final String issuer;
  private final Path secret;

  /**
   * @param issuer its URL
   * @param domain folder of the trust domain
   */
  DemoClient(String issuer, Path domain) {
    this.issuer = issuer;
    this.secret = domain.resolve("clients/demo.secret");
  }

  String token() throws Exception {
    HttpResponse<String> answer = ask();
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return token(answer);
  }

  /** Whether it gets tokens now. */
  boolean isServed() throws InterruptedException {
    return tokenIfServed().isPresent();
  }

  /** A token where it gets one now. */
  Optional<String> tokenIfServed() throws InterruptedException {
    try {
      HttpResponse<String> answer = ask();
      return answer.statusCode() == 200 ? Optional.of(token(answer)) : Optional.empty();
    } catch (IOException e) {
      // The authority is away for the moment.
      return Optional.empty();
    }
  }

  private static String token(HttpResponse<String> answer) {
    try {
      return StrictJson.object(answer.body().getBytes(StandardCharsets.UTF_8), 1 << 16)
          .string("access_token");
    } catch (FormatException e) {
      throw new AssertionError(answer.body(), e);
    }
  }

  /** The issuer's URL. */
  String issuer() {
    return issuer;
  }

  /** Gives up a token of its own (RFC 7009). */
  void revoke(String token) throws Exception {
    HttpResponse<String> answer = post("/revoke", "token=" + token);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private HttpResponse<String> ask() throws IOException, InterruptedException {
    return post("/token", "grant_type=client_credentials");
  }

  private HttpResponse<String> post(String path, String form)
      throws IOException, InterruptedException {
    byte[] credentials =
        ("demo:" + Files.readString(secret).strip()).getBytes(StandardCharsets.US_ASCII);
    return http.send(
        HttpRequest.newBuilder(URI.create(issuer + path))
            .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    http.close();
  }
}
