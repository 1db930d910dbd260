package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.RecordsGivenBackException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.tools.StatementSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * States with the log's key how many events each tenant has below a checkpoint, without telling one
 * about another (spec/audit-bundle.md). Counted from the journal and never from the files that are
 * searched: who changes those changes no count. The same checkpoint gets the same statement each
 * time, so that two that differ convict the key.
 */
public final class Totals {
  /** Most that are counted at a time. */
  private static final int COUNTING_MAX = 2;

  private static final long COUNTING_WAIT_MAX_SECONDS = 10;

  private final TallyMarks marks;
  private final Indexer indexer;
  private final JournalReader journal;
  private final NoteSigner signer;
  private final byte[] secret;
  private final Semaphore counting = new Semaphore(COUNTING_MAX);

  /**
   * Counts with their statement.
   *
   * @param counts all of them in their places
   * @param note the statement, signed
   */
  public record Stated(StatedCounts counts, SignedNote note) {
    /** The same that a custodian states. */
    public static Stated of(HeldWord.Counted counted) {
      return new Stated(counted.counts(), counted.note());
    }

    /** Size of the log below which these are. */
    public long size() {
      return counts.statement().checkpoint().size();
    }

    /** How many events of a tenant. */
    public long count(Fence fence) {
      int index = counts.indexOf(fence.name());
      return index < 0 ? 0 : counts.counts().get(index).count();
    }

    /** What a tenant is shown: its own count, proved. */
    public JsonObject.Builder own(Fence fence) {
      JsonObject.Builder json =
          JsonObject.builder()
              .put("statement", new String(note.bytes(), StandardCharsets.UTF_8))
              .put("count", count(fence));
      int index = counts.indexOf(fence.name());
      if (index >= 0) {
        json.put("salt", counts.counts().get(index).salt().base64())
            .put("index", index)
            .put("proof", counts.proof(index).stream().map(Hash::base64).toList());
      }
      return json;
    }

    /** What who checks the whole is shown: all counts. */
    public JsonObject all() {
      List<JsonObject> list = new ArrayList<>();
      for (TenantCount count : counts.counts()) {
        list.add(
            JsonObject.builder()
                .put("tenant", count.tenant())
                .put("count", count.count())
                .put("salt", count.salt().base64())
                .build());
      }
      return JsonObject.builder()
          .put("statement", new String(note.bytes(), StandardCharsets.UTF_8))
          .put("counts", list)
          .build();
    }
  }

  public Totals(
      Path folder,
      TallyMarks marks,
      Indexer indexer,
      JournalReader journal,
      NoteSigner signer,
      SecureRandom random)
      throws IOException {
    this.marks = marks;
    this.indexer = indexer;
    this.journal = journal;
    this.signer = signer;
    this.secret = StatementSecret.openOrMake(FileDisk.privateFolder(folder), random);
  }

  /**
   * States the counts below a checkpoint, all of whose events can be found.
   *
   * @throws AuditUnavailableException when what they were counted from is deleted by now
   */
  public Stated at(Checkpoint checkpoint) throws IOException {
    StatedCounts counts = StatedCounts.of(checkpoint, tally(checkpoint.size()).counts(), secret);
    CustodyStatement statement = counts.statement();
    try {
      return new Stated(counts, SignedNote.sign(statement.text(), signer));
    } catch (GeneralSecurityException e) {
      throw new IOException("the audit log's key cannot sign", e);
    }
  }

  /** Counts below a checkpoint as one who has the secret of his statement states them. */
  public StatedCounts by(Checkpoint checkpoint, byte[] secretOfStatement) throws IOException {
    return StatedCounts.of(checkpoint, tally(checkpoint.size()).counts(), secretOfStatement);
  }

  private Tally tally(long size) throws IOException {
    // Half a day of the journal may have to be read for it.
    try {
      if (!counting.tryAcquire(COUNTING_WAIT_MAX_SECONDS, TimeUnit.SECONDS)) {
        throw new AuditUnavailableException("others are counted at this moment: ask again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AuditUnavailableException("the count was interrupted", e);
    }
    try {
      return counted(size);
    } finally {
      counting.release();
    }
  }

  private Tally counted(long size) throws IOException {
    Tally now = indexer.copyOfTally();
    Tally before = marks.atMost(size);
    if (now.size() < size) {
      throw new AuditUnavailableException("the newest events are not counted yet");
    }
    try {
      if (now.size() - size <= size - before.size()) {
        journal.scan(size, now.size(), (position, payload) -> now.takeBack(event(payload)));
        return now;
      }
      journal.scan(before.size(), size, (position, payload) -> before.add(event(payload)));
      return before;
    } catch (RecordsGivenBackException e) {
      throw new AuditUnavailableException(
          "how many events each tenant had below %d cannot be counted any more: what they were counted from was deleted by policy"
              .formatted(size));
    }
  }

  private static EventOutline event(byte[] payload) throws IOException {
    try {
      return EventOutline.of(payload);
    } catch (FormatException e) {
      throw new IOException("a record of the audit log is no event", e);
    }
  }
}
