package dev.counterfoil.audit;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.intake.OwnEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.Indexer;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Searches for somebody, each of which is an event of the audit log before it is answered: where
 * that cannot be recorded, nobody sees anything. Any thread.
 */
final class RecordedSearch {
  /** Members of a question that may say who somebody is. */
  private static final List<String> NAMING =
      List.of("entity", "actor", "text", "address", "session");

  private final AuditLog log;
  private final EventStore store;
  private final Indexer indexer;
  private final InstantSource clock;
  private final CountDownLatch ending;

  /**
   * Searches in a store.
   *
   * @param ending what waits ends with it
   */
  RecordedSearch(
      AuditLog log, EventStore store, Indexer indexer, InstantSource clock, CountDownLatch ending) {
    this.log = log;
    this.store = store;
    this.indexer = indexer;
    this.clock = clock;
    this.ending = ending;
  }

  /**
   * Records that somebody looks.
   *
   * @param operation its name, such as {@code audit.search}
   * @param question what was asked
   */
  void record(Fence fence, String operation, JsonObject question, Reader reader)
      throws AuditUnavailableException {
    log.record(
        fence.domain(),
        OwnEvents.looked(
            fence.tenant(), reader, operation, asked(fence, question), clock.millis()));
  }

  /** What was asked, with pseudonyms for whatever may say who was looked for. */
  private String asked(Fence fence, JsonObject question) throws AuditUnavailableException {
    JsonObject shown = question;
    for (String member : NAMING) {
      if (question.get(member) instanceof String text) {
        shown = shown.with(member, log.asked(fence, text));
      }
    }
    return shown.toString();
  }

  /** See {@link Auditor#look}. */
  Auditor.Looking look(Fence fence, String operation, JsonObject question, Reader reader)
      throws IOException {
    record(fence, operation, question, reader);
    return query -> Auditor.Page.of(store.search(fence, query), indexer.indexed());
  }

  /** See {@link Auditor#search}. */
  Auditor.Page search(Fence fence, EventQuery query, Reader reader) throws IOException {
    record(fence, Operation.AUDIT_SEARCH.code(), query.toJson(), reader);
    // Read before: what is found is at least what was there then.
    long indexed = indexer.indexed();
    return Auditor.Page.of(store.search(fence, query), indexed);
  }

  /** See {@link Auditor#follows}. */
  void follows(Fence fence, EventQuery query, Reader reader) throws IOException {
    record(fence, Operation.AUDIT_STREAM.code(), query.toJson(), reader);
  }

  /** See {@link Auditor#next}. */
  Auditor.Page next(Fence fence, EventQuery query, long waitMillis)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + waitMillis * 1_000_000;
    long indexed = indexer.indexed();
    while (indexed - 1 <= query.after() && System.nanoTime() < deadline) {
      if (ending.await(Indexer.EVERY_MS, TimeUnit.MILLISECONDS)) {
        throw new AuditUnavailableException("the monitor ends");
      }
      indexed = indexer.indexed();
    }
    if (indexed - 1 <= query.after()) {
      return new Auditor.Page(List.of(), indexed, false);
    }
    long before = Math.min(indexed, query.before());
    return Auditor.Page.of(
        store.search(fence, query.page(query.after(), before, query.limit())), indexed);
  }
}
