package dev.counterfoil.monitor;

import dev.counterfoil.audit.AuditUnavailableException;
import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.EventQuery;
import dev.counterfoil.audit.Fence;
import dev.counterfoil.audit.Reader;
import dev.counterfoil.audit.StoredEvent;
import dev.counterfoil.format.JsonObject;
import java.io.IOException;

/**
 * Events as they come, in the order of their positions: lines with {@code position} and {@code
 * event}, and now and then {@code {"after":N}}, which says that everything up to N was sent.
 * Whoever goes on {@code after} the last number that he has misses none and gets none twice.
 */
final class AuditStream {
  /** How often something is sent at least, so that each end knows that the other is there. */
  private static final long SIGN_EVERY_MS = 5000;

  private static final long BUSY_MS = 200;
  private static final int PAGE = EventQuery.LIMIT_MAX;

  private final Auditor auditor;
  private final long signEveryMillis;

  /** Takes lines, and sends what it has when it is told. */
  interface Lines {
    void line(JsonObject line) throws IOException;

    void flush() throws IOException;
  }

  /** Says whether the reader may still read. */
  @FunctionalInterface
  interface Allowed {
    boolean isAllowed();
  }

  AuditStream(Auditor auditor) {
    this(auditor, SIGN_EVERY_MS);
  }

  AuditStream(Auditor auditor, long signEveryMillis) {
    this.auditor = auditor;
    this.signEveryMillis = signEveryMillis;
  }

  /**
   * Writes until all is written that was durable at the beginning, or for ever.
   *
   * @param follow whether to go on when all is written
   * @param allowed asked every few seconds; where it says no, the stream ends
   */
  void write(
      Fence fence, EventQuery query, Reader reader, boolean follow, Allowed allowed, Lines lines)
      throws IOException, InterruptedException {
    auditor.follows(fence, query, reader);
    long goal = Math.min(follow ? Long.MAX_VALUE : auditor.size(), query.before());
    long after = query.after();
    long looked = System.nanoTime();
    while (true) {
      if (System.nanoTime() - looked > signEveryMillis * 1_000_000) {
        if (!allowed.isAllowed()) {
          end(lines, after, "not-allowed");
          return;
        }
        looked = System.nanoTime();
      }
      Auditor.Page page;
      try {
        page = auditor.next(fence, query.page(after, query.before(), PAGE), signEveryMillis);
      } catch (AuditUnavailableException e) {
        if (auditor.isEnding()) {
          end(lines, after, "ending");
          return;
        }
        Thread.sleep(BUSY_MS);
        continue;
      }
      for (StoredEvent one : page.events()) {
        lines.line(
            JsonObject.builder()
                .put("position", one.position())
                .put("event", one.event().json())
                .build());
      }
      boolean more = page.events().size() == PAGE;
      after =
          more
              ? page.events().getLast().position()
              : Math.max(after, Math.min(page.indexed(), query.before()) - 1);
      lines.line(JsonObject.builder().put("after", after).build());
      lines.flush();
      if (!more && page.indexed() >= goal) {
        end(lines, after, "all");
        return;
      }
    }
  }

  private static void end(Lines lines, long after, String why) throws IOException {
    lines.line(JsonObject.builder().put("after", after).put("ends", why).build());
    lines.flush();
  }
}
