package dev.counterfoil.benchmarks;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * A client of the server under test, with the means of both authentication methods. Not a record: a
 * record would print the secret.
 */
final class LoadClient {
  private static final int SECRET_BYTES = 32;

  private final String secretId;
  private final String secret;
  private final String keyId;
  private final ECKey key;

  /**
   * A client known by two names.
   *
   * @param secretId client id for client_secret_basic
   * @param keyId client id for private_key_jwt
   */
  LoadClient(String secretId, String secret, String keyId, ECKey key) {
    this.secretId = secretId;
    this.secret = secret;
    this.keyId = keyId;
    this.key = key;
  }

  /** A client with a secret and a key made now. */
  static LoadClient random(SecureRandom random) throws JOSEException {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return new LoadClient(
        "bench-secret",
        Base64.getUrlEncoder().withoutPadding().encodeToString(secret),
        "bench-key",
        new ECKeyGenerator(Curve.P_256)
            .keyUse(KeyUse.SIGNATURE) // Keycloak takes no key without its use.
            .algorithm(JWSAlgorithm.ES256)
            .keyIDFromThumbprint(true)
            .generate());
  }

  String secretId() {
    return secretId;
  }

  String secret() {
    return secret;
  }

  String keyId() {
    return keyId;
  }

  ECKey key() {
    return key;
  }

  /** The Authorization header of client_secret_basic (RFC 6749 2.3.1). */
  String authorization() {
    String pair = encoded(secretId) + ":" + encoded(secret);
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
