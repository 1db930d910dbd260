package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.AwsLcProvider;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.RawKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A public key of a cosigner (c2sp.org/tlog-cosignature): a witness or a custodian, written as a
 * vkey of signature type 0x04 or 0x06. Immutable.
 */
public final class CosignerKey implements LogKey {
  private static final int VKEY_MAX = 255 + 10 + 4 * (1 + 1312 + 2) / 3;
  private static final byte[] SUBTREE_LABEL = "subtree/v1\n\0".getBytes(StandardCharsets.US_ASCII);
  private static final int OPAQUE_MAX = 255;

  private final String name;
  private final Algorithm algorithm;
  private final byte[] publicKey;

  /** Who checks Ed25519; null for the JVM's first choice. */
  private final @Nullable Provider provider;

  /** How a cosigner signs. */
  public enum Algorithm {
    /** RFC 8032; the signed message begins with {@code cosignature/v1}. */
    ED25519(0x04, RawKey.ED25519),

    /**
     * FIPS 204; the signed message is the structure {@code subtree/v1}, which names the cosigner.
     * Java has it from version 24 on, and in updates of older ones; where a runtime lacks it, its
     * lines do not count.
     */
    ML_DSA_44(0x06, RawKey.ML_DSA_44);

    private final byte type;
    private final RawKey key;

    Algorithm(int type, RawKey key) {
      this.type = (byte) type;
      this.key = key;
    }

    /** The algorithm's name in the JDK, for keys and for signatures. */
    public String javaName() {
      return key.javaName();
    }

    /** Length of a signature, without its timestamp. */
    public int signatureBytes() {
      return key.signatureBytes();
    }
  }

  /**
   * A key of given bytes.
   *
   * @throws IllegalArgumentException when the name is none, the key has another length, or anybody
   *     can sign under it
   */
  public CosignerKey(String name, Algorithm algorithm, byte[] publicKey) {
    this(name, algorithm, publicKey, null);
  }

  private CosignerKey(
      String name, Algorithm algorithm, byte[] publicKey, @Nullable Provider provider) {
    if (!NoteKey.isName(name) || utf8(name).length > OPAQUE_MAX) {
      throw new IllegalArgumentException("not a name for a cosigner");
    }
    algorithm.key.require(publicKey);
    this.name = name;
    this.algorithm = algorithm;
    this.publicKey = publicKey.clone();
    this.provider = provider;
  }

  /**
   * The same key, whose Ed25519 lines a provider checks, for who has one that is faster than the
   * JDK's. Keys stay the JDK's objects. Where the provider has no Ed25519, no line is good.
   */
  public CosignerKey checkedBy(Provider provider) {
    return new CosignerKey(name, algorithm, publicKey, provider);
  }

  /** Takes the key out of a Java public key. */
  public static CosignerKey of(String name, Algorithm algorithm, PublicKey key) {
    return new CosignerKey(name, algorithm, algorithm.key.of(key));
  }

  /** Parses a vkey and checks its hash. */
  public static CosignerKey parse(String vkey) throws FormatException {
    String[] parts = vkey.split("\\+", 3);
    if (vkey.length() > VKEY_MAX || parts.length != 3 || !NoteKey.isName(parts[0])) {
      throw new FormatException("cosigner's vkey is not name+hash+key");
    }
    byte[] typed;
    try {
      typed = Base64.getDecoder().decode(parts[2]);
    } catch (IllegalArgumentException e) {
      throw new FormatException("cosigner's vkey is not base64", e);
    }
    for (Algorithm algorithm : Algorithm.values()) {
      if (typed.length == 1 + algorithm.key.keyBytes()
          && typed[0] == algorithm.type
          && utf8(parts[0]).length <= OPAQUE_MAX) {
        byte[] publicKey = Arrays.copyOfRange(typed, 1, typed.length);
        algorithm.key.accept(publicKey);
        CosignerKey key = new CosignerKey(parts[0], algorithm, publicKey);
        if (!key.toString().equals(vkey)) {
          throw new FormatException("cosigner's vkey has a hash of another name or key");
        }
        return key;
      }
    }
    throw new FormatException(
        "cosigner's vkey is neither of type 0x04 (Ed25519) nor 0x06 (ML-DSA-44)");
  }

