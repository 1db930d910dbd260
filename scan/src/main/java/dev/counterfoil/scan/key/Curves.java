package dev.counterfoil.scan.key;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;

/**
 * Scalar times generator, which is a key agreement with the generator as the other side's key: ECDH
 * on P-256, and X25519 for Ed25519, whose curve it is in other coordinates (RFC 7748 4.1). Both
 * give one coordinate, so the negative of a key, which is as good as the key, is found too.
 */
public final class Curves {
  private static final BigInteger FIELD_25519 =
      BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger BASE_25519 = BigInteger.valueOf(9);
  private static final int BYTES = 32;

  private final ECParameterSpec p256;
  private final PublicKey p256Generator;
  private final PublicKey x25519Generator;
  private final KeyFactory ec;
  private final KeyFactory x25519;
  private final KeyAgreement ecAgreement;
  private final KeyAgreement x25519Agreement;

  public Curves() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec("secp256r1"));
      p256 = parameters.getParameterSpec(ECParameterSpec.class);
      ec = KeyFactory.getInstance("EC");
      p256Generator = ec.generatePublic(new ECPublicKeySpec(p256.getGenerator(), p256));
      ecAgreement = KeyAgreement.getInstance("ECDH");
      x25519 = KeyFactory.getInstance("X25519");
      x25519Generator =
          x25519.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, BASE_25519));
      x25519Agreement = KeyAgreement.getInstance("X25519");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java platform has P-256 and X25519", e);
    }
  }

  /**
   * Whether a scalar gives a point of P-256.
   *
   * @param scalar big-endian
   * @param x the point's first coordinate
   */
  public synchronized boolean givesP256(byte[] scalar, byte[] x) {
    BigInteger s = new BigInteger(1, scalar);
    if (s.signum() == 0 || s.compareTo(p256.getOrder()) >= 0) {
      return false;
    }
    try {
      return gives(
          ecAgreement, ec.generatePrivate(new ECPrivateKeySpec(s, p256)), p256Generator, x);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every scalar below the order is a private key", e);
    }
  }

  /**
   * Whether a scalar gives a public key of Ed25519.
   *
   * @param scalar little-endian, with the bits that RFC 8032 sets and clears
   * @param u the public key's coordinate on Curve25519, little-endian
   */
  public synchronized boolean gives25519(byte[] scalar, byte[] u) {
    // X25519 would set and clear the bits itself, and take other scalars for this one.
    if ((scalar[0] & 7) != 0 || (scalar[BYTES - 1] & 0xc0) != 0x40) {
      return false;
    }
    try {
      return gives(
          x25519Agreement,
          x25519.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, scalar.clone())),
          x25519Generator,
          u);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every 32 bytes are a private key of X25519", e);
    }
  }

  private static boolean gives(
      KeyAgreement agreement, PrivateKey key, PublicKey generator, byte[] coordinate)
      throws GeneralSecurityException {
    try {
      agreement.init(key);
      agreement.doPhase(generator, true);
      byte[] secret = agreement.generateSecret();
      return Arrays.equals(secret, coordinate);
    } catch (InvalidKeyException e) {
      return false;
    }
  }

  /** The scalar of an Ed25519 seed, little-endian (RFC 8032 5.1.5). */
  public static byte[] expand(byte[] seed) {
    try {
      byte[] scalar = Arrays.copyOf(MessageDigest.getInstance("SHA-512").digest(seed), BYTES);
      scalar[0] &= (byte) 0xf8;
      scalar[BYTES - 1] = (byte) ((scalar[BYTES - 1] & 0x7f) | 0x40);
      return scalar;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java platform has SHA-512", e);
    }
  }

  /** The coordinate on Curve25519 of an Ed25519 public key: (1 + y) / (1 - y) (RFC 7748 4.1). */
  public static byte[] onCurve25519(byte[] publicKey) {
    byte[] bigEndian = reversed(publicKey);
    bigEndian[0] &= 0x7f;
    BigInteger y = new BigInteger(1, bigEndian);
    BigInteger below = BigInteger.ONE.subtract(y).mod(FIELD_25519);
    if (below.signum() == 0) {
      throw new IllegalArgumentException("not a public key");
    }
    byte[] u =
        BigInteger.ONE
            .add(y)
            .multiply(below.modInverse(FIELD_25519))
            .mod(FIELD_25519)
            .toByteArray();
    byte[] fixed = new byte[BYTES];
    int length = Math.min(BYTES, u.length);
    System.arraycopy(u, u.length - length, fixed, BYTES - length, length);
    return reversed(fixed);
  }

  public static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }
}
