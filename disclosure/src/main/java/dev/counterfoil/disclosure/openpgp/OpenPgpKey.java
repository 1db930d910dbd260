package dev.counterfoil.disclosure.openpgp;

import dev.counterfoil.format.bytes.FormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.crypto.generators.Ed25519KeyPairGenerator;
import org.bouncycastle.crypto.generators.X25519KeyPairGenerator;
import org.bouncycastle.crypto.params.Ed25519KeyGenerationParameters;
import org.bouncycastle.crypto.params.X25519KeyGenerationParameters;
import org.bouncycastle.openpgp.PGPCompressedData;
import org.bouncycastle.openpgp.PGPEncryptedData;
import org.bouncycastle.openpgp.PGPEncryptedDataList;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPLiteralData;
import org.bouncycastle.openpgp.PGPPrivateKey;
import org.bouncycastle.openpgp.PGPPublicKeyEncryptedData;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSecretKey;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.PBESecretKeyDecryptor;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyDecryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyEncryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPair;
import org.bouncycastle.openpgp.operator.bc.BcPublicKeyDataDecryptorFactory;

/**
 * A secret key that signs what is published, and opens what reporters encrypt to it. It shows its
 * fingerprint and nothing else.
 */
public final class OpenPgpKey {
  /** Longest file of a secret key, in bytes. */
  public static final int BYTES_MAX = 64 * 1024;

  private final PGPSecretKey secret;
  private final PGPPrivateKey unlocked;
  private final List<PGPKeyPair> opening;
  private final OpenPgpCertificate certificate;

  private OpenPgpKey(
      PGPSecretKey secret,
      PGPPrivateKey unlocked,
      List<PGPKeyPair> opening,
      OpenPgpCertificate certificate) {
    this.secret = secret;
    this.unlocked = unlocked;
    this.opening = List.copyOf(opening);
    this.certificate = certificate;
  }

  /**
   * Reads an armored or binary secret key, as {@code gpg --export-secret-keys} writes it. The first
   * key of it that signs is taken.
   *
   * @param passphrase empty for a key that has none
   * @throws FormatException where there is no such key, or the passphrase is wrong
   */
  public static OpenPgpKey parse(byte[] file, char[] passphrase) throws FormatException {
    try {
      PGPSecretKeyRing ring =
          new PGPSecretKeyRing(
              PGPUtil.getDecoderStream(new ByteArrayInputStream(file)),
              new BcKeyFingerprintCalculator());
      OpenPgpCertificate certificate =
          OpenPgpCertificate.of(
              new PGPPublicKeyRing(
                  ring.toCertificate().getEncoded(), new BcKeyFingerprintCalculator()));
      PBESecretKeyDecryptor unlocks =
          new BcPBESecretKeyDecryptorBuilder(new BcPGPDigestCalculatorProvider()).build(passphrase);
      List<PGPKeyPair> opening = new ArrayList<>();
      for (PGPSecretKey key : ring) {
        if (key.getPublicKey().isEncryptionKey() && !key.isPrivateKeyEmpty()) {
          opening.add(new PGPKeyPair(key.getPublicKey(), key.extractPrivateKey(unlocks)));
        }
      }
      for (PGPSecretKey key : ring) {
        if (key.isSigningKey() && !key.isPrivateKeyEmpty() && certificate.signs(key.getKeyID())) {
          return new OpenPgpKey(key, key.extractPrivateKey(unlocks), opening, certificate);
        }
      }
      throw new FormatException("no secret key in it can sign");
    } catch (IOException | PGPException | RuntimeException e) {
      throw new FormatException("is no OpenPGP secret key that this passphrase opens", e);
    }
  }

