package dev.counterfoil.installation.doctor;

import dev.counterfoil.installation.doctor.Check.About;
import dev.counterfoil.keystore.KeysAtRest;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.process.settings.ProcessSettings;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.settings.SignerConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How the files of a signer or registrar lie: who may open them, and whether there is room. */
final class FileChecks {
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNER_AND_GROUP =
      PosixFilePermissions.fromString("rwxrwx---");

  /** A credential of systemd: its access control list shows as a group's right. */
  private static final Set<PosixFilePermission> READ_BY_LIST =
      PosixFilePermissions.fromString("r--r-----");

  private static final Set<PosixFilePermission> NOT_WRITTEN_BY_OTHERS =
      PosixFilePermissions.fromString("rwxr-xr-x");
  private static final Set<PosixFilePermission> NOT_WRITTEN_BY_STRANGERS =
      PosixFilePermissions.fromString("rwxrwxr-x");
  private static final int STICKY = 01000;

  private final List<Check> checks = new ArrayList<>();

  private FileChecks() {}

  static List<Check> checks(KeyProgramConfiguration configuration) {
    FileChecks files = new FileChecks();
    files.look(configuration);
    return files.checks;
  }

  private void look(KeyProgramConfiguration configuration) {
    ProcessSettings settings = configuration.process();
    KeysAtRest keys = settings.keys();
    Path folder = settings.folder();
    Path log = settings.logFolder();
    modes("folder", folder, OWNER, "chmod 700 " + folder);
    modes(
        "log-folder",
        log,
        isSharedInOrder(log) ? NOT_WRITTEN_BY_STRANGERS : NOT_WRITTEN_BY_OTHERS,
        "chmod go-w " + log);
    // The configuration would not have been read were any of them open to others.
    if (configuration instanceof SignerConfiguration signer) {
      signer.pkcs11().ifPresent(hsm -> secret("pin-file", hsm.pinFile().path()));
    }
    keys.wrappingKey().ifPresent(hsm -> secret("wrapping-pin-file", hsm.pinFile().path()));
    keys.wrappingKeyBefore()
        .ifPresent(hsm -> secret("wrapping-before-pin-file", hsm.pinFile().path()));
    keys.passphraseFile().ifPresent(file -> passphrase(file.path(), folder));
    socket("service-socket", settings.serviceSocket().path());
    socket("admin-socket", settings.adminSocket().path());
    if (configuration instanceof RegistrarConfiguration registrar) {
      registrar
          .signers()
          .forEach(signer -> socket("signer-socket-" + signer.name(), signer.socket().path()));
    }
    room(configuration);
  }

  /**
   * Whether a folder is root's and has the sticky bit, so that who writes into it by its group
   * moves and replaces nothing of another's.
   */
  private static boolean isSharedInOrder(Path folder) {
    try {
      Map<String, Object> attributes = Files.readAttributes(folder, "unix:mode,uid");
      return attributes.get("mode") instanceof Integer mode
          && (mode & STICKY) != 0
          && Integer.valueOf(0).equals(attributes.get("uid"));
    } catch (IOException e) {
      return false;
    }
  }

  private void secret(String name, Path file) {
    modes(
        name,
        file,
        file.startsWith("/run/credentials") ? READ_BY_LIST : OWNER,
        "chmod 600 " + file);
  }

  private void passphrase(Path passphrase, Path folder) {
    secret("passphrase-file", passphrase);
    boolean beside = passphrase.startsWith(folder);
    checks.add(
        Check.of(
            About.FILES,
            "passphrase-elsewhere",
            !beside,
            false,
            beside
                ? "the passphrase is in the folder of the keys that it encrypts, so a"
                    + " copy of the folder contains both"
                : "the passphrase is outside the keys' folder",
            "LoadCredentialEncrypted= in the unit, or another medium. See"
                + " docs/operate/installing.md"));
  }

  private void socket(String name, Path socket) {
    modes(name, socket, OWNER_AND_GROUP, "chmod 660 " + socket + ". Find out who did that");
  }

  private void modes(String name, Path path, Set<PosixFilePermission> most, String advice) {
    try {
      Set<PosixFilePermission> modes = Files.getPosixFilePermissions(path);
      checks.add(
          Check.of(
              About.FILES,
              name,
              most.containsAll(modes),
              false,
              path + " is " + PosixFilePermissions.toString(modes),
              advice));
    } catch (IOException e) {
      checks.add(Check.unknown(About.FILES, name, false, path + " cannot be looked at"));
    }
  }

  private void room(KeyProgramConfiguration configuration) {
    JournalOptions journal =
        configuration instanceof SignerConfiguration
            ? JournalOptions.TOKENS
            : JournalOptions.STATEMENTS;
    long needed = journal.reserveBytes() + 2 * journal.segmentBytes();
    try {
      long free = Files.getFileStore(configuration.process().folder()).getUsableSpace();
      checks.add(
          Check.of(
              About.FILES,
              "disk-reserve",
              free >= needed,
              false,
              "%d MiB are free, %d are reserved or needed next".formatted(free >> 20, needed >> 20),
              "make room on the disk of " + configuration.process().folder()));
    } catch (IOException e) {
      checks.add(Check.unknown(About.FILES, "disk-reserve", false, "the disk cannot be looked at"));
    }
  }
}
