package dev.counterfoil.custodian;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.tools.Ed25519File;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/**
 * The key with which a custodian cosigns, in {@code cosigner.key} (for its owner alone) and {@code
 * cosigner.vkey}, which signers and policies take in. Whoever has the key can say that a log is
 * held that is not; he can sign no token.
 */
public final class CosignerKeyFile implements CosignatureSigner {
  private static final String PRIVATE = "cosigner.key";
  private static final String PUBLIC = "cosigner.vkey";

  private final CosignerKey publicKey;
  private final Ed25519File file;

  private CosignerKeyFile(CosignerKey publicKey, Ed25519File file) {
    this.publicKey = publicKey;
    this.file = file;
  }

  /**
   * Reads the key in a folder, and makes it where there is none.
   *
   * @param name of the cosigner, which its vkey carries
   */
  public static CosignerKeyFile openOrMake(Path folder, String name) throws IOException {
    FileDisk disk = FileDisk.privateFolder(folder);
    try {
      Ed25519File file =
          Ed25519File.openOrMake(
              disk,
              PRIVATE,
              PUBLIC,
              made -> CosignerKey.of(name, CosignerKey.Algorithm.ED25519, made).toString());
      CosignerKey key = CosignerKey.parse(file.vkey());
      if (!key.name().equals(name)) {
        throw new IOException(
            disk
                + " holds the key of cosigner "
                + key.name()
                + ", not of "
                + name
                + ". Give it that name in the configuration, or begin with an empty folder");
      }
      return new CosignerKeyFile(key, file);
    } catch (FormatException | GeneralSecurityException e) {
      throw new IOException("the cosigner's key in " + disk + " cannot be used", e);
    }
  }

  @Override
  public CosignerKey key() {
    return publicKey;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    return file.sign(message);
  }
}
