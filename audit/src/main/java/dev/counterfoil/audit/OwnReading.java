package dev.counterfoil.audit;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Reads events for this process alone: no person sees them, so that no event says that it did. */
public final class OwnReading {
  private final EventStore store;
  private final AuditLog log;
  private final Names names;

  OwnReading(EventStore store, AuditLog log, Names names) {
    this.store = store;
    this.log = log;
    this.names = names;
  }

  /** Finds a tenant's events. */
  public List<StoredEvent> search(Fence fence, EventQuery query) throws IOException {
    return store.search(fence, query).events();
  }

  /**
   * Gives events of all tenants in the order of their positions; those that are gone, or of people
   * who are forgotten, are left out.
   *
   * @param from position of the first
   */
  public void each(long from, Consumer<AuditEvent> each) throws IOException {
    log.journal()
        .scan(
            Math.max(from, log.journal().begin()),
            log.size(),
            (position, payload) -> {
              try {
                if (EventOutline.open(payload, names) instanceof StoredEvent stored) {
                  each.accept(stored.event());
                }
              } catch (FormatException e) {
                throw new IOException("record " + position + " of the audit log cannot be read", e);
              }
            });
  }
}