  /** Who signs with it. */
  @Override
  public String name() {
    return name;
  }

  /** How it signs. */
  public Algorithm algorithm() {
    return algorithm;
  }

  /** The key's bytes as RFC 8032 or FIPS 204 encodes them, in a new array. */
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** Whether both are the same key, whatever name or type they carry (c2sp.org/tlog-policy). */
  public boolean isSameKeyAs(CosignerKey other) {
    return Arrays.equals(publicKey, other.publicKey);
  }

  /** The key ID: first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key), as a big-endian number. */
  @Override
  public int id() {
    return ByteBuffer.wrap(Hash.sha256(utf8(name + "\n"), typedKey()).bytes()).getInt();
  }

  @Override
  public boolean signed(SignedNote note) {
    return Cosignature.find(note, this).isPresent();
  }

  /**
   * What a cosignature signs.
   *
   * @param checkpointText the text of the checkpoint's note, extension lines included
   * @param timestamp seconds since 1970, above zero
   * @throws FormatException when the text is no checkpoint, or its origin is too long to be signed
   */
  public byte[] message(String checkpointText, long timestamp) throws FormatException {
    if (timestamp < 1) {
      throw new IllegalArgumentException("a checkpoint is cosigned at a time");
    }
    Checkpoint checkpoint = Checkpoint.parse(checkpointText);
    return switch (algorithm) {
      case ED25519 -> utf8("cosignature/v1\ntime " + timestamp + "\n" + checkpointText);
      case ML_DSA_44 -> subtree(checkpoint, timestamp);
    };
  }

  /** The structure {@code cosigned_message} for a whole tree: start 0, end its size. */
  private byte[] subtree(Checkpoint checkpoint, long timestamp) throws FormatException {
    byte[] cosigner = utf8(name);
    byte[] origin = utf8(checkpoint.origin());
    if (origin.length > OPAQUE_MAX) {
      throw new FormatException("checkpoint's origin is longer than " + OPAQUE_MAX + " bytes");
    }
    return ByteBuffer.allocate(
            SUBTREE_LABEL.length + 2 + cosigner.length + origin.length + 3 * 8 + Hash.BYTES)
        .put(SUBTREE_LABEL)
        .put((byte) cosigner.length)
        .put(cosigner)
        .putLong(timestamp)
        .put((byte) origin.length)
        .put(origin)
        .putLong(0)
        .putLong(checkpoint.size())
        .put(checkpoint.root().bytes())
        .array();
  }

  /** Whether a signature over a checkpoint at a time is good. */
  public boolean verify(String checkpointText, long timestamp, byte[] signature) {
    try {
      Signature verifier = verifier();
      verifier.initVerify(javaKey());
      verifier.update(message(checkpointText, timestamp));
      return signature.length == algorithm.signatureBytes() && verifier.verify(signature);
    } catch (GeneralSecurityException | FormatException e) {
      // A malformed signature, key or checkpoint, or an algorithm that this runtime lacks: not
      // good.
      return false;
    }
  }

  private Signature verifier() throws NoSuchAlgorithmException {
    if (algorithm != Algorithm.ED25519) {
      return Signature.getInstance(algorithm.javaName());
    }
    return provider == null
        ? AwsLcProvider.ed25519()
        : Signature.getInstance(algorithm.javaName(), provider);
  }

  /** The key for {@link Signature}. */
  public PublicKey javaKey() throws GeneralSecurityException {
    return algorithm.key.javaKey(publicKey);
  }

  private byte[] typedKey() {
    byte[] typed = new byte[1 + publicKey.length];
    typed[0] = algorithm.type;
    System.arraycopy(publicKey, 0, typed, 1, publicKey.length);
    return typed;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CosignerKey that
        && algorithm == that.algorithm
        && name.equals(that.name)
        && Arrays.equals(publicKey, that.publicKey);
  }

  @Override
  public int hashCode() {
    return id();
  }

  /** The vkey. */
  @Override
  public String toString() {
    return name
        + "+"
        + HexFormat.of().toHexDigits(id())
        + "+"
        + Base64.getEncoder().encodeToString(typedKey());
  }
}
