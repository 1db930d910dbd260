package dev.counterfoil.authority.connect.grants;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A grant and how it stands. Its monitor is held for a change together with the place of the
 * change's record in the journal; its lock for as long as a request has it.
 */
final class HeldGrant {
  /** How far those of services may be behind. */
  private static final Duration CLOCKS = Duration.ofMinutes(1);

  private final Grant grant;
  private final ReentrantLock lock = new ReentrantLock();
  private int turn;
  private Instant movedAt;
  private Instant tokensUntil;
  private @Nullable String key;
  private @Nullable Instant endedAt;
  private boolean isUnwritten;
  private int failures;
  private volatile long segment;
  private volatile int bytes;

  HeldGrant(Grant grant) {
    this.grant = grant;
    this.movedAt = grant.begunAt();
    this.tokensUntil = grant.begunAt();
  }

  Grant grant() {
    return grant;
  }

  boolean isOf(String session) {
    return grant.allowed().session().equals(session);
  }

  /** Of requests with one of its secrets. */
  ReentrantLock lock() {
    return lock;
  }

  synchronized int turn() {
    return turn;
  }

  synchronized boolean isEnded() {
    return endedAt != null;
  }

  synchronized Instant endedAt() {
    return endedAt == null ? Instant.MAX : endedAt;
  }

  synchronized GrantRules.Verdict verdict(int presented, @Nullable String proved, Instant now) {
    return GrantRules.decide(standing(), presented, Optional.ofNullable(proved), now);
  }

  synchronized boolean isOver(Instant now) {
    return standing().isOver(now);
  }

  /** Whether access tokens of it may hold: none were given out before its code was used. */
  synchronized boolean mayHaveTokens(Instant now) {
    return turn > 0 && now.isBefore(tokensUntil);
  }

  private GrantRules.Standing standing() {
    return new GrantRules.Standing(
        turn,
        movedAt,
        tokensUntil,
        Optional.ofNullable(key),
        grant.begunAt(),
        endedAt != null,
        grant.allowed().refreshes());
  }

  /** Moves on to the next secret. */
  synchronized JsonObject move(@Nullable String boundTo, Instant now, Duration tokenLife) {
    turn++;
    movedAt = now;
    tokensUntil = now.plus(tokenLife).plus(GrantRules.LOST_ANSWER).plus(CLOCKS);
    key = boundTo;
    return state();
  }

  /** How it stands now. */
  synchronized JsonObject state() {
    return state(JsonObject.builder().put("id", grant.id())).build();
  }

  synchronized JsonObject end(Instant now) {
    endedAt = now;
    return state();
  }

  /** All of it. */
  synchronized JsonObject whole() {
    return state(grant.json()).build();
  }

  // Absolute, so that a record that was lost is made good by the next.
  private JsonObject.Builder state(JsonObject.Builder json) {
    json.put("turn", turn)
        .put("moved_at", movedAt.toEpochMilli())
        .put("tokens_until", tokensUntil.toEpochMilli());
    if (key != null) {
      json.put("key", key);
    }
    if (endedAt != null) {
      json.put("ended_at", endedAt.toEpochMilli());
    }
    return json;
  }

  /** Takes over what a record says. */
  synchronized void follow(JsonObject record) throws FormatException {
    turn = Math.toIntExact(record.number("turn"));
    movedAt = Instant.ofEpochMilli(record.number("moved_at"));
    tokensUntil = Instant.ofEpochMilli(record.number("tokens_until"));
    key = record.optionalString("key").orElse(null);
    endedAt = record.optionalNumber("ended_at").map(Instant::ofEpochMilli).orElse(null);
  }

  synchronized void mustBeWritten() {
    isUnwritten = true;
    failures++;
  }

  /** How often it could not be written. */
  synchronized int failures() {
    return failures;
  }

  synchronized boolean isUnwritten() {
    return isUnwritten;
  }

  /**
   * It was written whole.
   *
   * @param failuresBefore how many there were when it was put in line: what failed since says more
   */
  synchronized void written(int failuresBefore) {
    if (failures == failuresBefore) {
      isUnwritten = false;
    }
  }

  /** The segment in which it stands whole. */
  long segment() {
    return segment;
  }

  int bytes() {
    return bytes;
  }

  void standsIn(long inSegment, int length) {
    segment = inSegment;
    bytes = length;
  }
}
