package dev.counterfoil.registrar.keys;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;

/**
 * The key of a domain's key log. Policies pin it, so it lives as long as the domain: it is made
 * before the first policy is written.
 */
public final class KeyLogKey {
  public static final String LABEL = "key-log";

  private KeyLogKey() {}

  /** Its name: the log's origin. */
  public static String name(URI issuer) {
    return KeyLog.origin(issuer.toString());
  }

  public static Ed25519Key open(SealedKeys sealed, Path registrarFolder, URI issuer)
      throws IOException, GeneralSecurityException {
    return Ed25519Key.openOrMake(
        sealed, FileDisk.privateFolder(registrarFolder.resolve("keys")), LABEL, name(issuer));
  }

  /**
   * Makes the line that says when a head was signed: a timestamped cosignature by the log's key.
   */
  public static EntryLog.HeadLine headLine(Ed25519Key key, InstantSource clock) {
    CosignerKey cosigner = KeyLogHead.cosignerKey(key.publicKey());
    CosignatureSigner signer =
        new CosignatureSigner() {
          @Override
          public CosignerKey key() {
            return cosigner;
          }

          @Override
          public byte[] sign(byte[] message) throws GeneralSecurityException {
            return key.notes().sign(message);
          }
        };
    return checkpoint -> {
      try {
        return List.of(
            Cosignature.make(checkpoint.text(), clock.instant().getEpochSecond(), signer).line());
      } catch (FormatException e) {
        throw new IllegalStateException("a checkpoint of ours can be cosigned", e);
      }
    };
  }
}
