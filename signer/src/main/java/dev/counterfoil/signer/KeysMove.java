package dev.counterfoil.signer;

import dev.counterfoil.log.FileDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Seals keys anew that a passphrase opens: under the key that a token has. The keys stay the same;
 * nothing is stated and nobody outside hears of it.
 *
 * <p>One file after another, at a start, before any of them is used. Each says with its first bytes
 * what it is sealed with, and is replaced as a whole once what was sealed anew has been opened and
 * is the same: a crash leaves files of both kinds, each good, and the next start goes on.
 */
public final class KeysMove {
  private static final System.Logger LOG = System.getLogger(KeysMove.class.getName());
  private static final String SEALED = ".sealed";

  private final SealedKeys from;
  private final KeyForKeys to;
  private final SealedKeys opener;
  private final String domain;

  /**
   * A move.
   *
   * @param from opens what is sealed with the passphrase
   * @param to what keys are sealed with from now on
   * @param opener opens what is sealed so
   * @param domain the trust domain, which token keys are bound to
   */
  KeysMove(SealedKeys from, KeyForKeys to, SealedKeys opener, String domain) {
    this.from = from;
    this.to = to;
    this.opener = opener;
    this.domain = domain;
  }

  /** Whether the keys of a signer's or registrar's folder need its passphrase. */
  public static boolean isPassphraseNeeded(Path folder) throws IOException {
    return !WrappingKey.isUsedIn(folder) || !underPassphrase(folder).isEmpty();
  }

  /** Files of a signer's or registrar's folder that only its passphrase opens. */
  static List<Path> underPassphrase(Path folder) throws IOException {
    byte[] magic = KeyForKeys.PassphraseFile.MAGIC.getBytes(StandardCharsets.US_ASCII);
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> sealed =
          files
              .filter(file -> file.toString().endsWith(SEALED) || file.endsWith(FirstKeys.FILE))
              .sorted()
              .toList();
      List<Path> found = new ArrayList<>();
      for (Path file : sealed) {
        if (file.endsWith(FirstKeys.FILE) || startsWith(file, magic)) {
          found.add(file);
        }
      }
      return List.copyOf(found);
    }
  }

  private static boolean startsWith(Path file, byte[] magic) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(magic.length), magic);
    }
  }

  /** Moves all of a folder, which nobody else has open. */
  void carryOut(Path folder) throws IOException, GeneralSecurityException {
    // Keys that lie ready for a first start, which nobody has seen: they are made anew.
    FileDisk.privateFolder(folder).delete(FirstKeys.FILE);
    int moved = 0;
    for (Path file : underPassphrase(folder)) {
      moved += move(file) ? 1 : 0;
    }
    List<Path> left = underPassphrase(folder);
    if (!left.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "keys without a public half are still sealed with the passphrase: {0}. Nothing uses them: delete them",
          left);
      return;
    }
    LOG.log(
        System.Logger.Level.INFO,
        "{0} keys are sealed with {1} now, and none with a passphrase: take passphrase-file out of the configuration, and destroy what it names",
        moved,
        to.described());
  }

  private boolean move(Path file) throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(file.resolveSibling("").toAbsolutePath());
    String name = String.valueOf(file.getFileName());
    Optional<String> purpose = purpose(disk, name.substring(0, name.length() - SEALED.length()));
    if (purpose.isEmpty()) {
      return false;
    }
    byte[] key = from.open(disk, name, purpose.get());
    byte[] again = new byte[0];
    try {
      byte[] sealed = SealedKeys.seal(to, purpose.get(), key.clone());
      again = opener.opened(disk, name, sealed, purpose.get());
      if (!MessageDigest.isEqual(key, again)) {
        throw new GeneralSecurityException(
            to.described()
                + " does not give back what was sealed with it; key "
                + name
                + " in "
                + disk
                + " stays as it is");
      }
      disk.replace(name, sealed);
      return true;
    } finally {
      Arrays.fill(key, (byte) 0);
      Arrays.fill(again, (byte) 0);
    }
  }

  /** What a file is for, by the public half beside it; empty where there is none. */
  private Optional<String> purpose(FileDisk disk, String label)
      throws IOException, GeneralSecurityException {
    List<String> names = disk.names();
    if (names.contains(label + ".vkey")) {
      return Optional.of(Ed25519Key.order(Ed25519Key.publicKey(disk, label).name()).purpose());
    }
    return names.contains(label + ".jwk")
        ? Optional.of(SoftwareCustody.purpose(domain, label))
        : Optional.empty();
  }
}
