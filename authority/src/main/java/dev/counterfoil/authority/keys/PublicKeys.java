package dev.counterfoil.authority.keys;

import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.keys.PublishedKeys.Jwks;
import dev.counterfoil.authority.keys.PublishedKeys.Published;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.JwksMaxAge;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.log.disk.FileDisk;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Serves the keys as JWK sets, for everybody who does not read the key log: the ordinary set and
 * the one for audiences that check signatures and nothing else, each plain and signed, and the keys
 * of the past.
 *
 * <p>A copy may be kept for as long as no key can sign that it lacks ({@link JwksMaxAge}), and a
 * random part less, so that services that fetched together do not come back together.
 */
public final class PublicKeys {
  private static final String PLAIN_TYPE = "application/jwk-set+json";
  private static final String SIGNED_TYPE = "application/jwk-set+jwt";
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** Nobody decides by it whether a key counts now. */
  private static final Duration HISTORY_KEPT = Duration.ofMinutes(5);

  private final PublishedKeys published;
  private final SignedSetFile ordinary;
  private final SignedSetFile signatureOnly;
  private final SignedSetFile history;
  private final JwksFetches fetches;
  private final ClientAddress addresses;
  private final RandomGenerator random;
  private final InstantSource clock;

  public PublicKeys(
      PublishedKeys published,
      FileDisk keyLogFolder,
      JwksFetches fetches,
      ClientAddress addresses,
      RandomGenerator random,
      InstantSource clock) {
    this.published = published;
    this.ordinary = new SignedSetFile(keyLogFolder, "jwks.jwt");
    this.signatureOnly = new SignedSetFile(keyLogFolder, "signature-only.jwt");
    this.history = new SignedSetFile(keyLogFolder, "historical-keys.jwt");
    this.fetches = fetches;
    this.addresses = addresses;
    this.random = random;
    this.clock = clock;
  }

  /** The issuer's JWKS. */
  public void jwks(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    plain(Publication.ORDINARY, request, response);
  }

  /** That of audiences that check signatures and nothing else. */
  public void signatureOnlyJwks(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    plain(Publication.SIGNATURE_ONLY, request, response);
  }

  /** The issuer's JWKS, signed by the registrar. */
  public void signedJwks(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    signed(Publication.ORDINARY, ordinary, request, response);
  }

  /** The other one, signed by the registrar. */
  public void signedSignatureOnlyJwks(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    signed(Publication.SIGNATURE_ONLY, signatureOnly, request, response);
  }

  /** The keys that no set has any more. */
  public void historicalKeys(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    Instant now = clock.instant();
    SignedSetFile.Signed signed =
        history.current(published.required().set(), now).orElseThrow(PublicKeys::notSigned);
    send(request, response, signed, HISTORY_KEPT, now);
  }

  private void plain(Publication publication, ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    Published keys = published.required();
    Jwks jwks = keys.jwks(publication);
    fetched(publication, jwks, request);
    HttpAnswers.cacheable(
        request,
        response,
        PLAIN_TYPE,
        cacheControl(maxAge(keys, clock.instant())),
        jwks.tag(),
        jwks.body());
  }

  private void signed(
      Publication publication, SignedSetFile file, ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    Instant now = clock.instant();
    Published keys = published.required();
    Jwks jwks = keys.jwks(publication);
    SignedSetFile.Signed signed =
        file.current(keys.set(), now)
            // One that was signed before the last change is replaced within two seconds.
            .filter(one -> one.kids().equals(Set.copyOf(jwks.kids())))
            .orElseThrow(PublicKeys::notSigned);
    fetched(publication, jwks, request);
    send(request, response, signed, maxAge(keys, now), now);
  }

  private static void send(
      ServerRequest request,
      ServerResponse response,
      SignedSetFile.Signed signed,
      Duration maxAge,
      Instant now) {
    Duration left = Duration.between(now, signed.ends());
    HttpAnswers.cacheable(
        request,
        response,
        SIGNED_TYPE,
        cacheControl(left.compareTo(maxAge) < 0 ? left : maxAge),
        PublishedKeys.tag(Hash.sha256(signed.text())),
        signed.text());
  }

  private void fetched(Publication publication, Jwks jwks, ServerRequest request) {
    fetches.fetched(
        addresses.of(request),
        request.headers().first(HeaderNames.USER_AGENT).orElse(""),
        publication,
        jwks.kids());
  }

  private Duration maxAge(Published keys, Instant now) {
    return JwksMaxAge.jittered(keys.maxAge(now), random.nextDouble());
  }

  private static String cacheControl(Duration maxAge) {
    return "public, max-age=" + maxAge.toSeconds() + ", must-revalidate";
  }

  private static RequestRefusedException notSigned() {
    return new RequestRefusedException(
        OAuthError.unavailable("the registrar has not signed this set yet", RETRY_AFTER));
  }
}
