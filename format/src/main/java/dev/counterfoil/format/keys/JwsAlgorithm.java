package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.AwsLcProvider;
import dev.counterfoil.format.bytes.Pkcs1;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;

/**
 * How clients sign their JWTs, by the names of a header's {@code alg}. A key verifies what it is
 * for, whatever a header says.
 */
public enum JwsAlgorithm {
  /** RFC 7518 3.4. */
  ES256("ES256", PublicJwk.Algorithm.ES256),
  /** RFC 7518 3.5, with a salt as long as the hash. */
  PS256("PS256", PublicJwk.Algorithm.RS256),
  /** RFC 7518 3.3. */
  RS256("RS256", PublicJwk.Algorithm.RS256),
  /** RFC 8037 3.1. */
  EDDSA("EdDSA", PublicJwk.Algorithm.EDDSA),
  /** The same by its newer name (RFC 9864 2.2). */
  ED25519("Ed25519", PublicJwk.Algorithm.EDDSA);

  private static final PSSParameterSpec PSS =
      new PSSParameterSpec(
          "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, PSSParameterSpec.TRAILER_FIELD_BC);

  private final String jose;
  private final PublicJwk.Algorithm keys;

  JwsAlgorithm(String jose, PublicJwk.Algorithm keys) {
    this.jose = jose;
    this.keys = keys;
  }

  /** The algorithm of an {@code alg} member; empty for others. */
  public static Optional<JwsAlgorithm> ofJose(String name) {
    for (JwsAlgorithm algorithm : values()) {
      if (algorithm.jose.equals(name)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }

  /** The name in an {@code alg} member. */
  public String jose() {
    return jose;
  }

  /** Whether keys of a kind can sign so. */
  public boolean isOf(PublicJwk key) {
    return key.algorithm() == keys;
  }

  /** Whether a signature by a key over {@code header.payload} is good. */
  public boolean verify(PublicJwk key, String input, byte[] signature) {
    // RFC 7518 3.3 to 3.5, RFC 8037: of one length each. A shorter one is another spelling.
    if (!isOf(key) || signature.length != key.signatureBytes()) {
      return false;
    }
    byte[] signed = input.getBytes(StandardCharsets.US_ASCII);
    try {
      return switch (this) {
        case ES256 -> isGood(AwsLcProvider.es256(), key, signed, signature);
        case EDDSA, ED25519 -> isGood(AwsLcProvider.ed25519(), key, signed, signature);
        case RS256 -> Pkcs1.isGood(((PublicJwk.Rs256) key).modulus(), signed, signature);
        case PS256 -> {
          Signature pss = Signature.getInstance("RSASSA-PSS");
          pss.setParameter(PSS);
          yield isGood(pss, key, signed, signature);
        }
      };
    } catch (GeneralSecurityException e) {
      // Providers throw for numbers out of range: that is a signature that is not good.
      return false;
    }
  }

  private static boolean isGood(Signature verifier, PublicJwk key, byte[] signed, byte[] signature)
      throws GeneralSecurityException {
    verifier.initVerify(key.javaKey());
    verifier.update(signed);
    return verifier.verify(signature);
  }
}