  /**
   * Makes a key, version 4: Ed25519 for signing, and a subkey of Curve25519 to which reporters
   * encrypt.
   *
   * @param user whom it belongs to, such as {@code Example security <security@example.com>}
   * @param passphrase what encrypts the file; empty for none
   * @return the armored secret key
   */
  public static byte[] make(
      String user, char[] passphrase, Instant now, Duration validFor, SecureRandom random) {
    try {
      Ed25519KeyPairGenerator generator = new Ed25519KeyPairGenerator();
      generator.init(new Ed25519KeyGenerationParameters(random));
      PGPKeyPair pair =
          new BcPGPKeyPair(
              PublicKeyPacket.VERSION_4,
              PublicKeyAlgorithmTags.EDDSA_LEGACY,
              generator.generateKeyPair(),
              Date.from(now));
      PGPSignatureSubpacketGenerator facts = new PGPSignatureSubpacketGenerator();
      facts.setKeyFlags(true, KeyFlags.CERTIFY_OTHER | KeyFlags.SIGN_DATA);
      facts.setKeyExpirationTime(true, validFor.toSeconds());
      facts.setPreferredHashAlgorithms(false, new int[] {HashAlgorithmTags.SHA512});
      PGPKeyRingGenerator ring =
          new PGPKeyRingGenerator(
              PGPSignature.POSITIVE_CERTIFICATION,
              pair,
              user,
              new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA1),
              facts.generate(),
              null,
              new BcPGPContentSignerBuilder(
                  PublicKeyAlgorithmTags.EDDSA_LEGACY, HashAlgorithmTags.SHA512),
              passphrase.length == 0
                  ? null
                  : new BcPBESecretKeyEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256)
                      .build(passphrase));
      X25519KeyPairGenerator subkeys = new X25519KeyPairGenerator();
      subkeys.init(new X25519KeyGenerationParameters(random));
      PGPSignatureSubpacketGenerator encrypts = new PGPSignatureSubpacketGenerator();
      encrypts.setKeyFlags(true, KeyFlags.ENCRYPT_COMMS | KeyFlags.ENCRYPT_STORAGE);
      encrypts.setKeyExpirationTime(true, validFor.toSeconds());
      ring.addSubKey(
          new BcPGPKeyPair(
              PublicKeyPacket.VERSION_4,
              PublicKeyAlgorithmTags.ECDH,
              subkeys.generateKeyPair(),
              Date.from(now)),
          encrypts.generate(),
          null);
      return armored(ring.generateSecretKeyRing().getEncoded());
    } catch (IOException | PGPException e) {
      throw new IllegalStateException("a new key cannot be written", e);
    }
  }

  static byte[] armored(byte[] packets) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArmoredOutputStream out = ArmoredOutputStream.builder().clearHeaders().build(bytes)) {
      out.write(packets);
    }
    return bytes.toByteArray();
  }

  /** What others verify with. */
  public OpenPgpCertificate certificate() {
    return certificate;
  }

  /** Why nothing may be signed with it at a time; empty where it is good. */
  public Optional<String> unusable(Instant at) {
    return certificate.unusable(at);
  }

  /**
   * Opens what was encrypted to this key.
   *
   * @param bytesMax most bytes of the content
   * @throws FormatException when it is not for this key, was changed on the way, or is longer
   */
  public byte[] decrypted(byte[] message, int bytesMax) throws FormatException {
    try {
      Object first =
          new BcPGPObjectFactory(PGPUtil.getDecoderStream(new ByteArrayInputStream(message)))
              .nextObject();
      if (first instanceof PGPEncryptedDataList list) {
        for (PGPEncryptedData one : list) {
          for (PGPKeyPair key : opening) {
            if (one instanceof PGPPublicKeyEncryptedData sent
                && sent.getKeyIdentifier().getKeyId() == key.getKeyID()) {
              return content(sent, key, bytesMax);
            }
          }
        }
      }
      throw new FormatException("it is not encrypted to this key");
    } catch (IOException | PGPException | RuntimeException e) {
      throw new FormatException("it cannot be opened", e);
    }
  }

  private static byte[] content(PGPPublicKeyEncryptedData sent, PGPKeyPair key, int bytesMax)
      throws IOException, PGPException, FormatException {
    if (!sent.isIntegrityProtected()) {
      throw new FormatException("it is not protected against changes");
    }
    try (InputStream clear = sent.getDataStream(new BcPublicKeyDataDecryptorFactory(key))) {
      Object inner = new BcPGPObjectFactory(clear).nextObject();
      if (inner instanceof PGPCompressedData compressed) {
        inner = new BcPGPObjectFactory(compressed.getDataStream()).nextObject();
      }
      if (!(inner instanceof PGPLiteralData literal)) {
        throw new FormatException("it holds no text: encrypt it without a signature");
      }
      byte[] bytes = literal.getInputStream().readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new FormatException("it is longer than " + bytesMax + " bytes");
      }
      // What follows is read to its end, or the check below has not seen all.
      clear.transferTo(OutputStream.nullOutputStream());
      if (!sent.verify()) {
        throw new FormatException("it was changed on the way");
      }
      return bytes;
    }
  }

  /** A detached signature over bytes, armored. */
  public byte[] sign(byte[] content, Instant at) {
    try {
      PGPSignatureGenerator generator = generator(PGPSignature.BINARY_DOCUMENT, at);
      generator.update(content);
      return armored(generator.generate().getEncoded());
    } catch (IOException | PGPException e) {
      throw new IllegalStateException("the key does not sign", e);
    }
  }

  /**
   * A text that carries its signature (RFC 9580, 7).
   *
   * @param text lines that end in a line feed, without white space before it
   */
  public String clearSign(String text, Instant at) {
    try {
      PGPSignatureGenerator generator = generator(PGPSignature.CANONICAL_TEXT_DOCUMENT, at);
      // The last line's end belongs to the signature's armor and is not signed.
      generator.update(text.stripTrailing().replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ArmoredOutputStream out = ArmoredOutputStream.builder().clearHeaders().build(bytes)) {
        out.beginClearText(HashAlgorithmTags.SHA512);
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.endClearText();
        generator.generate().encode(out);
      }
      return bytes.toString(StandardCharsets.UTF_8);
    } catch (IOException | PGPException e) {
      throw new IllegalStateException("the key does not sign", e);
    }
  }

  private PGPSignatureGenerator generator(int type, Instant at) throws PGPException {
    PGPSignatureGenerator generator =
        new PGPSignatureGenerator(
            new BcPGPContentSignerBuilder(
                secret.getPublicKey().getAlgorithm(), HashAlgorithmTags.SHA512),
            secret.getPublicKey());
    generator.init(type, unlocked);
    PGPSignatureSubpacketGenerator facts = new PGPSignatureSubpacketGenerator();
    facts.setSignatureCreationTime(true, Date.from(at));
    facts.setIssuerFingerprint(false, secret.getPublicKey());
    generator.setHashedSubpackets(facts.generate());
    return generator;
  }

  @Override
  public String toString() {
    return "OpenPGP key " + certificate.fingerprint();
  }
}
