package dev.counterfoil.drills.domain;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import java.net.URI;

/**
 * A client's key for proofs of possession (RFC 9449). Honest clients have one each; a thief makes
 * his own.
 */
public final class DpopKey {
  private final ECKey key;

  private DpopKey(ECKey key) {
    this.key = key;
  }

  /** Makes a key. */
  public static DpopKey generate() throws JOSEException {
    return new DpopKey(new ECKeyGenerator(Curve.P_256).generate());
  }

  /** The thumbprint that stands in a token bound to this key: its {@code cnf.jkt}. */
  public String thumbprint() throws JOSEException {
    return key.computeThumbprint().toString();
  }

  /** A proof for a request without a token, as the token endpoint wants it. */
  public String proof(String method, URI target) throws JOSEException {
    return factory().createDPoPJWT(method, target).serialize();
  }

  /** A proof for a request that shows a token. */
  public String proof(String method, URI target, String token) throws JOSEException {
    return factory().createDPoPJWT(method, target, new DPoPAccessToken(token)).serialize();
  }

  private DefaultDPoPProofFactory factory() throws JOSEException {
    return new DefaultDPoPProofFactory(key, JWSAlgorithm.ES256);
  }
}
