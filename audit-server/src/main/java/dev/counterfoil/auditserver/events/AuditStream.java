package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.AuditBusyException;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditserver.issued.Cursor;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.auditserver.issued.IssuedWalk;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Events as they come, those of each log in the order of their positions: lines with {@code
 * position}, {@code event} and, where it is an issued token, {@code log}; and now and then a line
 * without. Each has {@code after}, which says that everything up to there was sent. Whoever goes on
 * {@code after} what his last line said misses none and gets none twice.
 */
public final class AuditStream {
  /** How often something is sent at least, so that each end knows that the other is there. */
  private static final long SIGN_EVERY_MS = 5000;

  /** How long to wait for the audit log alone, while tokens may be issued. */
  private static final long TURN_MS = 250;

  private static final long BUSY_MS = 200;
  private static final int PAGE = EventQuery.LIMIT_MAX;
  private static final int LOOKED_MAX = 20_000;

  private final Auditor auditor;
  private final Issuances issuances;
  private final long signEveryMillis;

  /** Takes lines, and sends what it has when it is told. */
  public interface Lines {
    void line(JsonObject line) throws IOException;

    void flush() throws IOException;
  }

  /** Says whether the reader may still read. */
  @FunctionalInterface
  interface Allowed {
    boolean isAllowed();
  }

  AuditStream(Auditor auditor, Issuances issuances) {
    this(auditor, issuances, SIGN_EVERY_MS);
  }

  AuditStream(Auditor auditor, Issuances issuances, long signEveryMillis) {
    this.auditor = auditor;
    this.issuances = issuances;
    this.signEveryMillis = signEveryMillis;
  }

  /**
   * Writes until all is written that was durable at the beginning, or for ever.
   *
   * @param follow whether to go on when all is written
   * @param allowed asked every few seconds; where it says no, the stream ends
   */
  void write(
      Fence fence,
      EventPages.Asked asked,
      Reader reader,
      boolean follow,
      Allowed allowed,
      Lines lines)
      throws IOException, InterruptedException {
    auditor.follows(fence, asked.query(), reader);
    new Run(fence, asked, follow, lines).run(allowed);
  }

  /** One stream on its way. */
  private final class Run {
    private final Fence fence;
    private final EventPages.Asked asked;
    private final EventQuery query;
    private final boolean follow;
    private final Lines lines;
    private final long goal;
    private final Map<String, Long> sizes;
    private final Map<String, Long> logs;
    private long after;
    private long signed = System.nanoTime();

    Run(Fence fence, EventPages.Asked asked, boolean follow, Lines lines) {
      this.fence = fence;
      this.asked = asked;
      this.query = asked.query();
      this.follow = follow;
      this.lines = lines;
      this.goal = Math.min(follow ? Long.MAX_VALUE : auditor.size(), query.before());
      this.sizes = issuances.sizes(fence.domain());
      this.logs = new TreeMap<>(asked.above().logs());
      this.after = query.after();
    }

    void run(Allowed allowed) throws IOException, InterruptedException {
      long looked = System.nanoTime();
      while (true) {
        if (isDue(looked)) {
          if (!allowed.isAllowed()) {
            end("not-allowed");
            return;
          }
          looked = System.nanoTime();
        }
        boolean moreIssued;
        boolean moreStored;
        try {
          moreIssued = issued();
          moreStored = stored(moreIssued ? 0 : Math.min(TURN_MS, signEveryMillis));
        } catch (AuditUnavailableException | AuditBusyException e) {
          if (auditor.isEnding()) {
            end("ending");
            return;
          }
          Thread.sleep(BUSY_MS);
          continue;
        }
        if (isDue(signed)) {
          sign();
        }
        if (!moreStored && !moreIssued && after + 1 >= goal) {
          end("all");
          return;
        }
      }
    }

    private boolean isDue(long last) {
      return System.nanoTime() - last > signEveryMillis * 1_000_000;
    }

    private void sign() throws IOException {
      lines.line(JsonObject.builder().put("after", cursor()).build());
      lines.flush();
      signed = System.nanoTime();
    }

    private String cursor() {
      return Cursor.of(after, logs).toString();
    }

    private void end(String why) throws IOException {
      lines.line(JsonObject.builder().put("after", cursor()).put("ends", why).build());
      lines.flush();
    }

    /** The next events of the audit log; whether there are more. */
    private boolean stored(long waitMillis) throws IOException, InterruptedException {
      Auditor.Page page = auditor.next(fence, query.page(after, query.before(), PAGE), waitMillis);
      for (StoredEvent one : page.events()) {
        after = one.position();
        lines.line(EventPages.shown(one).with("after", cursor()));
      }
      boolean more = page.more();
      if (!more) {
        after = Math.max(after, Math.min(page.indexed(), query.before()) - 1);
      }
      if (!page.events().isEmpty()) {
        sign();
      }
      return more;
    }

    /** The next issued tokens; whether there are more. */
    private boolean issued() throws IOException {
      boolean more = false;
      boolean any = false;
      EventQuery oldestFirst = query.page(-1, query.before(), PAGE);
      for (IssuedWalk walk :
          issuances.walks(
              fence,
              oldestFirst,
              Cursor.of(after, logs),
              until(),
              new IssuedWalk.Looks(LOOKED_MAX))) {
        for (int i = 0; i < PAGE && walk.peek().isPresent(); i++) {
          IssuedWalk.Issued one = walk.peek().orElseThrow();
          logs.put(one.log(), one.position());
          lines.line(one.toJson().with("after", cursor()));
          walk.take();
          any = true;
        }
        more |= walk.peek().isPresent() || walk.isTired();
        if (walk.at() > 0) {
          logs.put(walk.log(), walk.at() - 1);
        }
      }
      if (any) {
        sign();
      }
      return more;
    }

    /** What was there at the beginning, or all that comes. */
    private Cursor until() {
      Map<String, Long> below = new TreeMap<>(asked.below().logs());
      if (!follow) {
        sizes.forEach((log, size) -> below.merge(log, size, Math::min));
      }
      return Cursor.of(query.before(), below);
    }
  }
}
