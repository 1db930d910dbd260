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
 * started: {@code iat} is required for that. A client whose assertion falls into the second of a
 * restart asks again with a new one.
 */
final class ClientAssertions {
  /** The one {@code client_assertion_type} (RFC 7523 2.2). */
  static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

  /** Longest assertion accepted, in characters. */
  static final int LENGTH_MAX = 8 * 1024;

  /** Longest {@code exp - now} accepted. */
  static final Duration LIFE_MAX = Duration.ofMinutes(5);

  /** How far a client's clock may be ahead or behind. */
  static final Duration SKEW = Duration.ofSeconds(10);

  private static final int ID_MAX = 256;

  private final Set<String> audiences;
  private final ClientDirectory clients;
  private final ReplayGuard replays;
  private final InstantSource clock;
  private final Instant startedAt;

  /**
   * @param issuer the authority: the one audience, or its token endpoint, as RFC 7523 3 allows
   * @param startedAt when this process began
   */
  ClientAssertions(
      URI issuer,
      URI tokenEndpoint,
      ClientDirectory clients,
      ReplayGuard replays,
      InstantSource clock,
      Instant startedAt) {
    this.audiences = Set.of(issuer.toString(), tokenEndpoint.toString());
    this.clients = clients;
    this.replays = replays;
    this.clock = clock;
    this.startedAt = startedAt;
  }

  /**
   * A client that proved itself.
   *
   * @param client who it is
   * @param assertionId the assertion's {@code jti}
   */
  record Proved(Client client, String assertionId) {}

  /** Checks an assertion; whatever is wrong with it, the answer is the same. */
  Proved check(String assertion, Optional<String> clientIdParameter)
      throws RequestRefusedException {
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

  private String checkClaims(Client client, JWTClaimsSet claims) throws RequestRefusedException {
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
            && !issuedAt.isAfter(now.plus(SKEW))
            && issuedAt.isAfter(startedAt)
            && (notBefore == null || !notBefore.toInstant().isAfter(now.plus(SKEW)));
    if (!inTime) {
      throw refused();
    }
    return switch (replays.use(client.id(), id, expiresAt.plus(SKEW))) {
      case FIRST -> id;
      case REPEATED -> throw refused();
      case FULL ->
          throw new RequestRefusedException(
              OAuthError.unavailable("too many assertions in a short time", LIFE_MAX));
    };
  }

  private static RequestRefusedException refused() {
    return new RequestRefusedException(OAuthError.invalidClient());
  }
}
