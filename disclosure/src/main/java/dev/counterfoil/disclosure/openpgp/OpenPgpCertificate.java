package dev.counterfoil.disclosure.openpgp;

import dev.counterfoil.format.bytes.FormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.PGPSignatureSubpacketVector;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;

/** A public key, its users and its life, with which others verify what was published. */
public final class OpenPgpCertificate {
  /** Longest file of a public key, in bytes. */
  public static final int BYTES_MAX = 256 * 1024;

  /** Longest signature, in bytes. */
  public static final int SIGNATURE_BYTES_MAX = 64 * 1024;

  private final PGPPublicKeyRing ring;

  private OpenPgpCertificate(PGPPublicKeyRing ring) {
    this.ring = ring;
  }

  static OpenPgpCertificate of(PGPPublicKeyRing ring) {
    return new OpenPgpCertificate(ring);
  }

  /**
   * Reads an armored or binary public key.
   *
   * @throws FormatException where it is none
   */
  public static OpenPgpCertificate parse(byte[] file) throws FormatException {
    try {
      return new OpenPgpCertificate(
          new PGPPublicKeyRing(
              PGPUtil.getDecoderStream(new ByteArrayInputStream(file)),
              new BcKeyFingerprintCalculator()));
    } catch (IOException | RuntimeException e) {
      throw new FormatException("is no OpenPGP public key", e);
    }
  }

  /** The fingerprint of the primary key in hexadecimal, upper case. */
  public String fingerprint() {
    return HexFormat.of().formatHex(ring.getPublicKey().getFingerprint()).toUpperCase(Locale.ROOT);
  }

  /** The public key, armored. */
  public byte[] armored() {
    try {
      return OpenPgpKey.armored(ring.getEncoded());
    } catch (IOException e) {
      throw new IllegalStateException("a public key cannot be written", e);
    }
  }

  /** When it was made. */
  public Instant created() {
    return ring.getPublicKey().getCreationTime().toInstant();
  }

  /** When it ends; empty for one that does not. */
  public Optional<Instant> expires() {
    PGPPublicKey primary = ring.getPublicKey();
    long seconds = primary.getValidSeconds();
    return seconds == 0
        ? Optional.empty()
        : Optional.of(primary.getCreationTime().toInstant().plusSeconds(seconds));
  }

  /** Why it is not valid at a time: revoked, expired, or not yet made. */
  public Optional<String> unusable(Instant at) {
    PGPPublicKey primary = ring.getPublicKey();
    if (primary.hasRevocation()) {
      return Optional.of("the key is revoked");
    }
    if (at.isBefore(primary.getCreationTime().toInstant())) {
      return Optional.of("the key was made later");
    }
    return expires().filter(end -> !at.isBefore(end)).map(end -> "the key expired at " + end);
  }

  /**
   * Whether a key of it is for signing, and is not revoked itself. A subkey counts only where the
   * primary key bound it, and it the primary key (RFC 9580, 5.2.1.8 and 5.2.1.9): anybody can put a
   * key of theirs into another's file.
   */
  boolean signs(long keyId) {
    PGPPublicKey key = ring.getPublicKey(keyId);
    if (key == null || key.hasRevocation()) {
      return false;
    }
    return key.isMasterKey() ? isPrimaryForSigning(key) : isBoundForSigning(key);
  }

  private boolean isBoundForSigning(PGPPublicKey subkey) {
    PGPPublicKey primary = ring.getPublicKey();
    for (var all = subkey.getSignaturesOfType(PGPSignature.SUBKEY_BINDING); all.hasNext(); ) {
      PGPSignature binding = all.next();
      try {
        if (holds(binding, primary, primary, subkey)
            && (binding.getHashedSubPackets().getKeyFlags() & KeyFlags.SIGN_DATA) != 0
            && isBoundBack(binding, primary, subkey)) {
          return true;
        }
      } catch (PGPException | RuntimeException e) {
        // A binding that cannot be read binds nothing; another may.
      }
    }
    return false;
  }

  private static boolean isBoundBack(
      PGPSignature binding, PGPPublicKey primary, PGPPublicKey subkey) throws PGPException {
    for (PGPSignatureSubpacketVector packets :
        List.of(binding.getHashedSubPackets(), binding.getUnhashedSubPackets())) {
      for (PGPSignature back : packets.getEmbeddedSignatures()) {
        if (back.getSignatureType() == PGPSignature.PRIMARYKEY_BINDING
            && holds(back, subkey, primary, subkey)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean holds(
      PGPSignature signature, PGPPublicKey signer, PGPPublicKey primary, PGPPublicKey subkey)
      throws PGPException {
    signature.init(new BcPGPContentVerifierBuilderProvider(), signer);
    return signature.verifyCertification(primary, subkey);
  }

  private static boolean isPrimaryForSigning(PGPPublicKey key) {
    boolean isStated = false;
    for (var signatures = key.getSignatures(); signatures.hasNext(); ) {
      PGPSignature signature = signatures.next();
      if (signature.getHashedSubPackets() != null
          && signature.getHashedSubPackets().hasSubpacket(27)) {
        isStated = true;
        if ((signature.getHashedSubPackets().getKeyFlags() & KeyFlags.SIGN_DATA) != 0) {
          return true;
        }
      }
    }
    return !isStated;
  }

  /**
   * Checks a detached signature.
   *
   * @return why it does not hold; empty where it does
   */
  public Optional<String> refusal(byte[] content, byte[] signatureFile, Instant at) {
    return refusal(PGPSignature.BINARY_DOCUMENT, content, signatureFile, at);
  }

  /**
   * Checks the signature of a clear-signed text (RFC 9580, 7).
   *
   * @param text its lines, without the escapes
   * @return why it does not hold; empty where it does
   */
  public Optional<String> refusalOfText(String text, byte[] signatureFile, Instant at) {
    String canonical =
        text.lines().map(String::stripTrailing).collect(Collectors.joining("\r\n")).stripTrailing();
    return refusal(
        PGPSignature.CANONICAL_TEXT_DOCUMENT,
        canonical.getBytes(StandardCharsets.UTF_8),
        signatureFile,
        at);
  }

  private Optional<String> refusal(int type, byte[] content, byte[] signatureFile, Instant at) {
    try {
      Object first =
          new BcPGPObjectFactory(PGPUtil.getDecoderStream(new ByteArrayInputStream(signatureFile)))
              .nextObject();
      if (!(first instanceof PGPSignatureList list) || list.isEmpty()) {
        return Optional.of("there is no OpenPGP signature in the file");
      }
      PGPSignature signature = list.get(0);
      PGPPublicKey key = ring.getPublicKey(signature.getKeyID());
      if (key == null) {
        return Optional.of("it was made with another key");
      }
      if (signature.getSignatureType() != type) {
        return Optional.of("it is of another kind");
      }
      if (!signs(key.getKeyID())) {
        return Optional.of("its key is no signing key, or the primary key did not bind it");
      }
      signature.init(new BcPGPContentVerifierBuilderProvider(), key);
      signature.update(content);
      if (!signature.verify()) {
        return Optional.of("it is not of this content");
      }
      return unusable(at);
    } catch (IOException | PGPException | RuntimeException e) {
      return Optional.of("it cannot be read");
    }
  }
}
