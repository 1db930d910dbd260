package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.TrustPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;

/** The key set that an authority publishes, verified from the policy's root down. */
final class PublishedKeys {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private PublishedKeys() {}

  static KeySet fetch(TrustPolicy policy) throws FormatException, InterruptedException {
    return KeySet.verify(fetchSigned(policy), policy, InstantSource.system().instant());
  }

  /** The signed set as it came. */
  static String fetchSigned(TrustPolicy policy) throws InterruptedException {
    URI uri = URI.create(policy.issuer() + "/counterfoil/keys");
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      HttpResponse<InputStream> response =
          http.send(
              HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          throw CommandFailure.unavailable(uri + " answered " + response.statusCode());
        }
        byte[] bytes = body.readNBytes(dev.counterfoil.format.SignedStatement.LENGTH_MAX);
        return new String(bytes, StandardCharsets.US_ASCII).strip();
      }
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "no authority answers at "
              + uri
              + ": is counterfoil up running? ("
              + e.getMessage()
              + ")");
    }
  }
}
