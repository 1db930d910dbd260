package dev.counterfoil.auditserver.issued;

import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.HeldSegments;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a tenant's counterfoils in one log, the newest or the oldest first, and gives those
 * that are wanted as events. It looks at no more than it may: then it is {@link #isTired}, and
 * whoever asks goes on later from {@link #at}. Belongs to one thread.
 */
public final class IssuedWalk {
  private static final int PAGE = 500;

  /** Positions are given in the order of time, as well as a clock that may be set goes. */
  private static final long CLOCK_SLACK_MS = 600_000;

  private final LogFollower follower;
  private final int tenant;
  private final EventQuery query;
  private final Predicate<JsonObject> wanted;
  private final Events events;
  private final Looks looks;
  private final long size;
  private final boolean backward;
  private final Deque<Long> positions = new ArrayDeque<>();
  private long lookFrom;
  private long at;
  private boolean more = true;
  private @Nullable Issued next;
  private boolean tired;

  /** How much may still be looked at, by all walks of one question. */
  public static final class Looks {
    private int left;

    public Looks(int most) {
      left = most;
    }

    private boolean take() {
      return left-- > 0;
    }
  }

  /** Makes a counterfoil an event. */
  @FunctionalInterface
  interface Events {
    JsonObject event(LogFollower follower, byte[] record) throws IOException;
  }

  /**
   * One issued token.
   *
   * @param log short name of its log
   * @param position in that log
   * @param event its counterfoil as an event
   */
  public record Issued(String log, long position, long timeMillis, JsonObject event) {
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("log", log)
          .put("position", position)
          .put("event", event)
          .build();
    }
  }

  /**
   * A walk.
   *
   * @param tenant its number in the name table
   * @param query times and order
   * @param wanted whether an event is to be given
   * @param above only positions above
   * @param below only positions below
   */
  IssuedWalk(
      LogFollower follower,
      int tenant,
      EventQuery query,
      Predicate<JsonObject> wanted,
      Events events,
      Looks looks,
      long above,
      long below)
      throws IOException {
    this.follower = follower;
    this.tenant = tenant;
    this.query = query;
    this.wanted = wanted;
    this.events = events;
    this.looks = looks;
    this.backward = query.newestFirst();
    long vouched = follower.custody().vouchedSize();
    long high = Math.min(below, vouched);
    long low = Math.max(above + 1, 0);
    if (backward && query.toMillis() < AuditEvent.NUMBER_MAX) {
      high =
          Math.min(high, Issuances.firstAt(follower, vouched, query.toMillis() + CLOCK_SLACK_MS));
    }
    if (!backward && query.fromMillis() > CLOCK_SLACK_MS) {
      low =
          Math.max(low, Issuances.firstAt(follower, vouched, query.fromMillis() - CLOCK_SLACK_MS));
    }
    this.size = Math.max(low, high);
    this.at = backward ? this.size : low;
    this.lookFrom = at;
  }

  /** The log's short name. */
  public String log() {
    return follower.log().name();
  }

  /**
   * Up to where everything was given: forward the first position that was not, backward the last
   * one that was.
   */
  public long at() {
    return at;
  }

  /** Whether it would have to look further than it may. */
  public boolean isTired() throws IOException {
    peek();
    return next == null && tired;
  }

  /** The next one, which stays the next; empty at the end. */
  public Optional<Issued> peek() throws IOException {
    while (next == null && !tired) {
      if (positions.isEmpty() && !fill()) {
        break;
      }
      Long position = positions.peek();
      if (position == null) {
        continue;
      }
      if (!looks.take()) {
        tired = true;
        break;
      }
      positions.remove();
      look(position);
    }
    return Optional.ofNullable(next);
  }

  /** Takes the next one. */
  public void take() {
    Issued taken = next;
    if (taken != null) {
      at = backward ? taken.position() : taken.position() + 1;
      next = null;
    }
  }

  /** More positions; false at the end. */
  private boolean fill() throws IOException {
    if (!more) {
      at = lookFrom;
      return false;
    }
    HeldSegments.Positions page = positions(follower.custody().held());
    positions.addAll(page.positions());
    OptionalLong from = page.next();
    more = from.isPresent();
    lookFrom = from.orElse(backward ? 0 : size);
    if (positions.isEmpty()) {
      at = lookFrom;
    }
    return true;
  }

  private HeldSegments.Positions positions(HeldSegments held) throws IOException {
    @Nullable String actor = query.equal().get("actor");
    if (actor != null) {
      return backward
          ? held.positionsBefore(tenant, actor, lookFrom, size, PAGE)
          : held.positionsOf(tenant, actor, lookFrom, size, PAGE);
    }
    return backward
        ? held.positionsBefore(tenant, lookFrom, size, PAGE)
        : held.positionsOf(tenant, lookFrom, size, PAGE);
  }

  private void look(long position) throws IOException {
    Optional<byte[]> record = follower.custody().held().record(position);
    if (record.isPresent()) {
      JsonObject event = events.event(follower, record.get());
      long time = event.get("time") instanceof Long millis ? millis : 0;
      boolean past =
          backward
              ? time < query.fromMillis() - CLOCK_SLACK_MS
              : query.toMillis() < AuditEvent.NUMBER_MAX
                  && time >= query.toMillis() + CLOCK_SLACK_MS;
      if (past) {
        positions.clear();
        more = false;
        lookFrom = at;
        return;
      }
      if (time >= query.fromMillis() && time < query.toMillis() && wanted.test(event)) {
        next = new Issued(log(), position, time, event);
        return;
      }
    }
    at = backward ? position : position + 1;
  }
}
