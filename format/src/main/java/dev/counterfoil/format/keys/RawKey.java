package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.weakkeys.WeakEd25519;
import dev.counterfoil.format.weakkeys.WeakMlDsa44;
import dev.counterfoil.format.weakkeys.WellKnownKeys;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Kinds of public keys that are so many bytes, behind a SubjectPublicKeyInfo's head that is always
 * the same (RFC 8410, RFC 9881).
 */
public enum RawKey {
  /** RFC 8032. */
  ED25519(
      "Ed25519",
      WeakEd25519.KEY_BYTES,
      64,
      "302a300506032b6570032100",
      "anybody can sign under it, since it is a point of small order or no encoding of one"),

  /** FIPS 204. Java has it from version 24 on, and in updates of older ones. */
  ML_DSA_44(
      "ML-DSA-44",
      WeakMlDsa44.KEY_BYTES,
      2420,
      "30820532300b06096086480165030403110382052100",
      "anybody can sign under it, since its numbers are next to zero");

  private final String javaName;
  private final int keyBytes;
  private final int signatureBytes;
  private final String headHex;
  private final String weakness;

  RawKey(String javaName, int keyBytes, int signatureBytes, String headHex, String weakness) {
    this.javaName = javaName;
    this.keyBytes = keyBytes;
    this.signatureBytes = signatureBytes;
    this.headHex = headHex;
    this.weakness = weakness;
  }

  /** The algorithm's name in the JDK, for keys and for signatures. */
  public String javaName() {
    return javaName;
  }

  /** Length of a key. */
  public int keyBytes() {
    return keyBytes;
  }

  /** Length of a signature. */
  public int signatureBytes() {
    return signatureBytes;
  }

  /**
   * Checks that a key can have an owner.
   *
   * @throws IllegalArgumentException when it has another length, or anyone can sign under it
   */
  public void require(byte[] key) {
    if (key.length != keyBytes) {
      throw new IllegalArgumentException("a public key of " + javaName + " has other bytes");
    }
    if (this == ED25519 ? WeakEd25519.isWeak(key) : WeakMlDsa44.isWeak(key)) {
      throw new IllegalArgumentException(weakness);
    }
  }

  /** Whether everybody knows a key's private half. */
  boolean isWellKnown(byte[] key) {
    return this == ED25519 ? WellKnownKeys.hasEd25519(key) : WellKnownKeys.hasMlDsa44(key);
  }

  /** Checks a key that is to be trusted from now on: its owner alone can sign under it. */
  public void accept(byte[] key) throws FormatException {
    try {
      require(key);
    } catch (IllegalArgumentException e) {
      throw new FormatException("key is refused: " + e.getMessage(), e);
    }
    if (isWellKnown(key)) {
      throw new FormatException("key is refused: " + PublicJwk.WELL_KNOWN);
    }
  }

  /**
   * The bytes of a Java key.
   *
   * @throws IllegalArgumentException when it is of another kind
   */
  public byte[] of(PublicKey key) {
    byte[] head = HexFormat.of().parseHex(headHex);
    byte[] encoded = key.getEncoded();
    if (encoded.length != head.length + keyBytes
        || !Arrays.equals(head, Arrays.copyOf(encoded, head.length))) {
      throw new IllegalArgumentException("not a public key of " + javaName);
    }
    return Arrays.copyOfRange(encoded, head.length, encoded.length);
  }

  /** What {@link KeyFactory} makes the key of, in any provider. */
  public X509EncodedKeySpec spec(byte[] key) {
    byte[] head = HexFormat.of().parseHex(headHex);
    byte[] encoded = Arrays.copyOf(head, head.length + key.length);
    System.arraycopy(key, 0, encoded, head.length, key.length);
    return new X509EncodedKeySpec(encoded);
  }

  /** The key for {@link java.security.Signature}. */
  public PublicKey javaKey(byte[] key) throws GeneralSecurityException {
    return KeyFactory.getInstance(javaName).generatePublic(spec(key));
  }
}
