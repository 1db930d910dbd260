package dev.counterfoil.http.answers;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks callers' tokens as every service does: with the verifier of the domain that issued them.
 * Which domain that is, the token itself says; the verifier of that domain then believes nothing.
 */
public final class VerifiedBearer implements BearerCheck, AutoCloseable {
  private final Map<String, DomainVerifier> verifiers = new HashMap<>();
  private final Expectations expectations;

  private record DomainVerifier(String domain, Verifier verifier) {}

  /**
   * Starts a verifier for each domain.
   *
   * @param audience that tokens must name
   */
  public VerifiedBearer(Iterable<TrustPolicy> policies, String audience) {
    this(policies, audience, domain -> SightingSink.none());
  }

  /**
   * The same, which tells what it sees and holds.
   *
   * @param sinks whom to tell, for each domain
   */
  public VerifiedBearer(
      Iterable<TrustPolicy> policies, String audience, Function<String, SightingSink> sinks) {
    expectations = Expectations.audience(audience).accessToken().anyTenant().bearerAllowed();
    for (TrustPolicy policy : policies) {
      verifiers.put(
          policy.issuer(),
          new DomainVerifier(
              policy.domain(),
              Verifier.builder(policy).sightings(sinks.apply(policy.domain())).build()));
    }
  }

  @Override
  public Caller caller(String token, String scope, String address) throws RefusedRequestException {
    String issuer;
    try {
      issuer = CompactToken.parse(token).claims().string("iss");
    } catch (FormatException e) {
      inspect(token, null);
      throw new RefusedRequestException(Problem.unauthorized("malformed: " + e.getMessage()));
    }
    DomainVerifier verifier = verifiers.get(issuer);
    if (verifier == null) {
      inspect(token, null);
      throw new RefusedRequestException(
          Problem.unauthorized("the token is of an issuer that is not followed here"));
    }
    return switch (verifier.verifier.verify(token, expectations)) {
      case Refused refused -> {
        inspect(token, verifier);
        throw new RefusedRequestException(
            Problem.unauthorized(refused.code() + ": " + refused.reason()));
      }
      case Unrecorded unrecorded ->
          throw new RefusedRequestException(
              Problem.unauthorized("unrecorded: the token's issuer keeps no record of it"));
      case Verified verified -> {
        Caller caller =
            new Caller(
                verifier.domain,
                verified.clientId().orElse(verified.subject()),
                verified.tenant(),
                person(verified));
        if (!verified.scopes().contains(scope)) {
          throw new RefusedRequestException(Problem.forbidden(scope), caller);
        }
        yield caller;
      }
    };
  }

  /** Tokens of those who signed in say when they did (RFC 9068 2.2.1). */
  private static Optional<String> person(Verified verified) {
    return verified.claims().has("auth_time") ? Optional.of(verified.subject()) : Optional.empty();
  }

  /**
   * Has a token that is refused looked at where its key is known: that of an attached issuer, or of
   * another domain than the token claims.
   *
   * @param done the verifier that has refused it
   */
  private void inspect(String token, @Nullable DomainVerifier done) {
    for (DomainVerifier one : verifiers.values()) {
      if (!one.equals(done)) {
        one.verifier.inspectIfOurs(
            token, expectations, RequestContext.none(), done == null ? null : done.verifier);
      }
    }
  }

  /** Why callers cannot be told: the domains whose keys are not known. */
  public List<String> unready() {
    return verifiers.values().stream()
        .filter(v -> !v.verifier.isReady())
        .map(
            v ->
                "domain "
                    + v.domain
                    + ": callers' tokens cannot be checked: its keys are not known, or its log is not"
                    + " cosigned")
        .sorted()
        .toList();
  }

  @Override
  public void close() {
    verifiers.values().forEach(v -> v.verifier.close());
  }
}
