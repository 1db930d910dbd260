package dev.counterfoil.benchmarks.servers;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;

/**
 * A client of the server under test, with the means of both authentication methods. Not a record: a
 * record would print the secret.
 */
public final class LoadClient {
  private final ClientSecretBasic secret;
  private final String keyId;
  private final ECKey key;

  /**
   * A client known by two names.
   *
   * @param secretId client id for client_secret_basic
   * @param keyId client id for private_key_jwt
   */
  LoadClient(String secretId, Secret secret, String keyId, ECKey key) {
    this.secret = new ClientSecretBasic(new ClientID(secretId), secret);
    this.keyId = keyId;
    this.key = key;
  }

  /** A client with a secret and a key made now. */
  static LoadClient random() throws JOSEException {
    return new LoadClient(
        "bench-secret",
        new Secret(),
        "bench-key",
        new ECKeyGenerator(Curve.P_256)
            .keyUse(KeyUse.SIGNATURE) // Keycloak takes no key without its use.
            .algorithm(JWSAlgorithm.ES256)
            .keyIDFromThumbprint(true)
            .generate());
  }

  /** What it is called with a secret. */
  public String secretId() {
    return secret.getClientID().getValue();
  }

  String secret() {
    return secret.getClientSecret().getValue();
  }

  public String keyId() {
    return keyId;
  }

  public ECKey key() {
    return key;
  }

  /** The Authorization header of client_secret_basic (RFC 6749 2.3.1). */
  public String authorization() {
    return secret.toHTTPAuthorizationHeader();
  }
}
