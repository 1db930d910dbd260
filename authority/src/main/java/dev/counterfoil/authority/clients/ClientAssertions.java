package dev.counterfoil.authority.clients;

import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.token.SignedJwt;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Checks the assertions of clients with keys (private_key_jwt: RFC 7523 3, OpenID Core 9, FAPI 2.0
 * 5.3.2.1).
 *
 * <p>An assertion lives at most five minutes, is used once, and was issued after this process
 * started: {@code iat} is required for that, see {@link IssueTimes}. A client whose assertion falls
 * into the second of a restart asks again with a new one.
 */
public final class ClientAssertions {
  /** The one {@code client_assertion_type} (RFC 7523 2.2). */
  static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

  /** Longest assertion accepted, in characters. */
  static final int LENGTH_MAX = 8 * 1024;

  /** Longest {@code exp - now} accepted. */
  static final Duration LIFE_MAX = Duration.ofMinutes(5);

  /** How far a client's clock may be behind. */
  static final Duration SKEW = Duration.ofSeconds(10);

  /**
   * The types that an assertion may have: the one of its own (RFC 7523bis), the one that says
   * nothing, or none. A JWT of another kind that the same key signed is none (RFC 8725 3.11).
   */
  private static final Set<String> TYPES = Set.of("jwt", "client-authentication+jwt");

  private static final String MEDIA_TYPE = "application/";
  private static final int ID_MAX = 256;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final String issuer;
  private final String tokenEndpoint;
  private final ClientDirectory clients;
  private final UsedOnce used;
  private final InstantSource clock;
  private final IssueTimes times;

  /**
   * @param issuer the authority: the one audience (FAPI 2.0 5.3.2.1, RFC 7523bis)
   * @param tokenEndpoint the audience of clients that may name it
   * @param used remembers assertions and nothing else
   */
  public ClientAssertions(
      URI issuer,
      URI tokenEndpoint,
      ClientDirectory clients,
      UsedOnce used,
      InstantSource clock,
      IssueTimes times) {
    this.issuer = issuer.toString();
    this.tokenEndpoint = tokenEndpoint.toString();
    this.clients = clients;
    this.used = used;
    this.clock = clock;
    this.times = times;
  }

  /**
   * A client that proved itself.
   *
   * @param client who it is
   * @param thumbprint of the key that signed
   * @param assertionId the assertion's {@code jti}
   */
  record Proved(Client client, String thumbprint, String assertionId) {}

  /**
   * Checks an assertion. Whatever is wrong with it, the answer is the same, so that nobody learns
   * which clients there are; who has a client's key may hear what to do next.
   */
  Proved check(String assertion, Optional<String> clientIdParameter)
      throws RequestRefusedException {
    try {
      SignedJwt jwt =
          SignedJwt.parse(assertion, LENGTH_MAX, "alg", "kid", "typ", "x5t", "x5t#S256");
      requireType(jwt.header());
      String clientId = jwt.claims().string("sub");
      // RFC 7523 3: issuer and subject are the client.
      if (!clientId.equals(jwt.claims().string("iss"))
          || (clientIdParameter.isPresent() && !clientIdParameter.get().equals(clientId))) {
        throw refused();
      }
      Client client =
          clients
              .find(clientId)
              .filter(found -> found.method() == AuthenticationMethod.PRIVATE_KEY_JWT)
              .orElseThrow(ClientAssertions::refused);
      String thumbprint =
          client
              .keys()
              .signerOf(jwt, client.registration().concessions())
              .orElseThrow(ClientAssertions::refused);
      return new Proved(client, thumbprint, checkClaims(client, jwt));
    } catch (FormatException e) {
      throw refused();
    }
  }

  private static void requireType(JsonObject header) throws FormatException {
    Optional<String> type = header.optionalString("typ");
    if (type.isPresent()) {
      // RFC 7515 4.1.9: a media type, whose first part may be left out.
      String name = type.get().toLowerCase(Locale.ROOT);
      if (!TYPES.contains(
          name.startsWith(MEDIA_TYPE) ? name.substring(MEDIA_TYPE.length()) : name)) {
        throw new FormatException("assertion is of another type");
      }
    }
  }

  private String checkClaims(Client client, SignedJwt jwt)
      throws RequestRefusedException, FormatException {
    Instant now = clock.instant();
    requireAudience(client, jwt.claims());
    Instant expiresAt = jwt.time("exp");
    Instant issuedAt = jwt.time("iat");
    Optional<Instant> notBefore = jwt.optionalTime("nbf");
    String id = jwt.claims().string("jti");
    if (id.isEmpty()
        || id.length() > ID_MAX
        || !now.isBefore(expiresAt.plus(SKEW))
        || expiresAt.isAfter(now.plus(LIFE_MAX).plus(SKEW))) {
      throw refused();
    }
    if (times.isBeforeStart(issuedAt)) {
      throw refused("the assertion is older than this server: make a new one and ask again");
    }
    if (times.isTooFarAhead(issuedAt) || notBefore.map(times::isTooFarAhead).orElse(false)) {
      throw refused("the assertion's iat or nbf lies ahead: set the client's clock");
    }
    useOnce(client, id, issuedAt, expiresAt);
    return id;
  }

  /**
   * One audience, as a text: an assertion that is good elsewhere too can be replayed by whoever is
   * there.
   */
  private void requireAudience(Client client, JsonObject claims) throws RequestRefusedException {
    Object audience = claims.get("aud");
    if (issuer.equals(audience)) {
      return;
    }
    if (!tokenEndpoint.equals(audience)
        || !client.registration().concessions().contains(Concession.TOKEN_ENDPOINT_AUDIENCE)) {
      throw refused("the assertion's aud is the issuer, as a text, and nothing else");
    }
  }

  private void useOnce(Client client, String id, Instant issuedAt, Instant expiresAt)
      throws RequestRefusedException {
    switch (used.use(client.id(), id, issuedAt, expiresAt.plus(SKEW))) {
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
      case AHEAD_FULL ->
          throw new RequestRefusedException(
              new OAuthError(
                  OAuthError.Code.QUOTA,
                  "the client sent too many assertions whose iat lies ahead: set its clock",
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
