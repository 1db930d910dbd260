package dev.counterfoil.guard;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.dpop.DpopNonces;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The decision about a request for one service. */
final class GuardedService {
  private static final String DPOP_ALGORITHMS = "algs=\"ES256 EdDSA\"";

  private final Verifier verifier;
  private final @Nullable DpopNonces nonces;
  private final Expectations expectations;
  private final Set<String> scopes;

  GuardedService(
      GuardConfiguration.Service service, Verifier verifier, @Nullable DpopNonces nonces) {
    this.verifier = verifier;
    this.nonces = nonces;
    Expectations.WithType expected = Expectations.audience(service.audience()).accessToken();
    this.expectations =
        (service.anyTenant()
                ? expected.anyTenant()
                : expected.tenants(AllowList.of(service.tenants().toArray(String[]::new))))
            .binding(service.binding())
            .attachedIssuers(AllowList.of(service.attachedIssuers().toArray(String[]::new)));
    this.scopes = Set.copyOf(service.scopes());
  }

  /** Decides. */
  GuardAnswer decide(ForwardedRequest request) {
    ForwardedRequest.Credentials credentials = request.credentials();
    if (credentials == null) {
      // RFC 6750 3.1: who sent no token is told no error.
      return GuardAnswer.challenge(401, "no-token", isBearerTaken() ? "Bearer" : dpop(""));
    }
    return switch (verifier.verify(credentials.token(), expectations, request.context())) {
      case Verified verified -> decide(verified, credentials.scheme());
      case Unrecorded unrecorded -> invalid(credentials.scheme(), "invalid_token", "unrecorded");
      case Refused refused -> refused(refused, credentials.scheme());
    };
  }

  /** Has a forged token reported that comes with a request which is refused unread. */
  void inspect(ForwardedRequest.Credentials shown) {
    verifier.inspect(shown.token(), expectations, RequestContext.none());
  }

  private GuardAnswer decide(Verified token, ForwardedRequest.Scheme scheme) {
    if (scheme == ForwardedRequest.Scheme.DPOP && token.boundTo().isEmpty()) {
      // RFC 9449 7.1: the scheme is for tokens that are bound to a key.
      return invalid(scheme, "invalid_token", "scheme");
    }
    if (!token.scopes().containsAll(scopes)) {
      return GuardAnswer.challenge(
          403,
          "scope",
          name(scheme)
              + " error=\"insufficient_scope\", scope=\""
              + String.join(" ", scopes.stream().sorted().toList())
              + "\"");
    }
    return withNonce(GuardAnswer.passed(token), scheme);
  }

  private GuardAnswer refused(Refused refused, ForwardedRequest.Scheme scheme) {
    RefusalCode code = refused.code();
    if (code.isUndecided()) {
      // The client's token may be good: it is not told to get another.
      return GuardAnswer.undecided(503, code.text())
          .with("Retry-After", Long.toString(Verifier.RETRY_AFTER.toSeconds()));
    }
    if (code == RefusalCode.BINDING_NONCE) {
      return withNonce(challenge(dpop("use_dpop_nonce"), code), scheme);
    }
    return code == RefusalCode.BINDING_INVALID && scheme == ForwardedRequest.Scheme.DPOP
        ? withNonce(challenge(dpop("invalid_dpop_proof"), code), scheme)
        : invalid(scheme, "invalid_token", code.text());
  }

  private static GuardAnswer challenge(String challenge, RefusalCode code) {
    return GuardAnswer.challenge(401, code.text(), challenge);
  }

  private static GuardAnswer invalid(ForwardedRequest.Scheme scheme, String error, String result) {
    return GuardAnswer.challenge(
        401,
        result,
        (scheme == ForwardedRequest.Scheme.DPOP ? dpop(error) : "Bearer error=\"" + error + "\"")
            + ", error_description=\""
            + result
            + "\"");
  }

  private static String name(ForwardedRequest.Scheme scheme) {
    return scheme == ForwardedRequest.Scheme.DPOP ? "DPoP" : "Bearer";
  }

  private static String dpop(String error) {
    return "DPoP " + DPOP_ALGORITHMS + (error.isEmpty() ? "" : ", error=\"" + error + "\"");
  }

  private GuardAnswer withNonce(GuardAnswer answer, ForwardedRequest.Scheme scheme) {
    DpopNonces given = nonces;
    return given == null || scheme != ForwardedRequest.Scheme.DPOP
        ? answer
        : answer.with(GuardAnswer.NONCE, given.current());
  }

  private boolean isBearerTaken() {
    return switch (expectations.binding()) {
      case BEARER_ALLOWED, REQUIRED, CERTIFICATE -> true;
      case DPOP -> false;
    };
  }
}
