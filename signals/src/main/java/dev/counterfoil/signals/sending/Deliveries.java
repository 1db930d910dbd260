package dev.counterfoil.signals.sending;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Events on their way, each until it was taken or is dead. For all threads. */
public final class Deliveries {
  /** So long a dead event is kept, for an operator to send it again. */
  static final Duration DEAD_KEPT = Duration.ofDays(30);

  /** A sender that says nothing for so long is not sending any more. */
  private static final Duration LEASE = Duration.ofMinutes(3);

  private static final String COLUMNS =
      "SELECT id, event_id, type, subject, detail, at, token, attempts FROM delivery";

  private final Jdbi jdbi;
  private final InstantSource clock;

  Deliveries(Jdbi jdbi, InstantSource clock) {
    this.jdbi = jdbi;
    this.clock = clock;
  }

  /** Enabled streams for which something is to be done now. */
  List<String> due() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT client_id FROM stream WHERE status = 'enabled' AND next_at <= :now"
                        + " AND EXISTS (SELECT 1 FROM delivery d WHERE d.stream_id = stream.id"
                        + " AND d.state = 'waiting' AND d.next_at <= :now)")
                .bind("now", clock.millis())
                .mapTo(String.class)
                .list());
  }

  /**
   * Takes the sending of a stream over, or goes on with it.
   *
   * @param sender which authority
   * @return false while another one sends
   */
  boolean claim(String stream, String sender) {
    return jdbi.withHandle(
        handle ->
            handle
                    .createUpdate(
                        "UPDATE stream SET sender = :sender, sender_until = :until"
                            + " WHERE id = :id AND (sender = :sender OR sender_until < :now)")
                    .bind("id", stream)
                    .bind("sender", sender)
                    .bind("now", clock.millis())
                    .bind("until", clock.instant().plus(LEASE).toEpochMilli())
                    .execute()
                == 1);
  }

  /**
   * What is to be signed or sent next: where the receiver does not poll any more, also what was
   * made ready for it while that changed.
   */
  List<OutgoingEvent> next(SignalStream stream, int max) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    COLUMNS
                        + " WHERE stream_id = :id AND state IN ('waiting', :ready)"
                        + " AND next_at <= :now ORDER BY id LIMIT :max")
                .bind("id", stream.id())
                .bind("ready", stream.settings().push().isPresent() ? "ready" : "waiting")
                .bind("now", clock.millis())
                .bind("max", max)
                .map(
                    (row, context) ->
                        new OutgoingEvent(
                            row.getLong("id"),
                            StreamRows.event(row, stream.tenant()),
                            row.getString("token"),
                            row.getInt("attempts")))
                .list());
  }

  /**
   * Keeps what was signed.
   *
   * @param jtis their ids, by which a receiver acknowledges
   * @param isReady whether they are to be polled now
   */
  void signed(List<OutgoingEvent> all, List<String> jtis, boolean isReady) {
    if (all.isEmpty()) {
      return;
    }
    jdbi.useTransaction(
        handle -> {
          PreparedBatch batch =
              handle.prepareBatch(
                  "UPDATE delivery SET token = :token, jti = :jti, state = :state WHERE id = :id");
          for (int i = 0; i < all.size(); i++) {
            batch
                .bind("id", all.get(i).id())
                .bind("token", all.get(i).token())
                .bind("jti", jtis.get(i))
                .bind("state", isReady ? "ready" : "waiting")
                .add();
          }
          batch.execute();
        });
  }

  /**
   * Ends what was tried.
   *
   * @param taken those that the receiver has
   * @param refused what follows for the others, and why
   */
  void tried(String stream, Collection<OutgoingEvent> taken, Map<OutgoingEvent, Refusal> refused) {
    jdbi.useTransaction(
        handle -> {
          if (!taken.isEmpty()) {
            PreparedBatch batch = handle.prepareBatch("DELETE FROM delivery WHERE id = :id");
            taken.forEach(one -> batch.bind("id", one.id()).add());
            batch.execute();
            recovered(handle, stream);
          }
          for (Map.Entry<OutgoingEvent, Refusal> one : refused.entrySet()) {
            handle
                .createUpdate(
                    "UPDATE delivery SET attempts = attempts + 1, next_at = :next, error = :error,"
                        + " state = :state WHERE id = :id")
                .bind("id", one.getKey().id())
                .bind("next", one.getValue().nextAt().map(Instant::toEpochMilli).orElse(0L))
                .bind("error", one.getValue().why())
                .bind("state", one.getValue().nextAt().isPresent() ? "waiting" : "dead")
                .execute();
          }
        });
  }

  /**
   * That a receiver did not take an event.
   *
   * @param nextAt when to try again; empty for never
   */
  record Refusal(Optional<Instant> nextAt, String why) {}

  private static void recovered(Handle handle, String stream) {
    handle
        .createUpdate(
            "UPDATE stream SET failures = 0, next_at = 0, error = NULL"
                + " WHERE id = :id AND failures > 0")
        .bind("id", stream)
        .execute();
  }

  /** How often in a row a stream's receiver did not answer. */
  int failures(String stream) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT failures FROM stream WHERE id = :id")
                .bind("id", stream)
                .mapTo(Integer.class)
                .findOne()
                .orElse(0));
  }

  /**
   * A receiver does not answer, or no token is to be had: nothing of the stream is tried before a
   * time, and what happened too long ago is dead.
   */
  void failed(String stream, String why, Instant nextAt, Instant deadBefore) {
    jdbi.useTransaction(
        handle -> {
          handle
              .createUpdate(
                  "UPDATE stream SET failures = failures + 1, next_at = :next, error = :why"
                      + " WHERE id = :id")
              .bind("id", stream)
              .bind("next", nextAt.toEpochMilli())
              .bind("why", why)
              .execute();
          handle
              .createUpdate(
                  "UPDATE delivery SET state = 'dead', error = :why"
                      + " WHERE stream_id = :id AND state = 'waiting' AND at < :before")
              .bind("id", stream)
              .bind("why", why)
              .bind("before", deadBefore.toEpochMilli())
              .execute();
        });
  }

  /** What a receiver that polls gets now, by {@code jti}, the oldest first. */
  public Map<String, String> ready(SignalStream stream, int max) {
    Map<String, String> sets = new LinkedHashMap<>();
    if (stream.status() != SignalStream.Status.ENABLED) {
      return sets;
    }
    jdbi.useHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT jti, token FROM delivery WHERE stream_id = :id AND state = 'ready'"
                        + " ORDER BY id LIMIT :max")
                .bind("id", stream.id())
                .bind("max", max)
                .map((row, context) -> Map.entry(row.getString("jti"), row.getString("token")))
                .forEach(entry -> sets.put(entry.getKey(), entry.getValue())));
    return sets;
  }

  /**
   * A receiver that polls has some, and cannot use others.
   *
   * @param faults why, by {@code jti}
   */
  public void acknowledged(SignalStream stream, List<String> jtis, Map<String, String> faults) {
    jdbi.useTransaction(
        handle -> {
          if (!jtis.isEmpty()) {
            PreparedBatch batch =
                handle.prepareBatch(
                    "DELETE FROM delivery WHERE stream_id = :id AND jti = :jti"
                        + " AND state = 'ready'");
            jtis.forEach(jti -> batch.bind("id", stream.id()).bind("jti", jti).add());
            batch.execute();
          }
          // RFC 8936 2.6: it cannot be used as it is, so that sending it again helps nobody.
          for (Map.Entry<String, String> fault : faults.entrySet()) {
            handle
                .createUpdate(
                    "UPDATE delivery SET state = 'dead', error = :why"
                        + " WHERE stream_id = :id AND jti = :jti AND state = 'ready'")
                .bind("id", stream.id())
                .bind("jti", fault.getKey())
                .bind("why", fault.getValue())
                .execute();
          }
        });
  }

  /** How each stream is, for an operator. */
  public List<JsonObject> list() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT id, client_id, tenant, status, reason, failures, error,"
                        + " dropped, (SELECT count(*) FROM delivery d WHERE d.stream_id = stream.id"
                        + " AND d.state <> 'dead') AS waiting,"
                        + " (SELECT count(*) FROM delivery d WHERE d.stream_id = stream.id"
                        + " AND d.state = 'dead') AS dead FROM stream ORDER BY client_id")
                .map(
                    (row, context) ->
                        JsonObject.builder()
                            .put("stream_id", row.getString("id"))
                            .put("client_id", row.getString("client_id"))
                            .put("tenant", row.getString("tenant"))
                            .put("status", row.getString("status"))
                            .put("reason", row.getString("reason"))
                            .put("waiting", row.getLong("waiting"))
                            .put("dead", row.getLong("dead"))
                            .put("dropped", row.getLong("dropped"))
                            .put("failures", row.getLong("failures"))
                            .put("error", row.getString("error"))
                            .build())
                .list());
  }

  /** The dead events of a stream, the oldest first, for an operator. */
  public List<JsonObject> dead(String stream, int max) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT event_id, type, jti, at, attempts, error FROM delivery"
                        + " WHERE stream_id = :id AND state = 'dead' ORDER BY id LIMIT :max")
                .bind("id", stream)
                .bind("max", max)
                .map(
                    (row, context) ->
                        JsonObject.builder()
                            .put("event", row.getString("event_id"))
                            .put("type", row.getString("type"))
                            .put("jti", row.getString("jti"))
                            .put("at", Instant.ofEpochMilli(row.getLong("at")).toString())
                            .put("attempts", row.getLong("attempts"))
                            .put("error", row.getString("error"))
                            .build())
                .list());
  }

  /** Has a stream's dead events tried again, as if they happened now; how many. */
  public int retry(String stream) {
    return jdbi.inTransaction(
        handle -> {
          handle
              .createUpdate("UPDATE stream SET failures = 0, next_at = 0 WHERE id = :id")
              .bind("id", stream)
              .execute();
          return handle
              .createUpdate(
                  "UPDATE delivery SET state = 'waiting', attempts = 0, next_at = 0, at = :now"
                      + " WHERE stream_id = :id AND state = 'dead'")
              .bind("id", stream)
              .bind("now", clock.millis())
              .execute();
        });
  }

  void tidy() {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate("DELETE FROM delivery WHERE state = 'dead' AND at < :before")
                .bind("before", clock.instant().minus(DEAD_KEPT).toEpochMilli())
                .execute());
  }
}
