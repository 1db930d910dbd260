package dev.counterfoil.keystore;

import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;

/**
 * With what the keys of a folder are sealed: as it is configured, and never another way in its
 * place. Where the configuration names what they were sealed with before, they are moved first.
 */
public record KeysAtRest(
    @Meaning("Folder of keys and journals, for this process alone.") Path folder,
    @Meaning(
            "File with the secret that encrypts the keys at rest: at least 32 random"
                + " characters, mode 600. Beside wrapping-key: the secret that keys are"
                + " moved from.")
        Optional<SecretFile> passphraseFile,
    @Meaning(
            "The HSM (PKCS#11) with the AES key that encrypts the keys at rest, instead of"
                + " passphrase-file.")
        Optional<HsmEntry> wrappingKey,
    @Meaning(
            "The HSM (PKCS#11) that the keys at rest are moved from, to passphrase-file or"
                + " to another HSM in wrapping-key. Remove it when a start has reported that"
                + " the move is done.")
        Optional<HsmEntry> wrappingKeyBefore) {

  /** Refuses a configuration that does not say in which way the keys are sealed. */
  public KeysAtRest {
    HsmEntry.checkSealing(passphraseFile, wrappingKey, wrappingKeyBefore);
  }

  /**
   * Opens them, after they were moved where that is due.
   *
   * @param domain the trust domain, which token keys are bound to
   */
  public SealedKeys open(String domain)
      throws IOException, GeneralSecurityException, StartRefusedException {
    return open(domain, FileDisk::privateFolder);
  }

  /** The same on disks that are given. */
  SealedKeys open(String domain, KeysMove.Disks disks)
      throws IOException, GeneralSecurityException, StartRefusedException {
    if (wrappingKey.isEmpty()) {
      return underPassphrase(domain, disks);
    }
    if (passphraseFile.isEmpty()) {
      SealedKeys.refuseOthers(folder);
    }
    return wrappingKeyBefore.isPresent()
        ? fromHsmToHsm(domain, disks, wrappingKeyBefore.get(), wrappingKey.get())
        : underHsm(domain, disks, wrappingKey.get());
  }

  private SealedKeys underPassphrase(String domain, KeysMove.Disks disks)
      throws IOException, GeneralSecurityException, StartRefusedException {
    KeyForKeys with = new KeyForKeys.PassphraseFile(passphraseFile.orElseThrow());
    SealedKeys sealed = sealedWith(with);
    if (!WrappingKey.isUsedIn(folder)) {
      return sealed;
    }
    if (wrappingKeyBefore.isEmpty()) {
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
    KeyForKeys hsm = new KeyForKeys.InHsm(WrappingKey.openOrMake(disk, wrappingKeyBefore.get()));
    new KeysMove(sealedWith(hsm), with, sealed, domain, disks)
        .carryOut(
            folder, "wrapping-key-before", hsm.described(), () -> disk.delete(WrappingKey.FILE));
    return sealed;
  }

  private SealedKeys underHsm(String domain, KeysMove.Disks disks, HsmEntry entry)
      throws IOException, GeneralSecurityException, StartRefusedException {
    refuseUnfinished();
    KeyForKeys with = new KeyForKeys.InHsm(WrappingKey.openOrMake(disks.open(folder), entry));
    SealedKeys sealed = sealedWith(with);
    if (passphraseFile.isPresent()) {
      new KeysMove(SealedKeys.with(passphraseFile.get()), with, sealed, domain, disks)
          .carryOut(folder, "passphrase-file", "what it names", () -> {});
    }
    return sealed;
  }

  private SealedKeys fromHsmToHsm(String domain, KeysMove.Disks disks, HsmEntry from, HsmEntry to)
      throws IOException, GeneralSecurityException, StartRefusedException {
    Disk disk = disks.open(folder);
    WrappingKey.Change change = WrappingKey.change(disk, from, to);
    KeyForKeys with = new KeyForKeys.InHsm(change.to());
    SealedKeys sealed = sealedWith(with);
    if (change.from().isPresent()) {
      KeyForKeys hsm = new KeyForKeys.InHsm(change.from().get());
      new KeysMove(SealedKeys.unchecked(hsm), with, sealed, domain, disks)
          .carryOut(folder, "wrapping-key-before", hsm.described(), () -> change.finish(disk));
    }
    return sealed;
  }

  /** Keys of both HSMs lie here: one of them alone opens only some. */
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
