package dev.counterfoil.authority;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;

/** Serves the keys as JWKs (RFC 7517 5), for everybody who does not read the key log. */
final class PublicKeys {
  /**
   * Caches ask again after this, with the ETag: what a revocation needs to spread, and far less
   * than a key is stated before it signs.
   */
  private static final String CACHE_CONTROL = "public, max-age=5";

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final PublishedKeys published;

  PublicKeys(PublishedKeys published) {
    this.published = published;
  }

  /** The JWK set. */
  void jwks(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    PublishedKeys.Published keys = current();
    HttpAnswers.cacheable(
        request, response, "application/jwk-set+json", CACHE_CONTROL, keys.jwksTag(), keys.jwks());
  }

  private PublishedKeys.Published current() throws RequestRefusedException, InterruptedException {
    return published
        .current()
        .orElseThrow(
            () ->
                new RequestRefusedException(
                    OAuthError.unavailable("no key counts at this time", RETRY_AFTER)));
  }
}
