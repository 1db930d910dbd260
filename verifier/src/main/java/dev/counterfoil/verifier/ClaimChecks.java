package dev.counterfoil.verifier;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.token.CompactToken;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a token says, held against what its key may sign, what the service expects, and the time.
 * Pure: nothing is looked up.
 */
final class ClaimChecks {
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

  /** Why a token is not what the service expects; empty when it is. */
  static Optional<Refused> expectations(
      CompactToken parsed, TokenClaims said, Expectations expectations) {
    if (!parsed.type().equals(expectations.tokenType())) {
      return Optional.of(new Refused(RefusalCode.TOKEN_TYPE, "token is of another type"));
    }
    if (!expectations.asIssuer() && !said.audiences().contains(expectations.audience())) {
      return Optional.of(new Refused(RefusalCode.AUDIENCE, "token is for another audience"));
    }
    if (!expectations.tenants().allows(said.tenant())) {
      return Optional.of(new Refused(RefusalCode.TENANT, "token is of another tenant"));
    }
    return Optional.empty();
  }

  /** Why a token is not in force; empty when it is. */
  static Optional<Refused> times(TokenClaims said, Instant now, Duration clockSkew) {
    if (!now.isBefore(said.expiresAt())) {
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
