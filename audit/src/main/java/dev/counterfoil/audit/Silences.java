package dev.counterfoil.audit;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.intake.OwnEvents;
import dev.counterfoil.audit.intake.Sequences;
import dev.counterfoil.audit.store.Indexer;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Says of sources that say from time to time that they are there when they say it no more. */
final class Silences {
  private static final System.Logger LOG = System.getLogger(Silences.class.getName());
  private static final long EVERY_MS = 1000;

  private final Indexer indexer;
  private final AuditLog log;
  private final InstantSource clock;

  /** Nobody was silent before. */
  private final long startedMillis;

  Silences(Indexer indexer, AuditLog log, InstantSource clock) {
    this.indexer = indexer;
    this.log = log;
    this.clock = clock;
    this.startedMillis = clock.millis();
  }

  /** Says what changes, until it ends; on a thread of its own. */
  void watchForever(CountDownLatch ending) throws IOException, InterruptedException {
    while (!ending.await(EVERY_MS, TimeUnit.MILLISECONDS)) {
      for (Sequences.Heard heard : indexer.changedSilences(clock.millis(), startedMillis)) {
        try {
          log.record(
              Source.domainOf(heard.stream().source()), OwnEvents.silence(heard, clock.millis()));
        } catch (AuditUnavailableException e) {
          indexer.unsaid(heard);
          LOG.log(System.Logger.Level.WARNING, "a silence is said later: {0}", e.getMessage());
        }
      }
    }
  }
}
