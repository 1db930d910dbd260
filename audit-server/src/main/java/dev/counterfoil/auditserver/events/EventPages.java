package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.TenantShares;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.issued.Cursor;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.auditserver.issued.IssuedWalk;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Pages of a tenant's events: those of the audit log, and the counterfoils of its issued tokens
 * between them, by the times at which both were recorded. A page goes on from a {@link Cursor}, so
 * that what arrives meanwhile changes none, and nothing is given twice or left out, whatever clocks
 * say.
 */
public final class EventPages {
  /** Most counterfoils that one page looks at. */
  private static final int LOOKED_MAX = 20_000;

  private static final int QUESTIONS_AT_ONCE_MAX = 4;
  private static final int QUESTIONS_OF_ONE_MAX = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Auditor auditor;
  private final Issuances issuances;
  private final TenantShares looking =
      new TenantShares("searches", QUESTIONS_AT_ONCE_MAX, QUESTIONS_OF_ONE_MAX, PATIENCE);

  public EventPages(Auditor auditor, Issuances issuances) {
    this.auditor = auditor;
    this.issuances = issuances;
  }

  /**
   * What is asked for.
   *
   * @param query without its positions
   * @param above where to begin; nothing at it
   * @param below where to end; nothing at it
   */
  record Asked(EventQuery query, Cursor above, Cursor below) {
    /** Reads the parameters of a search. */
    static Asked parse(Function<String, Optional<String>> parameters) throws FormatException {
      Optional<String> after = parameters.apply("after");
      Optional<String> before = parameters.apply("before");
      Cursor above =
          after.isPresent() ? Cursor.parse("after", after.get()) : Cursor.of(-1, Map.of());
      Cursor below =
          before.isPresent()
              ? Cursor.parse("before", before.get())
              : Cursor.of(AuditEvent.NUMBER_MAX, Map.of());
      return new Asked(
          EventQuery.parse(
              name ->
                  switch (name) {
                    case "after" -> numberOf(above, -1);
                    case "before" -> numberOf(below, AuditEvent.NUMBER_MAX);
                    default -> parameters.apply(name);
                  }),
          above,
          below);
    }

    private static Optional<String> numberOf(Cursor cursor, long without) {
      return cursor.position() == without
          ? Optional.empty()
          : Optional.of(Long.toString(Math.max(0, cursor.position())));
    }
  }

  /**
   * A page.
   *
   * @param events each with its position, and the log where it is one of tokens
   * @param next where to go on; empty when there is no more
   * @param indexed the audit log's positions below could be found
   * @param newest a cursor behind everything that could be found
   * @param notHeld logs of tokens of which less is held than is published: tokens may be missing
   */
  record Answer(
      List<JsonObject> events,
      Optional<Cursor> next,
      long indexed,
      Cursor newest,
      Set<String> notHeld) {
    Answer {
      events = List.copyOf(events);
      notHeld = Set.copyOf(notHeld);
    }

    /** As it is answered. */
    JsonObject toJson(boolean newestFirst) {
      return rest(newestFirst).put("events", events).build();
    }

    /** All but the events. */
    JsonObject.Builder rest(boolean newestFirst) {
      JsonObject.Builder json =
          JsonObject.builder().put("indexed", indexed).put("newest", newest.toString());
      next.ifPresent(
          cursor -> json.put(newestFirst ? "next_before" : "next_after", cursor.toString()));
      if (!notHeld.isEmpty()) {
        json.put("not_held", notHeld.stream().sorted().toList());
      }
      return json;
    }
  }

  /** Finds a page. That somebody looked is recorded before. */
  Answer page(Fence fence, Asked asked, Reader reader) throws IOException {
    try (TenantShares.Share _ = looking.take(fence)) {
      Set<String> notHeld =
          asked
                  .query()
                  .classUid()
                  .filter(uid -> uid == Operation.TOKEN_ISSUE.classUid())
                  .isPresent()
              ? issuances.notHeld(fence)
              : Set.of();
      Map<String, Long> tips = issuances.sizes(fence.domain());
      tips.replaceAll((log, size) -> size - 1);
      tips.values().removeIf(last -> last < 0);
      Auditor.Page page = auditor.search(fence, asked.query(), reader);
      List<IssuedWalk> walks =
          issuances.walks(
              fence, asked.query(), asked.above(), asked.below(), new IssuedWalk.Looks(LOOKED_MAX));
      Merge merge = new Merge(asked, page, walks);
      merge.run();
      return new Answer(
          merge.events,
          merge.more ? Optional.of(merge.cursor()) : Optional.empty(),
          page.indexed(),
          Cursor.of(page.indexed() - 1, tips),
          notHeld);
    }
  }

  static JsonObject shown(StoredEvent one) {
    return JsonObject.builder()
        .put("position", one.position())
        .put("event", one.event().json())
        .build();
  }

  /** One page on its way: what comes next in time of the heads of all logs. */
  private static final class Merge {
    private final Asked asked;
    private final boolean newestFirst;
    private final Deque<StoredEvent> stored;
    private final List<IssuedWalk> walks;
    private final List<JsonObject> events = new ArrayList<>();
    private final boolean moreStored;
    private long position;
    private boolean more;

    Merge(Asked asked, Auditor.Page page, List<IssuedWalk> walks) {
      this.asked = asked;
      this.newestFirst = asked.query().newestFirst();
      this.stored = new ArrayDeque<>(page.events());
      this.walks = walks;
      this.moreStored = page.more();
      this.position =
          newestFirst
              ? Math.min(asked.below().position(), page.indexed())
              : asked.above().position();
    }

    void run() throws IOException {
      while (events.size() < asked.query().limit()) {
        if (moreStored && stored.isEmpty()) {
          // What comes next of the audit log is on the next page.
          more = true;
          return;
        }
        @Nullable IssuedWalk first = null;
        for (IssuedWalk walk : walks) {
          if (walk.isTired()) {
            // What it would find may come before everything else that there is.
            more = true;
            return;
          }
          if (walk.peek().isPresent() && (first == null || isBefore(time(walk), time(first)))) {
            first = walk;
          }
        }
        StoredEvent head = stored.peek();
        if (first != null && (head == null || isBefore(time(first), head.event().loggedMillis()))) {
          events.add(first.peek().orElseThrow().toJson());
          first.take();
        } else if (head != null) {
          stored.remove();
          position = head.position();
          events.add(shown(head));
        } else {
          return;
        }
      }
      more = moreStored || !stored.isEmpty() || isMoreIssued();
    }

    private boolean isMoreIssued() throws IOException {
      for (IssuedWalk walk : walks) {
        if (walk.peek().isPresent() || walk.isTired()) {
          return true;
        }
      }
      return false;
    }

    private static long time(IssuedWalk walk) throws IOException {
      return walk.peek().map(IssuedWalk.Issued::timeMillis).orElse(0L);
    }

    private boolean isBefore(long one, long other) {
      return newestFirst ? one > other : one < other;
    }

    Cursor cursor() {
      Map<String, Long> logs =
          new TreeMap<>(newestFirst ? asked.below().logs() : asked.above().logs());
      for (IssuedWalk walk : walks) {
        if (newestFirst) {
          logs.put(walk.log(), walk.at());
        } else if (walk.at() > 0) {
          logs.put(walk.log(), walk.at() - 1);
        }
      }
      return Cursor.of(position, logs);
    }
  }
}
