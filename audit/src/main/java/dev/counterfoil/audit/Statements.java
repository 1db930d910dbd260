package dev.counterfoil.audit;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.bundle.Export;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.store.HeldWord;
import dev.counterfoil.audit.store.Indexer;
import dev.counterfoil.audit.store.Totals;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Under which checkpoint something is exported or counted: one that covers all that is durable, as
 * soon as all of that can be found, or an earlier one that the log had. Any thread.
 */
final class Statements {
  private static final long WAIT_MAX_MS = 10_000;

  private final NoteKey key;
  private final AuditLog log;
  private final Indexer indexer;
  private final Totals totals;
  private final CountDownLatch ending;

  /**
   * States what a log has.
   *
   * @param ending what waits ends with it
   */
  Statements(NoteKey key, AuditLog log, Indexer indexer, Totals totals, CountDownLatch ending) {
    this.key = key;
    this.log = log;
    this.indexer = indexer;
    this.totals = totals;
    this.ending = ending;
  }

  /**
   * What a bundle goes to, and from where on.
   *
   * @param since size of an earlier checkpoint; 0 for everything
   * @param words gives what custodians say of the log
   */
  Export.Extent extent(long since, HeldWord.Source words) throws IOException {
    LogReader.Published under = coveringAll();
    Optional<Totals.Stated> before =
        since > 0 ? Optional.of(totals.at(checkpointOf(since))) : Optional.empty();
    return new Export.Extent(
        under, totals.at(under.checkpoint()), before, words.upTo(under.checkpoint().size()));
  }

  /** See {@link Auditor#countsStatedBy}. */
  Optional<StatedCounts> of(Checkpoint state, byte[] secretOfStatement) throws IOException {
    return checkpointOf(state.size()).equals(state)
        ? Optional.of(totals.by(state, secretOfStatement))
        : Optional.empty();
  }

  /** See {@link Auditor#totals}. */
  JsonObject all(Optional<Long> size) throws IOException {
    return totals
        .at(size.isPresent() ? checkpointOf(size.get()) : coveringAll().checkpoint())
        .all();
  }

  /** The checkpoint that the log had, or could have had, at a size. */
  private Checkpoint checkpointOf(long size) throws IOException {
    if (size < 1 || size > log.size()) {
      throw new IllegalArgumentException("the audit log has " + log.size() + " events");
    }
    try {
      return Checkpoint.of(key.name(), size, log.reader().hashes(size));
    } catch (HashSource.UnavailableException e) {
      throw new IOException("the root of the first " + size + " events cannot be made", e);
    }
  }

  /** A checkpoint over all that is durable now, when all below it can be found. */
  private LogReader.Published coveringAll() throws IOException {
    long size = log.size();
    for (long waited = 0; waited < WAIT_MAX_MS; waited += Indexer.EVERY_MS) {
      Optional<LogReader.Published> published = log.reader().published();
      if (published.isPresent()
          && published.get().checkpoint().size() >= size
          && indexer.indexed() >= published.get().checkpoint().size()) {
        return published.get();
      }
      try {
        if (ending.await(Indexer.EVERY_MS, TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    throw new AuditUnavailableException("no checkpoint covers the newest events yet");
  }
}
