package dev.counterfoil.authority;

import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.KeyCeiling;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Events of what was refused. To be refused costs an attacker nothing, so that a flood of refusals
 * must not fill the spool, on which everything else depends: the first {@link #SINGLE_MAX} of a
 * second have an event each; those past them are counted together, by operation and reason, with
 * the clients and addresses they came from.
 */
final class RefusalEvents implements AutoCloseable {
  /** Most events of one second. */
  static final int SINGLE_MAX = 100;

  /** Most names that an event of many has. */
  static final int NAMES_MAX = 200;

  private static final int TOGETHER_MAX = 64;

  private final AuditClient client;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private final Map<Kind, Many> many = new LinkedHashMap<>();
  private int single;

  private record Kind(Operation operation, String code) {}

  private static final class Many {
    final Set<String> names = new LinkedHashSet<>();
    long count;
  }

  RefusalEvents(AuditClient client) {
    this.client = client;
    this.thread = Thread.ofPlatform().daemon().name("audit-refusals").start(this::run);
  }

  /**
   * Adds one.
   *
   * @param draft its event
   * @param who client and address, for an event of many
   */
  void add(EventDraft draft, Operation operation, String code, String who) {
    synchronized (this) {
      if (single >= SINGLE_MAX) {
        Kind kind = new Kind(operation, code);
        if (many.containsKey(kind) || many.size() < TOGETHER_MAX) {
          Many those = many.computeIfAbsent(kind, _ -> new Many());
          those.count++;
          if (those.names.size() < NAMES_MAX) {
            those.names.add(who);
          }
          return;
        }
      }
      single++;
    }
    client.recordLater(draft);
  }

  private void run() {
    try {
      while (!closing.await(1, TimeUnit.SECONDS)) {
        flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void flush() {
    Map<Kind, Many> counted;
    synchronized (this) {
      single = 0;
      counted = new LinkedHashMap<>(many);
      many.clear();
    }
    counted.forEach(
        (kind, those) ->
            client.recordLater(
                EventDraft.of(kind.operation())
                    .part(AuthorityAudit.PART)
                    .tenant(KeyCeiling.OWN_TENANT)
                    .refused(kind.code(), "counted together, since there were many in a second")
                    .count(those.count)
                    .items(List.copyOf(those.names))));
  }

  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    flush();
  }
}
