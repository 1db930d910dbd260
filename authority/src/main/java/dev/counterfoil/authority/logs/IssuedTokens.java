package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Supplier;

/**
 * Whether tokens that somebody presents here were issued and hold now: the verifier that services
 * embed, with the read side of this process.
 */
public final class IssuedTokens {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Verifier verifier;
  private final Supplier<List<Verifier>> neighbours;
  private final PublishedKeys keys;
  private final String issuer;

  /**
   * Of one domain.
   *
   * @param neighbours the verifiers of the other domains that this process serves
   */
  public IssuedTokens(
      Verifier verifier, Supplier<List<Verifier>> neighbours, PublishedKeys keys, URI issuer) {
    this.verifier = verifier;
    this.neighbours = neighbours;
    this.keys = keys;
    this.issuer = issuer.toString();
  }

  /**
   * A token that holds, for any audience; empty when it does not.
   *
   * @throws RequestRefusedException when nobody can say at this time
   */
  public Optional<Verified> find(String token, RequestContext context)
      throws RequestRefusedException, InterruptedException {
    return decide(verify(token, Expectations.asIssuer(issuer), context));
  }

  /**
   * An ID token that a client sends back, which was issued: this very token is in the log, and its
   * key is not revoked for it. It may have expired, or be revoked alone or with its group. Empty
   * for every other; one with a good signature is reported as any forged token that is seen here.
   *
   * @throws RequestRefusedException when nobody can say at this time
   */
  public Optional<Verified> hint(String token, RequestContext context)
      throws RequestRefusedException, InterruptedException {
    return decide(
        verify(token, Expectations.idTokenHint(issuer), context),
        (set, verified) ->
            set.isKeyRevoked(verified.keyId(), verified.tokenId(), verified.issuedAt()));
  }

  /**
   * A token that its client gives up; empty when it does not hold anyway.
   *
   * <p>A token with a good signature that this process cannot see in the log may be one that it
   * will see in a moment, or that others see who look at the other history of a log that forked.
   * Nobody may hear that such a token is no good any more when nothing was revoked.
   *
   * @throws RequestRefusedException when nobody can say at this time
   */
  public Optional<Verified> toRevoke(String token, RequestContext context)
      throws RequestRefusedException, InterruptedException {
    Verification verification = verify(token, Expectations.asIssuer(issuer), context);
    if (verification instanceof Refused refused && isUnseen(refused.code())) {
      throw outage();
    }
    return decide(verification);
  }

  /** Whether a token with a good signature was refused for what this process sees of the log. */
  static boolean isUnseen(RefusalCode code) {
    return code == RefusalCode.BEYOND_TIP || code == RefusalCode.LOG_FORKED;
  }

  /**
   * A token with which somebody asks this authority for something itself, so that it must be for
   * the issuer as its audience; empty when it does not hold.
   */
  Optional<Verified> forThisAuthority(String token, RequestContext context)
      throws RequestRefusedException, InterruptedException {
    return decide(
        verify(
            token,
            Expectations.audience(issuer).accessToken().anyTenant().bearerAllowed(),
            context));
  }

  /**
   * Looks at what was sent where no token belongs, such as a refresh token's place, and is refused
   * there: a forged token is reported. Nothing else is said of it.
   */
  public void inspect(String text, RequestContext context) {
    Expectations expectations = Expectations.asIssuer(issuer);
    verifier.inspect(text, expectations, context);
    inspectBeside(text, expectations, context);
  }

  private Verification verify(String token, Expectations expectations, RequestContext context) {
    Verification verification = verifier.verify(token, expectations, context);
    if (verification instanceof Refused) {
      inspectBeside(token, expectations, context);
    }
    return verification;
  }

  /** A key that was stolen from another domain is found here, too. */
  private void inspectBeside(String token, Expectations expectations, RequestContext context) {
    neighbours.get().forEach(other -> other.inspectIfOurs(token, expectations, context, verifier));
  }

  private Optional<Verified> decide(Verification verification)
      throws RequestRefusedException, InterruptedException {
    return decide(verification, PublishedKeys.Published::isRevoked);
  }

  private Optional<Verified> decide(
      Verification verification, BiPredicate<PublishedKeys.Published, Verified> isRevoked)
      throws RequestRefusedException, InterruptedException {
    return switch (verification) {
      case Verified verified -> {
        // The verifier looks at the key set twice a second. A token that was revoked here a moment
        // ago must be gone at once.
        boolean revoked = keys.current().filter(set -> isRevoked.test(set, verified)).isPresent();
        yield revoked ? Optional.empty() : Optional.of(verified);
      }
      // Who introspects sees no difference between this and a token that was issued.
      case Unrecorded unrecorded -> Optional.empty();
      case Refused refused -> {
        if (refused.code().isUndecided()) {
          throw outage();
        }
        yield Optional.empty();
      }
    };
  }

  private static RequestRefusedException outage() {
    return new RequestRefusedException(
        OAuthError.unavailable("tokens cannot be checked at this time", RETRY_AFTER));
  }
}
