package dev.counterfoil.disclosure.openpgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.crypto.generators.Ed25519KeyPairGenerator;
import org.bouncycastle.crypto.params.Ed25519KeyGenerationParameters;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPair;
import org.junit.jupiter.api.Test;

/** A subkey signs only where the primary key bound it, and it the primary key. */
class OpenPgpSubkeyTest {
  private static final Instant NOW = Instant.parse("2026-11-30T09:00:00Z");
  private static final byte[] CONTENT = "advisory".getBytes(StandardCharsets.UTF_8);

  private record Ring(PGPPublicKeyRing ring, PGPKeyPair subkey) {}

  private static PGPKeyPair pair() throws PGPException {
    Ed25519KeyPairGenerator generator = new Ed25519KeyPairGenerator();
    generator.init(new Ed25519KeyGenerationParameters(new SecureRandom()));
    return new BcPGPKeyPair(
        PublicKeyPacket.VERSION_4,
        PublicKeyAlgorithmTags.EDDSA_LEGACY,
        generator.generateKeyPair(),
        Date.from(NOW));
  }

  private static BcPGPContentSignerBuilder signer() {
    return new BcPGPContentSignerBuilder(
        PublicKeyAlgorithmTags.EDDSA_LEGACY, HashAlgorithmTags.SHA512);
  }

  private static Ring ring(boolean boundBack) throws Exception {
    PGPSignatureSubpacketGenerator certifies = new PGPSignatureSubpacketGenerator();
    certifies.setKeyFlags(true, KeyFlags.CERTIFY_OTHER);
    PGPKeyRingGenerator generator =
        new PGPKeyRingGenerator(
            PGPSignature.POSITIVE_CERTIFICATION,
            pair(),
            "Example",
            new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA1),
            certifies.generate(),
            null,
            signer(),
            null);
    PGPSignatureSubpacketGenerator signs = new PGPSignatureSubpacketGenerator();
    signs.setKeyFlags(true, KeyFlags.SIGN_DATA);
    PGPKeyPair subkey = pair();
    if (boundBack) {
      generator.addSubKey(subkey, signs.generate(), null, signer());
    } else {
      generator.addSubKey(subkey, signs.generate(), null);
    }
    return new Ring(generator.generatePublicKeyRing(), subkey);
  }

  private static byte[] signedBy(PGPKeyPair key) throws Exception {
    PGPSignatureGenerator generator = new PGPSignatureGenerator(signer(), key.getPublicKey());
    generator.init(PGPSignature.BINARY_DOCUMENT, key.getPrivateKey());
    PGPSignatureSubpacketGenerator facts = new PGPSignatureSubpacketGenerator();
    facts.setSignatureCreationTime(true, Date.from(NOW));
    facts.setIssuerFingerprint(false, key.getPublicKey());
    generator.setHashedSubpackets(facts.generate());
    generator.update(CONTENT);
    return OpenPgpKey.armored(generator.generate().getEncoded());
  }

  private static OpenPgpCertificate read(PGPPublicKeyRing ring) throws Exception {
    return OpenPgpCertificate.parse(OpenPgpKey.armored(ring.getEncoded()));
  }

  @Test
  void aBoundSubkeySignsAndAGraftedOneDoesNot() throws Exception {
    Ring own = ring(true);
    Ring thief = ring(true);
    assertThat(read(own.ring()).refusal(CONTENT, signedBy(own.subkey()), NOW)).isEmpty();
    PGPPublicKey foreign = thief.ring().getPublicKey(thief.subkey().getKeyID());
    PGPPublicKeyRing grafted = PGPPublicKeyRing.insertPublicKey(own.ring(), foreign);
    assertThat(read(grafted).refusal(CONTENT, signedBy(own.subkey()), NOW)).isEmpty();
    assertThat(read(grafted).refusal(CONTENT, signedBy(thief.subkey()), NOW))
        .hasValueSatisfying(why -> assertThat(why).contains("did not bind it"));
  }

  @Test
  void aSubkeyThatDidNotBindItsPrimaryKeySignsNothing() throws Exception {
    Ring stolen = ring(false);
    assertThat(read(stolen.ring()).refusal(CONTENT, signedBy(stolen.subkey()), NOW)).isPresent();
  }
}
