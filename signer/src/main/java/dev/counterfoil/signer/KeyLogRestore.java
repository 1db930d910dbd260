package dev.counterfoil.signer;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeyLog;
import dev.counterfoil.format.KeyLogState;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.EntryRestore;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.JournalOptions;
import dev.counterfoil.log.LogSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Gives a registrar whose disk was put back what its key log lost, from somebody's copy: a
 * custodian's, the log's public folder, any verifier's mirror that was kept. What the registrar
 * noted down of the larger log when it stopped has to be in the copy.
 */
public final class KeyLogRestore {
  /** In the registrar's folder, while it does not start because its key log was larger once. */
  public static final String EVIDENCE_FILE = KeyLogGuard.EVIDENCE_FILE;

  private KeyLogRestore() {}

  /**
   * Restores, while the registrar does not run.
   *
   * @param registrar its folder
   * @param policy of its domain
   * @param random for what the journal needs of it
   * @throws dev.counterfoil.log.LogDamagedException when the copy is not what was lost; nothing was
   *     written
   * @throws Disk.FolderInUseException while the registrar runs
   */
  public static EntryRestore.Restored restore(
      Path registrar, TrustPolicy policy, LogSource copy, RandomGenerator random)
      throws IOException {
    if (!Files.isDirectory(registrar.resolve("keys"))) {
      throw new NoSuchFileException(
          registrar.toString(), null, "is no folder of a registrar: its keys are not there");
    }
    NoteKey key =
        KeyLog.pinnedBy(policy)
            .orElseThrow(() -> new IOException("the policy does not pin the domain's key log"));
    FileDisk disk = FileDisk.privateFolder(registrar);
    Disk.DiskLock lock = disk.lock();
    try {
      Optional<Checkpoint> evidence = evidence(disk);
      KeyLogState state = KeyLogState.under(policy);
      EntryRestore.Restored restored =
          new EntryRestore(
                  copy, key, evidence.stream().toList(), (index, entry) -> state.apply(entry))
              .into(
                  FileDisk.privateFolder(registrar.resolve("journal")),
                  JournalOptions.STATEMENTS,
                  random);
      // Only now: a crash before leaves a registrar that does not start.
      disk.delete(KeyLogGuard.EVIDENCE_FILE);
      return restored;
    } finally {
      lock.close();
    }
  }

  private static Optional<Checkpoint> evidence(Disk disk) throws IOException {
    try {
      SignedNote note =
          SignedNote.parse(disk.read(KeyLogGuard.EVIDENCE_FILE, SignedNote.BYTES_MAX));
      return Optional.of(Checkpoint.parse(note.text()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FormatException e) {
      throw new IOException(
          KeyLogGuard.EVIDENCE_FILE + " in " + disk + " is no note: " + e.getMessage(), e);
    }
  }
}
