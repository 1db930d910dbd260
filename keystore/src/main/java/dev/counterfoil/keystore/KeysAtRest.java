package dev.counterfoil.keystore;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.keystore.pkcs11.Pkcs11Entry;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;

/**
 * With what the keys of a folder are sealed: as it is configured, and never another way in its
 * place. Where the configuration names what they were sealed with before, they are moved first.
 *
 * @param folder of a signer or registrar, which nobody else has open
 * @param domain the trust domain
 * @param passphrase the secret that seals them; beside a wrapping key, did so before
 * @param wrapping the token whose key seals them
 * @param before the token whose key sealed them before
 */
public record KeysAtRest(
    Path folder,
    String domain,
    Optional<SecretFile> passphrase,
    Optional<Pkcs11Entry> wrapping,
    Optional<Pkcs11Entry> before) {

  /** Refuses a configuration that does not say in which way the keys are sealed. */
  public KeysAtRest {
    Pkcs11Entry.checkSealing(passphrase, wrapping, before);
  }

  /** Opens them, after they were moved where that is due. */
  public SealedKeys open() throws IOException, GeneralSecurityException, StartRefusedException {
    return open(FileDisk::privateFolder);
  }

  /** The same on disks that are given. */
  SealedKeys open(KeysMove.Disks disks)
      throws IOException, GeneralSecurityException, StartRefusedException {
    if (wrapping.isEmpty()) {
      return underPassphrase(disks);
    }
    if (passphrase.isEmpty()) {
      SealedKeys.refuseOthers(folder);
    }
    return before.isPresent()
        ? fromTokenToToken(disks, before.get(), wrapping.get())
        : underToken(disks, wrapping.get());
  }

  private SealedKeys underPassphrase(KeysMove.Disks disks)
      throws IOException, GeneralSecurityException, StartRefusedException {
    KeyForKeys with = new KeyForKeys.PassphraseFile(passphrase.orElseThrow());
    SealedKeys sealed = sealedWith(with);
    if (!WrappingKey.isUsedIn(folder)) {
      return sealed;
    }
    if (before.isEmpty()) {
      throw refused(
          "the keys in "
              + folder
              + " are sealed with a key in a PKCS#11 token ("
              + WrappingKey.FILE
              + "), but its configuration has no wrapping-key. Put it back. To give up"
              + " the token, name it as wrapping-key-before; a start then seals the keys"
              + " with the passphrase (docs/operate/hsm.md)");
    }
    refuseUnfinished();
    Disk disk = disks.open(folder);
    KeyForKeys token = new KeyForKeys.InToken(WrappingKey.openOrMake(disk, before.get()));
    new KeysMove(sealedWith(token), with, sealed, domain, disks)
        .carryOut(
            folder, "wrapping-key-before", token.described(), () -> disk.delete(WrappingKey.FILE));
    return sealed;
  }

  private SealedKeys underToken(KeysMove.Disks disks, Pkcs11Entry entry)
      throws IOException, GeneralSecurityException, StartRefusedException {
    refuseUnfinished();
    KeyForKeys with = new KeyForKeys.InToken(WrappingKey.openOrMake(disks.open(folder), entry));
    SealedKeys sealed = sealedWith(with);
    if (passphrase.isPresent()) {
      new KeysMove(SealedKeys.with(passphrase.get()), with, sealed, domain, disks)
          .carryOut(folder, "passphrase-file", "what it names", () -> {});
    }
    return sealed;
  }

  private SealedKeys fromTokenToToken(KeysMove.Disks disks, Pkcs11Entry from, Pkcs11Entry to)
      throws IOException, GeneralSecurityException, StartRefusedException {
    Disk disk = disks.open(folder);
    WrappingKey.Change change = WrappingKey.change(disk, from, to);
    KeyForKeys with = new KeyForKeys.InToken(change.to());
    SealedKeys sealed = sealedWith(with);
    if (change.from().isPresent()) {
      KeyForKeys token = new KeyForKeys.InToken(change.from().get());
      new KeysMove(SealedKeys.unchecked(token), with, sealed, domain, disks)
          .carryOut(folder, "wrapping-key-before", token.described(), () -> change.finish(disk));
    }
    return sealed;
  }

  /** Keys of both tokens lie here: whoever knows one of them opens only some. */
  private void refuseUnfinished() throws IOException, StartRefusedException {
    if (WrappingKey.isChangingIn(folder)) {
      throw refused(
          "keys in "
              + folder
              + " are being moved from one PKCS#11 token to another ("
              + WrappingKey.NEXT_FILE
              + "). Name both, as wrapping-key and wrapping-key-before. A start then"
              + " finishes the move, in the direction that they name"
              + " (docs/operate/hsm.md)");
    }
  }

  private static StartRefusedException refused(String why) {
    return new StartRefusedException(ProcessExitCode.CONFIGURATION, why);
  }

  private static SealedKeys sealedWith(KeyForKeys with) throws StartRefusedException {
    return SealedKeys.with(with, KeyMakerProcess.likeThisProcess());
  }
}
