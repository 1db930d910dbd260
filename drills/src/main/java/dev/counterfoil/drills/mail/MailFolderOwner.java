package dev.counterfoil.drills.mail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Who owns mail on disk. A mail server that runs as root opens mailboxes as an unprivileged user
 * and refuses to do it as root; one that runs as an ordinary user opens them as that user.
 *
 * @param uid the number of the user and group that mailboxes are handed to, or empty when they stay
 *     with whoever makes them
 */
record MailFolderOwner(OptionalInt uid) {
  /** A number that Debian gives to nobody; mail in a drill is the only thing it owns. */
  private static final int DRILL_UID = 5000;

  /** The owner that fits the user who runs this process. */
  static MailFolderOwner ofThisProcess() throws IOException {
    return new MailFolderOwner(runsAsRoot() ? OptionalInt.of(DRILL_UID) : OptionalInt.empty());
  }

  /** Whether this process is root's. */
  static boolean runsAsRoot() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
  }

  /** Hands a file or folder over. */
  void take(Path path) throws IOException {
    if (uid.isPresent()) {
      Files.setAttribute(path, "unix:gid", uid.getAsInt());
      Files.setAttribute(path, "unix:uid", uid.getAsInt());
    }
  }
}
