package dev.counterfoil.verifier;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.token.CompactToken;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What a token says, held against what its key may sign, what the service expects, and the time.
 * Pure: nothing is looked up.
 */
final class ClaimChecks {
  /** The claim in which Keycloak says what a token is. */
  private static final String KIND = "typ";

  private static final Set<String> ACCESS_KINDS = Set.of("Bearer", "DPoP");

  /** Claims of ID tokens (OpenID Connect Core 2, 3.3.2.11) and of events (RFC 8417 2.2). */
  private static final Set<String> OF_OTHERS =
      Set.of("nonce", "at_hash", "c_hash", "s_hash", "events");

  private ClaimChecks() {}

  /** Why a key may not have signed what a token says; empty when it may. */
  static Optional<Refused> scope(CompactToken parsed, TokenClaims said, KeyStatement statement) {
    return statement
        .violation(
            parsed.type(),
            said.issuer(),
            said.tenant(),
            said.audiences(),
            said.isBound(),
            said.issuedAt(),
            said.expiresAt())
        .map(ClaimChecks::scopeRefusal);
  }

  private static Refused scopeRefusal(KeyStatement.Violation violation) {
    return switch (violation) {
      case ISSUER -> new Refused(RefusalCode.ISSUER, "key may not sign for this issuer");
      case TENANT -> new Refused(RefusalCode.KEY_SCOPE_TENANT, "key may not sign for this tenant");
      case TOKEN_TYPE ->
          new Refused(RefusalCode.KEY_SCOPE_TYPE, "key may not sign tokens of this type");
      case AUDIENCE ->
          new Refused(RefusalCode.KEY_SCOPE_AUDIENCE, "key may not sign for this audience");
      case BINDING ->
          new Refused(RefusalCode.KEY_SCOPE_BINDING, "key signs only tokens that are bound");
      case LIFE -> new Refused(RefusalCode.LIFE_TOO_LONG, "token's life is not one its key gives");
      case ACTIVE_WINDOW ->
          new Refused(RefusalCode.KEY_NOT_ACTIVE, "token is dated outside its key's active window");
      case VERIFY_UNTIL ->
          new Refused(RefusalCode.PAST_VERIFY_UNTIL, "token outlives its key's tokens");
    };
  }

  /**
   * Why a token that another issuer composed is shown to be no access token; empty when nothing
   * shows that. A header that says {@value CompactToken#UNTYPED} is one of ID tokens, too (RFC 8725
   * 3.12).
   */
  static Optional<Refused> foreignKind(CompactToken parsed, TokenClaims said) {
    if (!parsed.type().equals(CompactToken.UNTYPED)) {
      return Optional.empty();
    }
    boolean other =
        said.all().has(KIND)
            ? !isAccessToken(said)
            : said.all().names().stream().anyMatch(OF_OTHERS::contains);
    return other
        ? Optional.of(
            new Refused(
                RefusalCode.TOKEN_TYPE, "token is an ID token or another one, no access token"))
        : Optional.empty();
  }

  private static boolean isAccessToken(TokenClaims said) {
    return said.all().get(KIND) instanceof String kind && ACCESS_KINDS.contains(kind);
  }

  /**
   * Why a token is not what the service expects; empty when it is.
   *
   * @param attached whether it is of an attached issuer: one that says in its claims that it is an
   *     access token is one, whatever its header calls it
   */
  static Optional<Refused> expectations(
      CompactToken parsed, TokenClaims said, Expectations expectations, boolean attached) {
    boolean isAccessToken =
        attached && parsed.type().equals(CompactToken.UNTYPED) && isAccessToken(said);
    if (!parsed.type().equals(expectations.tokenType())
        && !(isAccessToken && expectations.tokenType().equals(Expectations.ACCESS_TOKEN))) {
      return Optional.of(new Refused(RefusalCode.TOKEN_TYPE, "token is of another type"));
    }
    if (said.audiences().isEmpty()) {
      return Optional.of(
          new Refused(
              RefusalCode.AUDIENCE, "token names no audience: have its issuer name the service"));
    }
    if (!expectations.asIssuer() && !said.audiences().contains(expectations.audience())) {
      return Optional.of(new Refused(RefusalCode.AUDIENCE, "token is for another audience"));
    }
    if (!expectations.tenants().allows(said.tenant())) {
      return Optional.of(new Refused(RefusalCode.TENANT, "token is of another tenant"));
    }
    return Optional.empty();
  }

  /** Why a token is not in force; empty when it is, or was where that is enough. */
  static Optional<Refused> times(
      TokenClaims said, Expectations expectations, Instant now, Duration clockSkew) {
    if (!expectations.takesEnded() && !now.isBefore(said.expiresAt())) {
      return Optional.of(new Refused(RefusalCode.EXPIRED, "token is expired"));
    }
    Instant latest = now.plus(clockSkew);
    Instant notBefore = said.notBefore();
    if (said.issuedAt().isAfter(latest) || (notBefore != null && notBefore.isAfter(latest))) {
      return Optional.of(new Refused(RefusalCode.NOT_YET_VALID, "token is not valid yet"));
    }
    return Optional.empty();
  }
}
