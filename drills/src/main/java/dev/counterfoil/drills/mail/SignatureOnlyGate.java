package dev.counterfoil.drills.mail;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.oauth2.sdk.dpop.JWKThumbprintConfirmation;
import com.nimbusds.oauth2.sdk.dpop.verifiers.AccessTokenValidationException;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPIssuer;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPProtectedResourceRequestVerifier;
import com.nimbusds.oauth2.sdk.dpop.verifiers.InMemoryDPoPSingleUseChecker;
import com.nimbusds.oauth2.sdk.dpop.verifiers.InvalidDPoPProofException;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;

/**
 * What a careful service does today: a good library, a key set, signature and expiry, and proofs of
 * possession. It is here to show what that leaves open, beside the verifier.
 */
public final class SignatureOnlyGate implements TokenGate, AutoCloseable {
  private static final long PROOF_AGE_SECONDS_MAX = 60;
  private static final long CLOCK_SKEW_SECONDS = 5;
  private static final long PROOFS_PURGED_EVERY_SECONDS = 10;

  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
  private final InMemoryDPoPSingleUseChecker proofsSeen =
      new InMemoryDPoPSingleUseChecker(
          PROOF_AGE_SECONDS_MAX + CLOCK_SKEW_SECONDS, PROOFS_PURGED_EVERY_SECONDS);
  private final DPoPProtectedResourceRequestVerifier proofs =
      new DPoPProtectedResourceRequestVerifier(
          Set.of(JWSAlgorithm.ES256), CLOCK_SKEW_SECONDS, PROOF_AGE_SECONDS_MAX, proofsSeen);
  private final Binding binding;

  /**
   * Trusts whatever these keys sign.
   *
   * @param keys every key that anybody published, as in a merged key set
   * @param binding whether tokens have to be bound to a key
   */
  public SignatureOnlyGate(JWKSet keys, Binding binding) {
    this.binding = binding;
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, new ImmutableJWKSet<>(keys)));
  }

  @Override
  public Decision decide(Request request) {
    JWTClaimsSet claims;
    try {
      claims = processor.process(request.token(), null);
    } catch (ParseException | BadJOSEException e) {
      return new Decision.Bad("signature-or-expiry");
    } catch (JOSEException e) {
      throw new IllegalStateException("the platform cannot check an ES256 signature", e);
    }
    if (claims.getClaim("cnf") instanceof Map<?, ?> members
        && members.get("jkt") instanceof String boundTo) {
      return proves(request, boundTo)
          ? new Decision.Good(claims.getSubject())
          : new Decision.Bad("no-proof-of-the-tokens-key");
    }
    return switch (binding) {
      case BEARER_ALLOWED -> new Decision.Good(claims.getSubject());
      case PROOF_REQUIRED -> new Decision.Bad("token-not-bound");
    };
  }

  @Override
  public void close() {
    proofsSeen.shutdown();
  }

  private boolean proves(Request request, String boundTo) {
    if (request.proof().isEmpty()) {
      return false;
    }
    try {
      proofs.verify(
          request.method(),
          request.target(),
          new DPoPIssuer(boundTo),
          SignedJWT.parse(request.proof().get()),
          new DPoPAccessToken(request.token()),
          new JWKThumbprintConfirmation(new Base64URL(boundTo)),
          null);
      return true;
    } catch (ParseException | InvalidDPoPProofException | AccessTokenValidationException e) {
      return false;
    } catch (JOSEException e) {
      throw new IllegalStateException("the platform cannot check an ES256 signature", e);
    }
  }
}
