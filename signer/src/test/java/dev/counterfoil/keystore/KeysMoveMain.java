package dev.counterfoil.keystore;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.keystore.pkcs11.TestHsm;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a start does with keys at rest before anything else, as a process that can be killed. */
final class KeysMoveMain {
  private KeysMoveMain() {}

  /**
   * Moves the keys of a folder.
   *
   * @param arguments the folder, its passphrase, the labels of the HSM and of the one before, each
   *     of the three empty for none, and the PIN's file
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    SecretFile pin = SecretFile.at(Path.of(arguments[4]));
    Optional<SecretFile> passphrase =
        arguments[1].isEmpty()
            ? Optional.empty()
            : Optional.of(SecretFile.at(Path.of(arguments[1])));
    try (Disk.DiskLock _ = FileDisk.privateFolder(folder).lock()) {
      SealedKeys _ =
          new KeysAtRest(folder, passphrase, entry(arguments[2], pin), entry(arguments[3], pin))
              .open("enterprise");
    }
  }

  private static Optional<HsmEntry> entry(String label, SecretFile pin) {
    return label.isEmpty()
        ? Optional.empty()
        : Optional.of(new HsmEntry(TestHsm.LIBRARY, label, pin, List.of(), List.of(), List.of()));
  }
}
