package dev.counterfoil.audit.restore;

import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The records of the audit log's journal as they lie there, for who holds them on another host:
 * sealed, under keys that are not given out, each with the digest of its leaf and its tenant in
 * plain (spec/journal.md). Whoever holds them can check the tree over them and can read no event.
 */
public final class SealedRecords {
  /** Most records of a piece. */
  private static final int COUNT_MAX = 4096;

  /** And most of their bytes. */
  private static final int BYTES_MAX = 1 << 20;

  private static final long LOOK_EVERY_MS = 10;
  private static final byte[] NONE = {};

  private final AuditLog log;
  private final NoteSigner key;
  private final CountDownLatch ending;

  /**
   * Some of them.
   *
   * @param packed the records, each with its length in four bytes before it
   * @param count how many
   * @param head a checkpoint that the log's key signed for just what was given out up to here;
   *     empty where there are more
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Piece(byte[] packed, int count, byte[] head) {}

  public SealedRecords(AuditLog log, NoteSigner key, CountDownLatch ending) {
    this.log = log;
    this.key = key;
    this.ending = ending;
  }

  /** The first record that there is: those before were deleted by policy. */
  public long begin() throws IOException {
    return log.journal().begin();
  }

  /** Number of durable records. */
  public long size() {
    return log.size();
  }

  /**
   * The next records. A head is signed for each piece that reaches the log's end, so that whoever
   * carries it can neither make up another history nor hold up who wants to count what he has.
   *
   * @param from position of the first; at most the size
   * @param waitMillis how long to wait for one
   * @return with a count of 0 where none came
   * @throws dev.counterfoil.log.disk.RecordsGivenBackException when that one was deleted by policy
   */
  public Piece read(long from, long waitMillis) throws IOException, InterruptedException {
    TreeState tree = log.tree();
    for (long waited = 0; tree.size() <= from && waited < waitMillis; waited += LOOK_EVERY_MS) {
      if (ending.await(LOOK_EVERY_MS, TimeUnit.MILLISECONDS)) {
        break;
      }
      tree = log.tree();
    }
    if (tree.size() <= from) {
      return new Piece(NONE, 0, NONE);
    }
    int max = (int) Math.min(COUNT_MAX, tree.size() - from);
    JournalReader.Packed packed = log.journal().readPacked(from, max, BYTES_MAX);
    boolean isAll = from + packed.count() == tree.size();
    return new Piece(packed.bytes(), packed.count(), isAll ? head(tree) : NONE);
  }

  private byte[] head(TreeState tree) throws IOException {
    try {
      return new Checkpoint(key.key().name(), tree.size(), tree.root()).sign(key).bytes();
    } catch (GeneralSecurityException e) {
      throw new IOException("the audit log's key cannot sign", e);
    }
  }
}
