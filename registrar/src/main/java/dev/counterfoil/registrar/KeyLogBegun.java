package dev.counterfoil.registrar;

import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The mark beside the key log's key that entries were signed with it. Keys that come back without
 * their journal would sign a second history from its first entry on, and holders are asked only of
 * a log that has entries: no policy names a key log before its first one.
 */
final class KeyLogBegun {
  /** In the folder of the registrar's keys. */
  static final String FILE = "key-log-begun";

  private static final System.Logger LOG = System.getLogger(KeyLogBegun.class.getName());

  private final Disk keys;
  private boolean isMarked;

  private KeyLogBegun(Disk keys, boolean isMarked) {
    this.keys = keys;
    this.isMarked = isMarked;
  }

  /**
   * Compares the mark with the journal.
   *
   * @param folder the registrar's
   * @param size of the key log, as its journal has it
   * @throws KeyLogGuard.ConflictException when the journal has none of the entries that there were;
   *     the evidence file is there then
   */
  static KeyLogBegun open(Path folder, long size) throws IOException {
    Disk keys = FileDisk.privateFolder(folder.resolve("keys"));
    KeyLogBegun begun = new KeyLogBegun(keys, keys.names().contains(FILE));
    if (begun.isMarked && size == 0) {
      keepEvidence(FileDisk.privateFolder(folder));
      throw new KeyLogGuard.ConflictException(
          "the journal in "
              + folder
              + " is empty, but keys/"
              + FILE
              + " there shows that the key log's key has signed entries. A key log that"
              + " begins again under that key would be a second history. Restore the"
              + " entries with counterfoil keys restore-log, which deletes "
              + KeyLogGuard.EVIDENCE_FILE
              + " there too, then start the registrar (docs/runbooks/disk-put-back.md)."
              + " If no verifier ever had a policy of this domain, start the registrar"
              + " in an empty folder instead, with other keys");
    }
    if (size > 0) {
      begun.mark();
    }
    return begun;
  }

  /**
   * Whoever restarts the registrar waits until this file is gone, and the restoring deletes it. It
   * is empty, as nothing is known of the entries but that there were some; a note that tells more
   * stays.
   */
  private static void keepEvidence(Disk folder) {
    try {
      if (!folder.names().contains(KeyLogGuard.EVIDENCE_FILE)) {
        folder.replace(KeyLogGuard.EVIDENCE_FILE, new byte[0]);
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "{0} in {1} cannot be written: {2}",
          KeyLogGuard.EVIDENCE_FILE,
          folder,
          e);
    }
  }

  /**
   * Marks that there are entries. After the first ones: a registrar that dies before they are
   * durable has signed nothing, and begins again. A full disk keeps nobody from taking keys back,
   * so it is tried again at the next record, or start.
   */
  void mark() {
    if (isMarked) {
      return;
    }
    try {
      keys.replace(FILE, new byte[0]);
      isMarked = true;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "{0} in {1} cannot be written: {2}", FILE, keys, e);
    }
  }
}
