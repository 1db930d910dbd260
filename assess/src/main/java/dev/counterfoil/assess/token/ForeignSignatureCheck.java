package dev.counterfoil.assess.token;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Checks JWS signatures of the algorithms in RFC 7518 section 3 and RFC 8037 with the JDK's own
 * providers.
 */
public final class ForeignSignatureCheck {
  /** Verification time grows with the exponent; real ones have 17 bits. */
  private static final int RSA_EXPONENT_BITS_MAXIMUM = 64;

  private static final Map<String, String> JDK_NAMES =
      Map.ofEntries(
          Map.entry("RS256", "SHA256withRSA"),
          Map.entry("RS384", "SHA384withRSA"),
          Map.entry("RS512", "SHA512withRSA"),
          Map.entry("PS256", "RSASSA-PSS"),
          Map.entry("PS384", "RSASSA-PSS"),
          Map.entry("PS512", "RSASSA-PSS"),
          Map.entry("ES256", "SHA256withECDSAinP1363Format"),
          Map.entry("ES384", "SHA384withECDSAinP1363Format"),
          Map.entry("ES512", "SHA512withECDSAinP1363Format"),
          Map.entry("EdDSA", "EdDSA"),
          Map.entry("Ed25519", "EdDSA"));

  private ForeignSignatureCheck() {}

  /**
   * Whether the signature is the key's; empty when the algorithm is not supported or does not go
   * with the key.
   */
  public static Optional<Boolean> verify(
      String algorithm, PublicKey key, ParsedToken.Signed token) {
    if (!JDK_NAMES.containsKey(algorithm) || !fits(algorithm, key)) {
      return Optional.empty();
    }
    try {
      Signature verifier = Signature.getInstance(JDK_NAMES.get(algorithm));
      if (algorithm.startsWith("PS")) {
        verifier.setParameter(pssParameters(algorithm.substring(2)));
      }
      verifier.initVerify(key);
      verifier.update(token.signingInput().getBytes(StandardCharsets.US_ASCII));
      return Optional.of(verifier.verify(Base64.getUrlDecoder().decode(token.signature())));
    } catch (GeneralSecurityException e) {
      // Refused: the JDK throws for signatures of a wrong length or shape; such a signature is not
      // the key's.
      return Optional.of(false);
    }
  }

  private static boolean fits(String algorithm, PublicKey key) {
    return switch (algorithm.substring(0, 2)) {
      case "RS", "PS" ->
          key instanceof RSAPublicKey rsa
              && rsa.getPublicExponent().bitLength() <= RSA_EXPONENT_BITS_MAXIMUM;
      case "ES" ->
          key instanceof ECPublicKey ec
              && ec.getParams().getOrder().bitLength()
                  == switch (algorithm) {
                    case "ES256" -> 256;
                    case "ES384" -> 384;
                    default -> 521;
                  };
      default -> key instanceof EdECPublicKey;
    };
  }

  /** RFC 7518 section 3.5: salt as long as the hash. */
  private static PSSParameterSpec pssParameters(String bits) {
    String hash = "SHA-" + bits;
    return new PSSParameterSpec(
        hash,
        "MGF1",
        new MGF1ParameterSpec(hash),
        Integer.parseInt(bits) / 8,
        PSSParameterSpec.TRAILER_FIELD_BC);
  }
}
