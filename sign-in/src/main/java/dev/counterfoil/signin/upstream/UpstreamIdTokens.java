package dev.counterfoil.signin.upstream;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an ID token has to be (OpenID Connect Core, 3.1.3.7), with Nimbus for the signature. A pure
 * function of the token, the keys and the time.
 */
final class UpstreamIdTokens {
  /** Public keys alone: with {@code HS256} a public key would be a secret that everyone has. */
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private static final Duration SKEW = Duration.ofSeconds(60);

  /** Older than that it was kept for something. */
  private static final Duration AGE_MAX = Duration.ofMinutes(10);

  private static final int LENGTH_MAX = 32 * 1024;
  private static final int SUBJECT_MAX = 255;
  private static final int KEYS_TRIED_MAX = 4;

  private UpstreamIdTokens() {}

  /** No key of the set fits: a new set may have one. */
  static final class NoKeyException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Who a token says it is.
   *
   * @param nonce that went with the request
   * @param since when a fresh proof was asked for; empty where none was
   */
  static UpstreamIdentity verified(
      Upstream upstream,
      String token,
      JWKSet keys,
      String nonce,
      Optional<Instant> since,
      Instant now)
      throws UpstreamRefusedException, NoKeyException {
    try {
      if (token.length() > LENGTH_MAX) {
        throw refused("id-token", "the ID token is too long");
      }
      SignedJWT jwt = SignedJWT.parse(token);
      JWSHeader header = jwt.getHeader();
      if (!ALGORITHMS.contains(header.getAlgorithm())
          || (header.getCriticalParams() != null && !header.getCriticalParams().isEmpty())) {
        throw refused("id-token", "the ID token's algorithm or header is not allowed here");
      }
      requireSignature(jwt, keys);
      JWTClaimsSet claims = jwt.getJWTClaimsSet();
      return identity(upstream, claims, nonce, since, now);
    } catch (ParseException | JOSEException e) {
      throw new UpstreamRefusedException("id-token", "the ID token is malformed", e);
    }
  }

  /** Whether one of the keys made the signature, by an algorithm that is allowed here. */
  static boolean isSigned(String token, JWKSet keys) throws NoKeyException {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      if (!ALGORITHMS.contains(jwt.getHeader().getAlgorithm())) {
        return false;
      }
      requireSignature(jwt, keys);
      return true;
    } catch (ParseException | JOSEException | UpstreamRefusedException e) {
      return false;
    }
  }

  private static void requireSignature(SignedJWT jwt, JWKSet keys)
      throws UpstreamRefusedException, NoKeyException, JOSEException {
    JWKMatcher matcher = JWKMatcher.forJWSHeader(jwt.getHeader());
    List<JWK> fitting = matcher == null ? List.of() : new JWKSelector(matcher).select(keys);
    if (fitting.isEmpty()) {
      throw new NoKeyException();
    }
    for (JWK key : fitting.subList(0, Math.min(KEYS_TRIED_MAX, fitting.size()))) {
      if (key instanceof AsymmetricJWK asymmetric
          && jwt.verify(
              new DefaultJWSVerifierFactory()
                  .createJWSVerifier(jwt.getHeader(), asymmetric.toPublicKey()))) {
        return;
      }
    }
    throw refused("signature", "no key of the provider made the ID token's signature");
  }

  private static UpstreamIdentity identity(
      Upstream upstream, JWTClaimsSet claims, String nonce, Optional<Instant> since, Instant now)
      throws UpstreamRefusedException, ParseException {
    if (!upstream.issuer().toString().equals(claims.getIssuer())) {
      throw refused("issuer", "the ID token is of another issuer");
    }
    List<String> audience = claims.getAudience();
    @Nullable String party = claims.getStringClaim("azp");
    if (!audience.contains(upstream.clientId())
        || (audience.size() > 1 && party == null)
        || (party != null && !party.equals(upstream.clientId()))) {
      throw refused("audience", "the ID token is for another client");
    }
    @Nullable Date expires = claims.getExpirationTime();
    @Nullable Date issued = claims.getIssueTime();
    if (expires == null || !now.minus(SKEW).isBefore(expires.toInstant())) {
      throw refused("expired", "the ID token has expired");
    }
    if (issued == null
        || issued.toInstant().isAfter(now.plus(SKEW))
        || issued.toInstant().isBefore(now.minus(AGE_MAX))) {
      throw refused("issued-at", "the ID token was not issued just now");
    }
    @Nullable String said = claims.getStringClaim("nonce");
    if (said == null
        || !MessageDigest.isEqual(
            said.getBytes(StandardCharsets.UTF_8), nonce.getBytes(StandardCharsets.UTF_8))) {
      throw refused("nonce", "the ID token answers another request");
    }
    @Nullable String subject = claims.getSubject();
    if (subject == null
        || subject.isEmpty()
        || subject.length() > SUBJECT_MAX
        || subject.chars().anyMatch(Character::isISOControl)) {
      throw refused(
          "subject",
          "the ID token has no subject of 1 to 255 characters without control characters");
    }
    @Nullable Long authTime = claims.getLongClaim("auth_time");
    Optional<Instant> proved = Optional.ofNullable(authTime).map(Instant::ofEpochSecond);
    if (proved.isPresent() && proved.get().isAfter(now.plus(SKEW))) {
      throw refused("auth-time", "the ID token says a time to come");
    }
    if (since.isPresent() && proved.filter(at -> !at.isBefore(since.get().minus(SKEW))).isEmpty()) {
      throw refused("auth-time", "the provider asked for no fresh proof, or does not say when");
    }
    return new UpstreamIdentity(
        claims.getIssuer(),
        subject,
        proved,
        text(claims, "preferred_username"),
        text(claims, "name"),
        text(claims, "email"),
        Boolean.TRUE.equals(claims.getClaim("email_verified")));
  }

  private static Optional<String> text(JWTClaimsSet claims, String name) {
    return claims.getClaim(name) instanceof String text
            && !text.isBlank()
            && text.length() <= SUBJECT_MAX
            && text.chars().noneMatch(Character::isISOControl)
        ? Optional.of(text)
        : Optional.empty();
  }

  private static UpstreamRefusedException refused(String code, String sentence) {
    return new UpstreamRefusedException(code, sentence);
  }
}
