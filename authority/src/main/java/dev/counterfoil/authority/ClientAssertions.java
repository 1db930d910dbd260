package dev.counterfoil.authority;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks the assertions of clients with keys (private_key_jwt: RFC 7523 3, OpenID Core 9).
 *
 * <p>An assertion lives at most five minutes, is used once, and was issued after this process
 * started: {@code iat} is required for that, see {@link IssueTimes}. A client whose assertion falls
 * into the second of a restart asks again with a new one.
 */
final class ClientAssertions {
  /** The one {@code client_assertion_type} (RFC 7523 2.2). */
  static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

  /** Longest assertion accepted, in characters. */
  static final int LENGTH_MAX = 8 * 1024;

  /** Longest {@code exp - now} accepted. */
  static final Duration LIFE_MAX = Duration.ofMinutes(5);

  /** How far a client's clock may be behind, and ahead for all but {@code iat}. */
  static final Duration SKEW = Duration.ofSeconds(10);

  private static final int ID_MAX = 256;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final Set<String> audiences;
  private final ClientDirectory clients;
  private final ReplayGuard replays;
  private final InstantSource clock;
  private final IssueTimes times;

  /**
   * @param issuer the authority: the one audience, or its token endpoint, as RFC 7523 3 allows
   * @param replays remembers assertions and nothing else
   */
  ClientAssertions(
      URI issuer,
      URI tokenEndpoint,
      ClientDirectory clients,
      ReplayGuard replays,
      InstantSource clock,
      IssueTimes times) {
    this.audiences = Set.of(issuer.toString(), tokenEndpoint.toString());
    this.clients = clients;
    this.replays = replays;
    this.clock = clock;
    this.times = times;
  }

  /**
   * A client that proved itself.
   *
   * @param client who it is
   * @param assertionId the assertion's {@code jti}
   */
  record Proved(Client client, String assertionId) {}

  /**
   * Checks an assertion. Whatever is wrong with it, the answer is the same, so that nobody learns
   * which clients there are; who has a client's key may hear what to do next.
   */
  Proved check(String assertion, Optional<String> clientIdParameter)
      throws RequestRefusedException, InterruptedException {
    if (assertion.length() > LENGTH_MAX) {
      throw refused();
    }
    SignedJWT jwt;
    JWTClaimsSet claims;
    try {
      jwt = SignedJWT.parse(assertion);
      claims = jwt.getJWTClaimsSet();
    } catch (ParseException e) {
      throw refused();
    }
    @Nullable String clientId = claims.getSubject();
    // RFC 7523 3: issuer and subject are the client.
    if (clientId == null
        || !clientId.equals(claims.getIssuer())
        || (clientIdParameter.isPresent() && !clientIdParameter.get().equals(clientId))
        || jwt.getHeader().getCriticalParams() != null) {
      throw refused();
    }
    Client client =
        clients
            .find(clientId)
            .filter(found -> found.method() == AuthenticationMethod.PRIVATE_KEY_JWT)
            .orElseThrow(ClientAssertions::refused);
    try {
      if (!client.keys().verify(jwt)) {
        throw refused();
      }
    } catch (JOSEException e) {
      throw refused();
    }
    return new Proved(client, checkClaims(client, claims));
  }

  private String checkClaims(Client client, JWTClaimsSet claims)
      throws RequestRefusedException, InterruptedException {
    Instant now = clock.instant();
    List<String> audience = claims.getAudience();
    @Nullable Date expires = claims.getExpirationTime();
    @Nullable Date issued = claims.getIssueTime();
    @Nullable Date notBefore = claims.getNotBeforeTime();
    @Nullable String id = claims.getJWTID();
    // One audience: an assertion that is good elsewhere too can be replayed by whoever is there.
    if (audience.size() != 1
        || !audiences.contains(audience.getFirst())
        || expires == null
        || issued == null
        || id == null
        || id.isEmpty()
        || id.length() > ID_MAX) {
      throw refused();
    }
    Instant expiresAt = expires.toInstant();
    Instant issuedAt = issued.toInstant();
    boolean inTime =
        now.isBefore(expiresAt.plus(SKEW))
            && !expiresAt.isAfter(now.plus(LIFE_MAX).plus(SKEW))
            && (notBefore == null || !notBefore.toInstant().isAfter(now.plus(SKEW)));
    if (!inTime) {
      throw refused();
    }
    if (times.isBeforeStart(issuedAt)) {
      throw refused("the assertion is older than this server: make a new one and ask again");
    }
    if (times.isTooFarAhead(issuedAt)) {
      throw refused("the assertion's iat lies ahead: set the client's clock");
    }
    useOnce(client, id, expiresAt);
    if (!times.awaitIssue(issuedAt)) {
      throw refused("the assertion's iat lies ahead: make a new one and ask again");
    }
    return id;
  }

  private void useOnce(Client client, String id, Instant expiresAt) throws RequestRefusedException {
    switch (replays.use(client.id(), id, expiresAt.plus(SKEW))) {
      case FIRST -> {
        // Nobody used it before.
      }
      case REPEATED -> throw refused();
      case FULL ->
          throw new RequestRefusedException(
              new OAuthError(
                  OAuthError.Code.QUOTA,
                  "the client sent too many assertions in a short time: ask less often, and let"
                      + " assertions live shorter",
                  RETRY_AFTER));
    }
  }

  private static RequestRefusedException refused(String description) {
    return new RequestRefusedException(OAuthError.of(OAuthError.Code.INVALID_CLIENT, description));
  }

  private static RequestRefusedException refused() {
    return new RequestRefusedException(OAuthError.invalidClient());
  }
}
