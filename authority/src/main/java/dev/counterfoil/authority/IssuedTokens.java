package dev.counterfoil.authority;

import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether tokens that somebody presents here were issued and hold now: the verifier that services
 * embed, with the read side of this process.
 */
final class IssuedTokens {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Verifier verifier;
  private final PublishedKeys keys;
  private final String issuer;

  IssuedTokens(Verifier verifier, PublishedKeys keys, URI issuer) {
    this.verifier = verifier;
    this.keys = keys;
    this.issuer = issuer.toString();
  }

  /**
   * A token that holds, for any audience; empty when it does not.
   *
   * @throws RequestRefusedException when nobody can say at this time
   */
  Optional<Verified> find(String token, RequestContext context)
      throws RequestRefusedException, InterruptedException {
    return decide(verifier.verify(token, Expectations.asIssuer(issuer), context));
  }

  /**
   * A token with which somebody asks this authority for something itself, so that it must be for
   * the issuer as its audience; empty when it does not hold.
   */
  Optional<Verified> forThisAuthority(String token, RequestContext context)
      throws RequestRefusedException, InterruptedException {
    return decide(
        verifier.verify(
            token,
            Expectations.audience(issuer).accessToken().anyTenant().bearerAllowed(),
            context));
  }

  private Optional<Verified> decide(Verification verification)
      throws RequestRefusedException, InterruptedException {
    return switch (verification) {
      case Verified verified -> {
        // The verifier looks at the key set twice a second. A token that was revoked here a moment
        // ago must be gone at once.
        boolean revoked =
            keys.current().filter(set -> set.isRevoked(verified.tokenId())).isPresent();
        yield revoked ? Optional.empty() : Optional.of(verified);
      }
      case Refused refused -> {
        if (isOutage(refused.code())) {
          throw new RequestRefusedException(
              OAuthError.unavailable("tokens cannot be checked at this time", RETRY_AFTER));
        }
        yield Optional.empty();
      }
    };
  }

  private static boolean isOutage(RefusalCode code) {
    return code == RefusalCode.PROOF_UNAVAILABLE
        || code == RefusalCode.KEYS_UNAVAILABLE
        || code == RefusalCode.KEYS_STALE;
  }
}
