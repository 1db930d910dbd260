package dev.counterfoil.audit;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.NoteSigner;
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
 * The audit log's key, in two files: {@code log.key} (PKCS#8, for its owner alone) and {@code
 * log.vkey}, which whoever verifies takes in. Whoever has the key can sign another history of the
 * log, for those who have seen none; he can sign no token.
 */
public final class AuditKeyFile implements NoteSigner {
  /** Where the public half stands. */
  public static final String PUBLIC = "log.vkey";

  private static final String PRIVATE = "log.key";
  private static final int BYTES_MAX = 4096;
  private static final String ALGORITHM = "Ed25519";

  private final NoteKey publicKey;
  private final PrivateKey privateKey;

  private AuditKeyFile(NoteKey publicKey, PrivateKey privateKey) {
    this.publicKey = publicKey;
    this.privateKey = privateKey;
  }

  /** Reads the key in a folder, and makes it where there is none. */
  static AuditKeyFile openOrMake(Path folder, String origin) throws IOException {
    FileDisk disk = FileDisk.privateFolder(folder);
    try {
      byte[] vkey;
      try {
        vkey = disk.read(PUBLIC, BYTES_MAX);
      } catch (NoSuchFileException e) {
        return make(disk, origin);
      }
      NoteKey key = NoteKey.parse(new String(vkey, StandardCharsets.UTF_8).strip());
      if (!key.name().equals(origin)) {
        throw new IOException(
            "%s holds the key of %s, not of %s: give the audit log that name in the configuration"
                .formatted(disk, key.name(), origin));
      }
      byte[] encoded = disk.read(PRIVATE, BYTES_MAX);
      PrivateKey privateKey =
          KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      Arrays.fill(encoded, (byte) 0);
      return new AuditKeyFile(key, privateKey);
    } catch (FormatException | GeneralSecurityException e) {
      throw new IOException("the audit log's key in " + disk + " cannot be used", e);
    }
  }

  private static AuditKeyFile make(Disk disk, String origin)
      throws IOException, GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
    NoteKey key = NoteKey.of(origin, pair.getPublic());
    byte[] encoded = pair.getPrivate().getEncoded();
    disk.replace(PRIVATE, encoded);
    Arrays.fill(encoded, (byte) 0);
    // Last: where it stands, the key is whole.
    disk.replace(PUBLIC, (key + "\n").getBytes(StandardCharsets.UTF_8));
    return new AuditKeyFile(key, pair.getPrivate());
  }

  @Override
  public NoteKey key() {
    return publicKey;
  }

  @Override
  public byte[] sign(byte[] text) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(ALGORITHM);
    signature.initSign(privateKey);
    signature.update(text);
    return signature.sign();
  }
}
