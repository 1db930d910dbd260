package dev.counterfoil.audit;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.forget.Deleting;
import dev.counterfoil.audit.forget.LegalHolds;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.intake.OwnEvents;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.store.Compaction;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.Indexer;
import dev.counterfoil.audit.store.TallyMarks;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What changes the store's files while events are taken, one of them at a time: compaction,
 * deletion by policy, and the forgetting of a person. What cannot be written is tried again, since
 * the journal has it.
 */
final class StoreUpkeep {
  private static final System.Logger LOG = System.getLogger(StoreUpkeep.class.getName());
  private static final long EVERY_MS = 1000;
  private static final long PAUSE_MAX_MS = 60_000;
  private static final long SETTLE_MAX_MS = 60_000;

  /** So many files are looked into at a look: after a start all are. */
  private static final int SKETCHES_AT_ONCE = 16;

  /** Events that come in between two looks, a second or longer, and are many. */
  private static final long MANY = 5000;

  private final Auditor.Settings settings;
  private final EventStore store;
  private final AuditLog log;
  private final Indexer indexer;
  private final TallyMarks marks;
  private final Deleting deleting;
  private final InstantSource clock;
  private final CountDownLatch ending;
  private final Forgetting forgetting;

  /**
   * Looks after a store.
   *
   * @param people where what is to be forgotten is written down: the folder of names
   * @param ending what waits ends with it
   */
  StoreUpkeep(
      Auditor.Settings settings,
      EventStore store,
      AuditLog log,
      Indexer indexer,
      TallyMarks marks,
      Names names,
      LegalHolds holds,
      Deleting deleting,
      Disk people,
      InstantSource clock,
      CountDownLatch ending)
      throws IOException {
    this.settings = settings;
    this.store = store;
    this.log = log;
    this.indexer = indexer;
    this.marks = marks;
    this.deleting = deleting;
    this.clock = clock;
    this.ending = ending;
    this.forgetting = new Forgetting(store, log, names, holds, people, clock, this::settle);
  }

  /**
   * Compacts when enough is in memory, or the last time is long ago, and deletes what is due, until
   * it ends; on a thread of its own.
   */
  void compactForever() throws InterruptedException {
    long since = clock.millis();
    long pause = EVERY_MS;
    long before = indexer.indexed();
    while (!ending.await(pause, TimeUnit.MILLISECONDS)) {
      try {
        long indexed = indexer.indexed();
        long fresh = indexed - store.manifest().size();
        boolean comeFast = indexed - before >= MANY;
        before = indexed;
        if (fresh == 0) {
          since = clock.millis();
        } else if (fresh >= settings.compactEvents()
            || indexer.freshBytes() >= Compaction.FRESH_BYTES_MAX
            || clock.millis() - since >= settings.compactAfterMillis()) {
          write();
          since = clock.millis();
        }
        merge(comeFast);
        deleteWhatIsDue();
        resumeForgetting();
        sketch(comeFast ? 1 : SKETCHES_AT_ONCE);
        if (pause > EVERY_MS) {
          LOG.log(System.Logger.Level.INFO, "the audit store is written again");
        }
        pause = EVERY_MS;
      } catch (IOException e) {
        // Nothing is lost: the journal has it, it is found in memory, and the files are as before.
        pause = Math.min(PAUSE_MAX_MS, pause * 2);
        LOG.log(
            System.Logger.Level.WARNING,
            "the audit store in " + settings.folder() + " cannot be written; tried again",
            e);
      }
    }
  }

  /** What cannot be recorded is not done: it is due again at the next look. */
  synchronized void deleteWhatIsDue() throws IOException {
    try {
      deleting.step();
    } catch (AuditUnavailableException e) {
      LOG.log(System.Logger.Level.WARNING, "nothing is deleted by policy now", e);
    }
  }

  /** Says who would be forgotten; that somebody looked is recorded before. */
  synchronized ForgottenPerson lookForForgetting(Fence fence, String name, Reader reader)
      throws IOException {
    log.record(
        fence.domain(),
        OwnEvents.looked(
            fence.tenant(),
            reader,
            Operation.AUDIT_SEARCH.code(),
            "who would be forgotten",
            clock.millis()));
    return forgetting.look(fence, name);
  }

  /**
   * Forgets somebody: see {@link Forgetting}. Recorded before it is done.
   *
   * @param ground of the tenant's, without his name
   */
  synchronized ForgottenPerson forget(Fence fence, String name, String ground, Reader reader)
      throws IOException {
    return forgetting.forget(fence, name, ground, reader);
  }

  /** Whether rows of somebody who is forgotten may not be emptied yet. For any thread. */
  boolean isForgetting() {
    return forgetting.isUnderWay();
  }

  /** Ends a forgetting that a crash broke off, as far as it can be now. */
  synchronized void resume() {
    try {
      forgetting.resume();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "somebody is half forgotten; tried again", e);
    }
  }

  /** What a hold or a fault kept from its end goes on once it can. */
  private synchronized void resumeForgetting() throws IOException {
    if (forgetting.isDue()) {
      forgetting.resume();
    }
  }

  /** Has all that is recorded by now lie in files. */
  private synchronized void settle() throws IOException {
    long size = log.size();
    for (long waited = 0; indexer.indexed() < size; waited += Indexer.EVERY_MS) {
      try {
        if (waited > SETTLE_MAX_MS || ending.await(Indexer.EVERY_MS, TimeUnit.MILLISECONDS)) {
          throw new AuditUnavailableException("the newest events cannot be found yet");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AuditUnavailableException("the monitor ends", e);
      }
    }
    compact();
  }

  private synchronized void write() throws IOException {
    Compaction.write(store, indexer, marks);
  }

  /** One at a look: meanwhile nothing is written. */
  private synchronized void merge(boolean comeFast) throws IOException {
    Compaction.mergeOnce(store, comeFast);
  }

  private synchronized void sketch(int most) throws IOException {
    for (int i = 0; i < most && store.sketchOne(); i++) {
      // Until there are no more, or so many.
    }
  }

  /** Writes what is in memory into a file, and small files into larger ones. */
  synchronized void compact() throws IOException {
    Compaction.carryOut(store, indexer, marks);
  }
}
