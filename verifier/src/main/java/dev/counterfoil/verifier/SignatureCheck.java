package dev.counterfoil.verifier;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.PublicJwk;
import java.lang.System.Logger.Level;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Checks ES256 and EdDSA signatures, with AWS-LC where it is on the class path. */
final class SignatureCheck {
  private static final System.Logger LOG = System.getLogger(SignatureCheck.class.getName());

  private static final String AWS_LC = "AmazonCorrettoCryptoProvider";
  private static final String ES256 = "SHA256withECDSAinP1363Format";
  private static final int SIGNATURE_BYTES = 64;

  /** Half the order of P-256, rounded down: the largest s of a low-s signature. */
  private static final byte[] S_MAX =
      unsigned32(
          new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
              .shiftRight(1));

  private final @Nullable Provider provider;

  /** A key as the provider wants it. */
  record Key(PublicJwk jwk, PublicKey platform) {}

  private SignatureCheck(@Nullable Provider provider) {
    this.provider = provider;
  }

  /** The fastest check that this class path offers; says so in the log when it is the slow one. */
  static SignatureCheck best() {
    Provider provider = Security.getProvider(AWS_LC);
    if (provider == null) {
      provider = awsLcOnClassPath().orElse(null);
    }
    if (provider == null) {
      LOG.log(
          Level.INFO,
          "AWS-LC is not on the class path: the JDK checks ES256 signatures, some ten times"
              + " slower. Add software.amazon.cryptools:AmazonCorrettoCryptoProvider.");
    }
    return new SignatureCheck(provider);
  }

  /** The JDK's own check. */
  static SignatureCheck platform() {
    return new SignatureCheck(null);
  }

  private static Optional<Provider> awsLcOnClassPath() {
    try {
      return ServiceLoader.load(Provider.class, SignatureCheck.class.getClassLoader()).stream()
          .filter(candidate -> candidate.type().getName().endsWith("." + AWS_LC))
          .map(ServiceLoader.Provider::get)
          // It cannot be used where its native library does not load: other systems, other CPUs.
          .filter(candidate -> candidate.getService("Signature", ES256) != null)
          .findFirst();
    } catch (java.util.ServiceConfigurationError | LinkageError e) {
      LOG.log(Level.WARNING, "AWS-LC is on the class path but does not load", e);
      return Optional.empty();
    }
  }

  /** Prepares a key. */
  Key key(PublicJwk jwk) throws FormatException {
    try {
      PublicKey key = jwk.javaKey();
      if (provider != null && key instanceof ECPublicKey point) {
        key =
            KeyFactory.getInstance("EC", provider)
                .generatePublic(new ECPublicKeySpec(point.getW(), point.getParams()));
      }
      return new Key(jwk, key);
    } catch (GeneralSecurityException e) {
      throw new FormatException("public key cannot be used", e);
    }
  }

  /**
   * Why a signature is not good; empty when it is.
   *
   * @param signature 64 bytes: r ‖ s for ES256 (RFC 7518 3.4), RFC 8032's for EdDSA
   */
  Optional<RefusalCode> refusal(Key key, byte[] input, byte[] signature) {
    if (signature.length != SIGNATURE_BYTES) {
      return Optional.of(RefusalCode.SIGNATURE);
    }
    boolean ecdsa = key.jwk().algorithm() == PublicJwk.Algorithm.ES256;
    if (!isGood(key, input, signature, ecdsa)) {
      return Optional.of(RefusalCode.SIGNATURE);
    }
    return ecdsa && isHighS(signature)
        ? Optional.of(RefusalCode.SIGNATURE_HIGH_S)
        : Optional.empty();
  }

  private boolean isGood(Key key, byte[] input, byte[] signature, boolean ecdsa) {
    try {
      Signature check =
          !ecdsa
              ? Signature.getInstance("Ed25519")
              : provider == null
                  ? Signature.getInstance(ES256)
                  : Signature.getInstance(ES256, provider);
      check.initVerify(key.platform());
      check.update(input);
      return check.verify(signature);
    } catch (GeneralSecurityException e) {
      // Providers throw for r or s out of range: that is a signature that is not good.
      return false;
    }
  }

  static boolean isHighS(byte[] signature) {
    return Arrays.compareUnsigned(signature, 32, 64, S_MAX, 0, 32) > 0;
  }

  private static byte[] unsigned32(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[32];
    int length = Math.min(bytes.length, 32);
    System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
    return fixed;
  }
}
