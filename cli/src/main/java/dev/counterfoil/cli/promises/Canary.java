package dev.counterfoil.cli.promises;

import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A token that is requested, accepted by a verifier, and revoked to see when that refuses it. */
final class Canary {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final int ANSWER_BYTES_MAX = 64 * 1024;

  private final TrustPolicy policy;
  private final String audience;
  private final PrivateKeyJwtTokenSource client;
  private final HttpClient http;

  /**
   * A canary.
   *
   * @param client whose token it is, for the audience
   */
  Canary(TrustPolicy policy, String audience, PrivateKeyJwtTokenSource client, HttpClient http) {
    this.policy = policy;
    this.audience = audience;
    this.client = client;
    this.http = http;
  }

  /**
   * Revokes a token once.
   *
   * @param patience how long the verifier may take to accept it, and then to refuse it
   * @return from before the request to revoke it until the verifier refused it; empty where it did
   *     not
   * @throws IOException where that could not be tried
   */
  Optional<Duration> run(Duration patience) throws IOException, InterruptedException {
    try (Verifier verifier = Verifier.builder(policy).build()) {
      String token = client.accessToken(true);
      if (!comesTo(verifier, token, patience, Verified.class::isInstance)) {
        throw new IOException("a new token is not accepted: " + verify(verifier, token));
      }
      long began = System.nanoTime();
      revoke(token);
      return comesTo(verifier, token, patience, Canary::isRevoked)
          ? Optional.of(Duration.ofNanos(System.nanoTime() - began))
          : Optional.empty();
    }
  }

  private static boolean isRevoked(Verification verification) {
    return verification instanceof Refused refused && refused.code() == RefusalCode.TOKEN_REVOKED;
  }

  private interface Wanted {
    boolean is(Verification verification);
  }

  private boolean comesTo(Verifier verifier, String token, Duration patience, Wanted wanted)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!wanted.is(verify(verifier, token))) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      Thread.sleep(LOOK_EVERY);
    }
    return true;
  }

  private Verification verify(Verifier verifier, String token) {
    return verifier.verify(
        token, Expectations.audience(audience).accessToken().anyTenant().bearerAllowed());
  }

  /** RFC 7009 2.1. */
  private void revoke(String token) throws IOException {
    Map<String, String> form = new HashMap<>(client.proof());
    form.put("token", token);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(policy.issuer() + "/revoke"))
            .timeout(ANSWER_WITHIN)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    form.entrySet().stream()
                        .map(
                            one ->
                                one.getKey()
                                    + "="
                                    + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&"))))
            .build();
    HttpResponse<byte[]> answer = HttpReadSide.send(http, request, ANSWER_BYTES_MAX, ANSWER_WITHIN);
    if (answer.statusCode() != 200) {
      throw new IOException("the authority does not revoke it: status " + answer.statusCode());
    }
  }
}
