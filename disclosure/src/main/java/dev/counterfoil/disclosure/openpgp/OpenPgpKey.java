package dev.counterfoil.disclosure.openpgp;

import dev.counterfoil.format.bytes.FormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.crypto.generators.Ed25519KeyPairGenerator;
import org.bouncycastle.crypto.params.Ed25519KeyGenerationParameters;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPPrivateKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSecretKey;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyDecryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyEncryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPair;

/** A secret key that signs what is published. It shows its fingerprint and nothing else. */
public final class OpenPgpKey {
  /** Longest file of a secret key, in bytes. */
  public static final int BYTES_MAX = 64 * 1024;

  private final PGPSecretKey secret;
  private final PGPPrivateKey unlocked;
  private final OpenPgpCertificate certificate;

  private OpenPgpKey(PGPSecretKey secret, PGPPrivateKey unlocked, OpenPgpCertificate certificate) {
    this.secret = secret;
    this.unlocked = unlocked;
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
      for (PGPSecretKey key : ring) {
        if (key.isSigningKey() && !key.isPrivateKeyEmpty() && certificate.signs(key.getKeyID())) {
          PGPPrivateKey unlocked =
              key.extractPrivateKey(
                  new BcPBESecretKeyDecryptorBuilder(new BcPGPDigestCalculatorProvider())
                      .build(passphrase));
          return new OpenPgpKey(key, unlocked, certificate);
        }
      }
      throw new FormatException("no secret key in it can sign");
    } catch (IOException | PGPException | RuntimeException e) {
      throw new FormatException("is no OpenPGP secret key that this passphrase opens", e);
    }
  }

  /**
   * Makes a key: Ed25519, version 4, for signing alone.
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
