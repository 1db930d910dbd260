package dev.counterfoil.audit;

import dev.counterfoil.audit.access.Care;
import dev.counterfoil.audit.forget.Deleting;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.restore.JournalScrub;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.StoreScrub;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.care.Scrubbing;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Reads everything that is kept again, all the time and slowly, or at once when it is asked to:
 * journal and tree as every log does, what is sealed in the journal, and each file of the store.
 */
final class AuditChecks implements AutoCloseable {
  /** A store of 4 GiB in an hour: faster is felt by a monitor that has much to take in. */
  private static final long BYTES_PER_SECOND = 1 << 20;

  private static final long EVERY_MS = 60_000;
  private static final System.Logger LOG = System.getLogger(AuditChecks.class.getName());

  private final Path folder;
  private final NoteKey key;
  private final AuditLog log;
  private final StoreScrub store;
  private final JournalScrub journal;
  private final Consumer<String> damage;
  private final Scrubbing tree;

  /** Starts to read journal and tree. */
  AuditChecks(
      Path folder,
      NoteKey key,
      AuditLog log,
      EventStore store,
      Names names,
      Deleting deleting,
      Care care,
      InstantSource clock)
      throws IOException {
    this.folder = folder;
    this.key = key;
    this.log = log;
    this.damage = care.damage();
    this.store = new StoreScrub(store, log.reader(), log.journal(), deleting::keptFrom);
    this.journal = new JournalScrub(log, names);
    this.tree =
        Scrubbing.start(
            new Scrubber(
                FileDisk.privateFolder(folder.resolve("public")), log.journal(), log::tree, clock),
            Scrubbing.Options.DEFAULT,
            found -> damage.accept("event " + found.position() + ": " + found.description()));
  }

  /**
   * Reads the store's files, and what the journal has sealed, until it ends; on a thread of its
   * own.
   */
  void readForever(CountDownLatch ending) throws InterruptedException {
    StoreScrub.Pace pace =
        bytes -> !ending.await(1 + bytes * 1000 / BYTES_PER_SECOND, TimeUnit.MILLISECONDS);
    while (!ending.await(EVERY_MS, TimeUnit.MILLISECONDS)) {
      try {
        store.pass(pace, damage);
        journal.pass(pace, damage);
      } catch (IOException e) {
        // What cannot be read is looked at by somebody; events are taken meanwhile.
        LOG.log(System.Logger.Level.WARNING, "the audit log cannot be checked", e);
        damage.accept("the audit log cannot be checked: " + e.getMessage());
      }
    }
  }

  /** Reads everything once, now. */
  Auditor.Checked check(Consumer<String> difference) throws IOException, InterruptedException {
    LogCheck checked =
        new LogChecker(
                log.reader(),
                key,
                Optional.empty(),
                Optional.of(FileDisk.toRead(folder.resolve("journal"))),
                (done, all) -> {})
            .check();
    long differences = 0;
    if (checked instanceof LogCheck.Different different) {
      differences++;
      // A damaged record is named by what describes it, and has no position of its own.
      difference.accept(
          different.kind() == LogCheck.Kind.RECORD_DAMAGED
              ? different.description()
              : "event " + different.position() + ": " + different.description());
    }
    differences += journal.pass(StoreScrub.Pace.AT_ONCE, difference);
    StoreScrub.Pass pass = store.pass(StoreScrub.Pace.AT_ONCE, difference);
    return new Auditor.Checked(log.size(), pass.events(), differences + pass.differences());
  }

  @Override
  public void close() {
    tree.close();
  }
}
