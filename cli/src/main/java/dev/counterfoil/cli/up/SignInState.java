package dev.counterfoil.cli.up;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** Whether people get ID tokens, as an authority says it of itself. */
final class SignInState {
  private static final Duration WITHIN = Duration.ofSeconds(2);
  private static final int BYTES_MAX = 64 * 1024;

  /** Keys of RSA take longer to make than those that the authority was waited for. */
  private static final int LOOKS = 25;

  private static final Duration PAUSE = Duration.ofMillis(200);

  private SignInState() {}

  /**
   * Why nobody gets an ID token; empty where people do, or the authority does not answer.
   *
   * @param health where it says how it is
   */
  static Optional<String> reason(URI health) {
    Optional<String> reason = Optional.empty();
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(WITHIN).build()) {
      HttpRequest request = HttpRequest.newBuilder(health).timeout(WITHIN).build();
      for (int i = 0; i < LOOKS; i++) {
        reason = read(http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body());
        if (reason.isEmpty()) {
          return reason;
        }
        Thread.sleep(PAUSE);
      }
      return reason;
    } catch (IOException | FormatException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return reason;
    }
  }

  static Optional<String> read(byte[] health) throws FormatException {
    return StrictJson.object(health, BYTES_MAX).optionalString("sign_in_reason");
  }

  /** What is printed of a domain. */
  static String line(Optional<String> reason, boolean takesPasskeys) {
    if (reason.isPresent()) {
      return "cannot sign in yet: "
          + reason.get()
          + ". With a root of your own, its delegation has to allow the token types and audiences"
          + " of the purpose for ID tokens";
    }
    return takesPasskeys
        ? "sign in with passkeys or passwords  (docs/operate/people.md)"
        : "sign in with passwords alone, since the issuer is no https or localhost name"
            + "  (docs/operate/people.md)";
  }
}
