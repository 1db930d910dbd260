package dev.counterfoil.witness;

import dev.counterfoil.format.bytes.AwsLcProvider;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.tools.HintFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/**
 * A key of the witness: {@code <algorithm>.key} (PKCS#8), {@code <algorithm>.hint} and {@code
 * <algorithm>.vkey} in its folder, readable by their owner only. The last is written last. Signs on
 * any thread.
 */
final class WitnessKey implements CosignatureSigner {
  private static final int KEY_BYTES_MAX = 16 * 1024;
  private static final byte[] PROBE = "counterfoil witness".getBytes(StandardCharsets.US_ASCII);

  private final CosignerKey key;
  private final PrivateKey privateKey;
  private final SecureRandom random;

  private WitnessKey(CosignerKey key, PrivateKey privateKey, SecureRandom random) {
    this.key = key;
    this.privateKey = privateKey;
    this.random = random;
  }

  /**
   * Opens the key of an algorithm, made new when there is none. A key that the database does not
   * know is refused: what it cosigned is forgotten, and it could cosign another history of it.
   */
  static WitnessKey openOrMake(
      Disk disk, CheckpointStore store, Algorithm algorithm, String name, SecureRandom random)
      throws IOException, GeneralSecurityException {
    String label = label(algorithm);
    String vkey;
    try {
      vkey = new String(disk.read(label + ".vkey", KEY_BYTES_MAX), StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException e) {
      return make(disk, store, algorithm, name, random);
    }
    CosignerKey key;
    try {
      key = CosignerKey.parse(vkey);
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          label + ".vkey in " + disk + " is damaged: " + e.getMessage(), e);
    }
    if (!key.name().equals(name) || key.algorithm() != algorithm) {
      throw new GeneralSecurityException(
          label
              + ".vkey in "
              + disk
              + " is the key of "
              + key.name()
              + ". Has the name in the configuration changed? Then start with an empty folder");
    }
    if (!store.belongsTo(key)) {
      throw new GeneralSecurityException(
          "the database in "
              + disk
              + " is not the one that "
              + label
              + ".vkey cosigned with. It has lost what was cosigned, so the witness must"
              + " not sign again. Restore the last database, or start with an empty"
              + " folder and give the new keys to the logs");
    }
    byte[] pkcs8 = disk.read(label + ".key", KEY_BYTES_MAX);
    try {
      PrivateKey privateKey =
          KeyFactory.getInstance(algorithm.javaName())
              .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      WitnessKey opened = new WitnessKey(key, privateKey, random);
      opened.checkPair();
      HintFile.keep(disk, label, pkcs8, jose(algorithm));
      return opened;
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  private static WitnessKey make(
      Disk disk, CheckpointStore store, Algorithm algorithm, String name, SecureRandom random)
      throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm.javaName());
    generator.initialize(new NamedParameterSpec(algorithm.javaName()), random);
    KeyPair pair = generator.generateKeyPair();
    CosignerKey key = CosignerKey.of(name, algorithm, pair.getPublic());
    WitnessKey made = new WitnessKey(key, pair.getPrivate(), random);
    made.checkPair();
    byte[] pkcs8 = pair.getPrivate().getEncoded();
    try {
      disk.replace(label(algorithm) + ".key", pkcs8);
      HintFile.keep(disk, label(algorithm), pkcs8, jose(algorithm));
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
    store.add(key);
    disk.replace(label(algorithm) + ".vkey", (key + "\n").getBytes(StandardCharsets.UTF_8));
    return made;
  }

  private static String label(Algorithm algorithm) {
    return switch (algorithm) {
      case ED25519 -> "ed25519";
      case ML_DSA_44 -> "ml-dsa-44";
    };
  }

  private static String jose(Algorithm algorithm) {
    return switch (algorithm) {
      case ED25519 -> "EdDSA";
      case ML_DSA_44 -> "ML-DSA-44";
    };
  }

  private void checkPair() throws GeneralSecurityException {
    Signature verifier = Signature.getInstance(key.algorithm().javaName());
    verifier.initVerify(key.javaKey());
    verifier.update(PROBE);
    if (!verifier.verify(sign(PROBE))) {
      throw new GeneralSecurityException(
          "the private key of " + key.name() + " does not belong to its vkey");
    }
  }

  @Override
  public CosignerKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature =
        switch (key.algorithm()) {
          case ED25519 -> AwsLcProvider.ed25519();
          case ML_DSA_44 -> Signature.getInstance(key.algorithm().javaName());
        };
    signature.initSign(privateKey, random);
    signature.update(message);
    return signature.sign();
  }
}
