package dev.counterfoil.drills;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.text.ParseException;
import java.util.Map;
import java.util.Optional;

/**
 * What most services do today: a good library, a key set, signature and expiry. It is here to show
 * what that leaves open, beside the verifier.
 */
final class SignatureOnlyGate implements TokenGate {
  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

  /**
   * Trusts whatever these keys sign.
   *
   * @param keys every key that anybody published, as in a merged key set
   */
  SignatureOnlyGate(JWKSet keys) {
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, new ImmutableJWKSet<>(keys)));
  }

  @Override
  public Decision decide(String token) {
    try {
      JWTClaimsSet claims = processor.process(token, null);
      Object confirmation = claims.getClaim("cnf");
      Optional<String> boundTo =
          confirmation instanceof Map<?, ?> members && members.get("jkt") instanceof String jkt
              ? Optional.of(jkt)
              : Optional.empty();
      return new Decision.Good(claims.getSubject(), boundTo);
    } catch (ParseException | BadJOSEException e) {
      return new Decision.Bad("signature-or-expiry");
    } catch (JOSEException e) {
      throw new IllegalStateException("the platform cannot check an ES256 signature", e);
    }
  }
}
