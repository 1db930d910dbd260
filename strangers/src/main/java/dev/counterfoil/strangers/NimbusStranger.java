package dev.counterfoil.strangers;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.ResourceRetriever;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.MalformedURLException;
import java.net.URI;
import java.util.Set;

/**
 * Nimbus JOSE + JWT, as its page on validating access tokens begins: a JWK set is kept for five
 * minutes, fetched ahead of that, and fetched for an unknown key twice in 30 seconds at most. Only
 * its wait for an answer is longer than the library's own half second.
 */
final class NimbusStranger implements Stranger {
  /** A busy host takes more than half a second for an answer, which says nothing of a rotation. */
  private static final ResourceRetriever RETRIEVER =
      new DefaultResourceRetriever(5_000, 5_000, JWKSourceBuilder.DEFAULT_HTTP_SIZE_LIMIT);

  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

  NimbusStranger(URI jwks) {
    try {
      processor.setJWSKeySelector(
          new JWSVerificationKeySelector<>(
              Set.of(JWSAlgorithm.ES256, JWSAlgorithm.RS256),
              JWKSourceBuilder.create(jwks.toURL(), RETRIEVER).build()));
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("not the address of a JWK set: " + jwks, e);
    }
    // Each of the drill's purposes has a type of its own; which one is meant is not asked here.
    processor.setJWSTypeVerifier((type, context) -> {});
  }

  @Override
  public void verify(String token) throws Exception {
    processor.process(token, null);
  }
}
