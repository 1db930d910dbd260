package dev.counterfoil.keystore;

import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Seals keys in another way: from a passphrase to the key that an HSM has, back, or from one HSM to
 * another. The keys stay the same; nothing is stated and nobody outside hears of it.
 *
 * <p>One file after another, at a start, before any of them is used. Each is replaced as a whole
 * once what was sealed anew has been opened and is the same: a crash leaves files of both kinds,
 * each good, and the next start goes on.
 */
public final class KeysMove {
  private static final System.Logger LOG = System.getLogger(KeysMove.class.getName());
  private static final String SEALED = ".sealed";

  private final SealedKeys from;
  private final KeyForKeys to;
  private final SealedKeys opener;
  private final String domain;
  private final Disks disks;

  /** Opens a folder of keys. */
  @FunctionalInterface
  interface Disks {
    Disk open(Path folder) throws IOException;
  }

  /**
   * A move.
   *
   * @param from opens what is sealed in the way before
   * @param to what keys are sealed with from now on
   * @param opener opens what is sealed so
   * @param domain the trust domain, which token keys are bound to
   * @param disks opens the folders of keys
   */
  KeysMove(SealedKeys from, KeyForKeys to, SealedKeys opener, String domain, Disks disks) {
    this.from = from;
    this.to = to;
    this.opener = opener;
    this.domain = domain;
    this.disks = disks;
  }

  /** Whether the keys of a signer's or registrar's folder need its passphrase. */
  public static boolean isPassphraseNeeded(Path folder) throws IOException {
    return !WrappingKey.isUsedIn(folder) || !underPassphrase(folder).isEmpty();
  }

  /** Files of a signer's or registrar's folder that only its passphrase opens. */
  static List<Path> underPassphrase(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path file : files(folder)) {
      if (file.endsWith(FirstKeys.FILE) || startsWith(file, KeyForKeys.PassphraseFile.MAGIC)) {
        found.add(file);
      }
    }
    return List.copyOf(found);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(SEALED) || file.endsWith(FirstKeys.FILE))
          // Whoever can write here could have the start wait for a pipe.
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    }
  }

  private static boolean startsWith(Path file, String magic) throws IOException {
    byte[] wanted = magic.getBytes(StandardCharsets.US_ASCII);
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(wanted.length), wanted);
    }
  }

  /**
   * Moves all of a folder, which nobody else has open.
   *
   * @param setting what the configuration needs no longer when this is done
   * @param secret what nothing is sealed with any more then
   * @param end lets go of the way before, once nothing is left that is sealed in it
   */
  void carryOut(Path folder, String setting, String secret, End end)
      throws IOException, GeneralSecurityException {
    // Keys that lie ready for a first start, which nobody has seen: they are made anew.
    disks.open(folder).delete(FirstKeys.FILE);
    int moved = 0;
    List<Path> left = new ArrayList<>();
    for (Path file : files(folder)) {
      switch (move(file)) {
        case MOVED -> moved++;
        case LEFT -> left.add(file);
        case STAYED -> {}
      }
    }
    if (!left.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "keys without a public half are still sealed the old way: {0}. Nothing uses"
              + " them. Delete them, and start again",
          left);
      return;
    }
    // First: whoever reads the line destroys the secret, and a start would ask for it still.
    end.end();
    LOG.log(
        System.Logger.Level.INFO,
        "{0} keys are sealed with {1} now, and none the old way. Remove {2} from the"
            + " configuration, and destroy {3}",
        moved,
        to.described(),
        setting,
        secret);
  }

  /** What a move ends with. */
  @FunctionalInterface
  interface End {
    void end() throws IOException;
  }

  private enum Outcome {
    MOVED,
    STAYED,
    LEFT
  }

  private Outcome move(Path file) throws IOException, GeneralSecurityException {
    if (!startsWith(file, from.magic())) {
      return Outcome.STAYED;
    }
    Disk disk = disks.open(file.resolveSibling("").toAbsolutePath());
    String name = String.valueOf(file.getFileName());
    Optional<String> purpose = purpose(disk, name.substring(0, name.length() - SEALED.length()));
    if (purpose.isEmpty()) {
      return Outcome.LEFT;
    }
    // Of two HSMs the file does not say which.
    if (from.magic().equals(to.magic()) && opener.opens(disk, name, purpose.get())) {
      return Outcome.STAYED;
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
      return Outcome.MOVED;
    } finally {
      Arrays.fill(key, (byte) 0);
      Arrays.fill(again, (byte) 0);
    }
  }

  /** What a file is for, by the public half beside it; empty where there is none. */
  private Optional<String> purpose(Disk disk, String label)
      throws IOException, GeneralSecurityException {
    List<String> names = disk.names();
    if (names.contains(label + ".vkey")) {
      return Optional.of(Ed25519Key.order(Ed25519Key.publicKey(disk, label).name()).purpose());
    }
    return names.contains(label + ".jwk")
        ? Optional.of(KeyOrder.ofTokenKey(domain, label))
        : Optional.empty();
  }
}
