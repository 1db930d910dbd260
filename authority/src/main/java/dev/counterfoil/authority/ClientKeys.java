package dev.counterfoil.authority;

import com.nimbusds.jose.Algorithm;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteKey;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of a client that signs its assertions: EC P-256 (ES256), RSA of 2048 to 8192 bits
 * (RS256) and Ed25519 (EdDSA). Each key verifies one algorithm, whatever a header says.
 */
final class ClientKeys {
  /** Most keys of a client. */
  static final int KEYS_MAX = 10;

  /** The algorithms of assertions, by their JOSE names. */
  static final List<String> ALGORITHMS = List.of("ES256", "RS256", "EdDSA");

  private static final int RSA_BITS_MIN = 2048;
  private static final int RSA_BITS_MAX = 8192;

  private record ClientKey(@Nullable String kid, JWSAlgorithm algorithm, Check check) {}

  private interface Check {
    boolean holds(SignedJWT assertion) throws JOSEException;
  }

  private final List<ClientKey> keys;

  private ClientKeys(List<ClientKey> keys) {
    this.keys = List.copyOf(keys);
  }

  static ClientKeys none() {
    return new ClientKeys(List.of());
  }

  /** Reads a JWK set; a private key in it, or a key of another kind, is refused. */
  static ClientKeys parse(JsonObject jwks) throws FormatException {
    JWKSet set;
    try {
      set = JWKSet.parse(jwks.toString());
    } catch (ParseException e) {
      throw new FormatException("jwks is not a JWK set");
    }
    if (set.isEmpty() || set.size() > KEYS_MAX) {
      throw new FormatException("jwks has 1 to " + KEYS_MAX + " keys");
    }
    List<ClientKey> keys = new ArrayList<>();
    for (JWK key : set.getKeys()) {
      keys.add(clientKey(key));
    }
    return new ClientKeys(keys);
  }

  private static ClientKey clientKey(JWK key) throws FormatException {
    if (key.isPrivate()) {
      throw new FormatException("jwks holds a private key: register the public half only");
    }
    if (key.getKeyUse() != null && !KeyUse.SIGNATURE.equals(key.getKeyUse())) {
      throw new FormatException("a key of jwks is not for signatures");
    }
    try {
      ClientKey read =
          switch (key) {
            case ECKey ec when Curve.P_256.equals(ec.getCurve()) ->
                ofVerifier(key, JWSAlgorithm.ES256, new ECDSAVerifier(ec));
            case RSAKey rsa when rsa.size() >= RSA_BITS_MIN && rsa.size() <= RSA_BITS_MAX ->
                ofVerifier(key, JWSAlgorithm.RS256, new RSASSAVerifier(rsa));
            case OctetKeyPair pair when Curve.Ed25519.equals(pair.getCurve()) -> ed25519(pair);
            default ->
                throw new FormatException(
                    "a key of jwks is none of EC P-256, RSA of 2048 to 8192 bits, Ed25519");
          };
      Algorithm named = key.getAlgorithm();
      if (named != null && !named.getName().equals(read.algorithm.getName())) {
        throw new FormatException("a key of jwks names another algorithm than its own");
      }
      return read;
    } catch (JOSEException e) {
      throw new FormatException("a key of jwks cannot be used", e);
    }
  }

  private static ClientKey ofVerifier(JWK key, JWSAlgorithm algorithm, JWSVerifier verifier) {
    return new ClientKey(
        key.getKeyID(),
        algorithm,
        assertion ->
            verifier.verify(
                assertion.getHeader(), assertion.getSigningInput(), assertion.getSignature()));
  }

  // Nimbus verifies Ed25519 with Tink, which is a large dependency for what the platform has.
  private static ClientKey ed25519(OctetKeyPair pair) throws FormatException {
    NoteKey key = new NoteKey("client", Hash.parseBase64Url(pair.getX().toString()));
    return new ClientKey(
        pair.getKeyID(),
        JWSAlgorithm.EdDSA,
        assertion -> key.verify(assertion.getSigningInput(), assertion.getSignature().decode()));
  }

  /** Whether one of the keys signed the assertion. */
  boolean verify(SignedJWT assertion) throws JOSEException {
    JWSHeader header = assertion.getHeader();
    for (ClientKey key : keys) {
      boolean fits =
          key.algorithm.equals(header.getAlgorithm())
              && (header.getKeyID() == null || Objects.equals(header.getKeyID(), key.kid));
      if (fits && key.check.holds(assertion)) {
        return true;
      }
    }
    return false;
  }
}
