package dev.counterfoil.strangers;

import java.net.URI;
import java.util.List;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Spring Security's decoder, as a resource server has it for {@code jwk-set-uri}: a JWK set is kept
 * for five minutes, and fetched for every unknown key.
 */
final class SpringStranger implements Stranger {
  private final NimbusJwtDecoder decoder;

  SpringStranger(URI jwks) {
    decoder =
        NimbusJwtDecoder.withJwkSetUri(jwks.toString())
            .jwsAlgorithms(
                algorithms ->
                    algorithms.addAll(List.of(SignatureAlgorithm.ES256, SignatureAlgorithm.RS256)))
            .build();
    // Each of the drill's purposes has a type of its own; which one is meant is not asked here.
    decoder.setJwtValidator(new JwtTimestampValidator());
  }

  @Override
  public void verify(String token) {
    decoder.decode(token);
  }
}
