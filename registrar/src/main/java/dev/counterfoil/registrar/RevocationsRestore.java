package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.tools.EntryRestore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Gives the revocation logs of a registrar back what they lost, once its key log is whole again.
 * How an ended one ended stands in the key log; how large the open one was, under the copy's head
 * and under the head that the registrar was shown when it stopped, both by the key log's key.
 */
final class RevocationsRestore {
  private final RevocationFolders folders;
  private final NoteKey keyLog;
  private final LogSource copy;
  private final Optional<SignedNote> evidence;
  private final KeyLogRestore.RevocationCopies copies;
  private final RandomGenerator random;

  RevocationsRestore(
      Path registrar,
      NoteKey keyLog,
      LogSource copy,
      Optional<SignedNote> evidence,
      KeyLogRestore.RevocationCopies copies,
      RandomGenerator random) {
    // Only journals are written: what verifiers read is made anew from them.
    this.folders = new RevocationFolders(registrar, registrar);
    this.keyLog = keyLog;
    this.copy = copy;
    this.evidence = evidence;
    this.copies = copies;
    this.random = random;
  }

  /**
   * Restores those that verifiers still read.
   *
   * @param state as the whole key log has it; takes in what is read
   * @return how many entries were missing
   */
  long restore(KeyLogState state) throws IOException {
    long restored = 0;
    for (RevocationLogs.Ended ended : state.revocationLogs().ended()) {
      restored += restore(ended.number(), ended.size(), ended.root(), state);
    }
    OptionalLong open = state.revocationLogs().open();
    if (open.isPresent()) {
      Optional<RevocationTip> tip = tip(head(), open.getAsLong());
      if (tip.isPresent()) {
        restored += restore(open.getAsLong(), tip.get().size(), tip.get().root(), state);
      }
    }
    return restored;
  }

  private long restore(long number, long size, Hash root, KeyLogState state) throws IOException {
    NoteKey key = RevocationLogs.key(keyLog, number);
    Disk journal = folders.journal(number);
    List<Checkpoint> seen =
        evidence.isEmpty()
            ? List.of()
            : tip(evidence.get(), number).stream()
                .map(tip -> new Checkpoint(key.name(), tip.size(), tip.root()))
                .toList();
    long had = size(journal, key);
    if (had >= size && seen.stream().allMatch(one -> one.size() <= had)) {
      // All of it, and perhaps entries that no head named yet.
      return 0;
    }
    return new EntryRestore(
                copies.of(number), key, seen, (index, entry) -> state.revoke(List.of(entry)))
            .into(
                new Checkpoint(key.name(), size, root), journal, JournalOptions.REVOCATIONS, random)
            .size()
        - had;
  }

  private long size(Disk disk, NoteKey key) throws IOException {
    try (RecordJournal journal =
        RecordJournal.open(disk, key.name(), JournalOptions.REVOCATIONS, random)) {
      return journal.size();
    }
  }

  private SignedNote head() throws IOException {
    try {
      return SignedNote.parse(copy.checkpoint());
    } catch (FormatException e) {
      throw new LogDamagedException("the copy's checkpoint is no good: " + e.getMessage(), e);
    }
  }

  /** What the key log's key signed of a revocation log under a head. */
  private Optional<RevocationTip> tip(SignedNote head, long number) throws IOException {
    try {
      return RevocationTip.find(head, keyLog).filter(tip -> tip.number() == number);
    } catch (FormatException e) {
      throw new LogDamagedException(
          "what a head says of revocations is no good: " + e.getMessage(), e);
    }
  }
}
