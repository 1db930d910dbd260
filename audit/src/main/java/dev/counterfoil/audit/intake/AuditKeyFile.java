package dev.counterfoil.audit.intake;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.AuditLogConsent;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.tiles.TreeState;
import dev.counterfoil.log.tools.Ed25519File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/**
 * The audit log's key, in {@code log.key} (for its owner alone) and {@code log.vkey}, which whoever
 * verifies takes in. Whoever has the key can sign another history of the log, for those who have
 * seen none; he can sign no token.
 */
public final class AuditKeyFile implements NoteSigner {
  /** Where the public half stands. */
  public static final String PUBLIC = "log.vkey";

  private static final String PRIVATE = "log.key";

  private final NoteKey publicKey;
  private final Ed25519File file;

  private AuditKeyFile(NoteKey publicKey, Ed25519File file) {
    this.publicKey = publicKey;
    this.file = file;
  }

  /** Reads the key in a folder, and makes it where there is none. */
  public static AuditKeyFile openOrMake(Path folder, String origin) throws IOException {
    FileDisk disk = FileDisk.privateFolder(folder);
    try {
      Ed25519File file =
          Ed25519File.openOrMake(
              disk, PRIVATE, PUBLIC, made -> NoteKey.of(origin, made).toString());
      NoteKey key = NoteKey.parse(file.vkey());
      if (!key.name().equals(origin)) {
        throw new IOException(
            "%s holds the key of %s, not of %s: give the audit log that name in the configuration"
                .formatted(disk, key.name(), origin));
      }
      return new AuditKeyFile(key, file);
    } catch (FormatException | GeneralSecurityException e) {
      throw new IOException("the audit log's key in " + disk + " cannot be used", e);
    }
  }

  /** Signs that this audit log keeps a trust domain's events, for the domain's key log. */
  public AuditLogRequest request(TreeState tree, String keyLog) throws IOException {
    Checkpoint now = new Checkpoint(publicKey.name(), tree.size(), tree.root());
    try {
      byte[] consent = new AuditLogConsent(now, keyLog).sign(this).bytes();
      return new AuditLogRequest(publicKey, keyLog, new String(consent, StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IOException("the audit log's key does not sign", e);
    }
  }

  @Override
  public NoteKey key() {
    return publicKey;
  }

  @Override
  public byte[] sign(byte[] text) throws GeneralSecurityException {
    return file.sign(text);
  }
}
