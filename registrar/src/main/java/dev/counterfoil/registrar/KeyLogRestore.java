package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.tools.EntryRestore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
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

  private static final String HOLDERS_WORD_ALONE =
      ". Only a holder's signature in "
          + EVIDENCE_FILE
          + " claims so; the key log's own key signed nothing of it there. If no other"
          + " copy has it, that holder is wrong or lies. Remove it from cosigners,"
          + " delete "
          + EVIDENCE_FILE
          + ", and start the registrar (docs/runbooks/disk-put-back.md)";

  private KeyLogRestore() {}

  /** Where the copy of a revocation log is read from, by the log's number. */
  @FunctionalInterface
  public interface RevocationCopies {
    /** A source of the log's entries; whoever gave it closes it. */
    LogSource of(long number) throws IOException;
  }

  /**
   * What was done.
   *
   * @param keyLog with the key log
   * @param revocations entries that were restored of the revocation logs
   */
  public record Done(EntryRestore.Restored keyLog, long revocations) {}

  /**
   * Restores, while the registrar does not run.
   *
   * @param registrar its folder
   * @param policy of its domain
   * @param random for what the journal needs of it
   * @param clock by which the replay forgets what is over, as the registrar's own does
   * @throws dev.counterfoil.log.disk.LogDamagedException when the copy is not what was lost;
   *     nothing was written
   * @param revocationCopies the copies of the revocation logs
   * @throws Disk.FolderInUseException while the registrar runs
   */
  public static Done restore(
      Path registrar,
      TrustPolicy policy,
      LogSource copy,
      RevocationCopies revocationCopies,
      RandomGenerator random,
      InstantSource clock)
      throws IOException {
    if (!Files.isDirectory(registrar.resolve("keys"))) {
      throw new NoSuchFileException(
          registrar.toString(), null, "is not a registrar's folder: its keys are not there");
    }
    NoteKey key =
        KeyLog.pinnedBy(policy)
            .orElseThrow(
                () ->
                    new IOException(
                        "the policy names no key log, so no copy can be checked. Give"
                            + " the domain's own policy with --policy"));
    FileDisk disk = FileDisk.privateFolder(registrar);
    Disk.DiskLock lock = disk.lock();
    try {
      Optional<SignedNote> evidence = evidence(disk);
      KeyLogState state = KeyLogState.under(policy);
      EntryRestore.Restored restored;
      try {
        restored =
            new EntryRestore(
                    copy,
                    key,
                    seen(evidence, disk),
                    (index, entry) -> {
                      state.apply(entry);
                      if (index % Registrar.REPLAYED_AT_ONCE == Registrar.REPLAYED_AT_ONCE - 1) {
                        state.forget(clock.instant());
                      }
                    })
                .into(
                    FileDisk.privateFolder(registrar.resolve("journal")),
                    JournalOptions.STATEMENTS,
                    random);
      } catch (EntryRestore.NotAsSeenException e) {
        throw evidence.isPresent() && !evidence.get().isSignedBy(key)
            ? new LogDamagedException(e.getMessage() + HOLDERS_WORD_ALONE, e)
            : e;
      }
      state.forget(clock.instant());
      long revocations =
          new RevocationsRestore(registrar, key, copy, evidence, revocationCopies, random)
              .restore(state);
      // Only now: a crash before leaves a registrar that does not start.
      disk.delete(KeyLogGuard.EVIDENCE_FILE);
      return new Done(restored, revocations);
    } finally {
      lock.close();
    }
  }

  /** The note that it has to lead to; empty where none is known. */
  private static Optional<SignedNote> evidence(Disk disk) throws IOException {
    try {
      byte[] kept = disk.read(KeyLogGuard.EVIDENCE_FILE, SignedNote.BYTES_MAX);
      return kept.length == 0 ? Optional.empty() : Optional.of(SignedNote.parse(kept));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FormatException e) {
      throw noNote(disk, e);
    }
  }

  private static List<Checkpoint> seen(Optional<SignedNote> evidence, Disk disk)
      throws IOException {
    try {
      return evidence.isEmpty() ? List.of() : List.of(Checkpoint.parse(evidence.get().text()));
    } catch (FormatException e) {
      throw noNote(disk, e);
    }
  }

  private static IOException noNote(Disk disk, FormatException e) {
    return new IOException(
        KeyLogGuard.EVIDENCE_FILE + " in " + disk + " is no note: " + e.getMessage(), e);
  }
}
