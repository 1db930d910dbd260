package dev.counterfoil.custodian;

import dev.counterfoil.format.CosignatureSigner;
import dev.counterfoil.format.CosignerKey;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/**
 * The key with which a custodian cosigns, in two files: {@code cosigner.key} (PKCS#8, for its owner
 * alone) and {@code cosigner.vkey}, which signers and policies take in. Whoever has the key can say
 * that a log is held that is not; he can sign no token.
 */
public final class CosignerKeyFile implements CosignatureSigner {
  private static final String PRIVATE = "cosigner.key";
  private static final String PUBLIC = "cosigner.vkey";
  private static final int BYTES_MAX = 4096;
  private static final CosignerKey.Algorithm ALGORITHM = CosignerKey.Algorithm.ED25519;

  private final CosignerKey publicKey;
  private final PrivateKey privateKey;

  private CosignerKeyFile(CosignerKey publicKey, PrivateKey privateKey) {
    this.publicKey = publicKey;
    this.privateKey = privateKey;
  }

  /**
   * Reads the key in a folder, and makes it where there is none.
   *
   * @param name of the cosigner, which its vkey carries
   */
  public static CosignerKeyFile openOrMake(Path folder, String name) throws IOException {
    FileDisk disk = FileDisk.privateFolder(folder);
    try {
      byte[] vkey;
      try {
        vkey = disk.read(PUBLIC, BYTES_MAX);
      } catch (NoSuchFileException e) {
        return make(disk, name);
      }
      CosignerKey key = CosignerKey.parse(new String(vkey, StandardCharsets.UTF_8).strip());
      if (!key.name().equals(name)) {
        throw new IOException(
            disk
                + " holds the key of cosigner "
                + key.name()
                + ", not of "
                + name
                + ": give it that name in the configuration, or begin with an empty folder");
      }
      byte[] encoded = disk.read(PRIVATE, BYTES_MAX);
      PrivateKey privateKey =
          KeyFactory.getInstance(ALGORITHM.javaName())
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
      Arrays.fill(encoded, (byte) 0);
      return new CosignerKeyFile(key, privateKey);
    } catch (FormatException | GeneralSecurityException e) {
      throw new IOException("the cosigner's key in " + disk + " cannot be used", e);
    }
  }

  private static CosignerKeyFile make(Disk disk, String name)
      throws IOException, GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM.javaName()).generateKeyPair();
    CosignerKey key = CosignerKey.of(name, ALGORITHM, pair.getPublic());
    byte[] encoded = pair.getPrivate().getEncoded();
    disk.replace(PRIVATE, encoded);
    Arrays.fill(encoded, (byte) 0);
    // Last: where it stands, the key is whole.
    disk.replace(PUBLIC, (key + "\n").getBytes(StandardCharsets.UTF_8));
    return new CosignerKeyFile(key, pair.getPrivate());
  }

  @Override
  public CosignerKey key() {
    return publicKey;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(ALGORITHM.javaName());
    signature.initSign(privateKey);
    signature.update(message);
    return signature.sign();
  }
}
