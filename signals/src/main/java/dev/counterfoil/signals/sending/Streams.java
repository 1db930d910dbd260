package dev.counterfoil.signals.sending;

import dev.counterfoil.directory.database.OpenTables;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.directory.database.TableSet;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signals.ReceivedEvent;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.StreamSettings;
import dev.counterfoil.signals.Subjects;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Streams, and which events go to them. For all threads; a change is durable when its call returns.
 */
public final class Streams implements AutoCloseable {
  /** Most events that wait for one stream: its client's share. */
  public static final int WAITING_MAX = 100_000;

  /** Most subjects that a stream can be without. */
  public static final int REMOVED_MAX = 10_000;

  /** So long an event that is told twice is recognised. */
  private static final Duration TOLD_KEPT = Duration.ofDays(7);

  /** An event that is older is not taken, whatever the clocks are. */
  private static final Duration RECEIVED_KEPT = ReceivedEvent.AGE_MAX.plusDays(1);

  private static final String COLUMNS =
      "SELECT id, client_id, tenant, status, reason, settings, credential, verified_at FROM stream";

  /** Its tables. */
  public static final TableSet TABLES =
      new TableSet("signals", "dev/counterfoil/signals/sending", Set.of());

  private final OpenTables tables;
  private final Jdbi jdbi;
  private final InstantSource clock;
  private final Deliveries deliveries;

  private Streams(OpenTables tables, InstantSource clock) {
    this.tables = tables;
    this.jdbi = tables.jdbi();
    this.clock = clock;
    this.deliveries = new Deliveries(jdbi, clock);
  }

  /**
   * Opens the tables, and makes them where there are none.
   *
   * @throws IOException when they cannot be opened
   */
  public static Streams open(TablePlace place, InstantSource clock) throws IOException {
    return new Streams(place.open(TABLES), clock);
  }

  /** What waits. */
  public Deliveries deliveries() {
    return deliveries;
  }

  /**
   * Adds the stream of a client.
   *
   * @return false when the client has one
   */
  public boolean add(SignalStream stream) {
    return jdbi.withHandle(
        handle ->
            handle
                    .createUpdate(
                        "INSERT INTO stream (id, client_id, tenant, status, settings, credential,"
                            + " created_at, verified_at, failures, next_at, dropped, sender,"
                            + " sender_until) VALUES (:id, :client, :tenant, :status, :settings,"
                            + " :credential, :now, 0, 0, 0, 0, '', 0)"
                            + " ON CONFLICT (client_id) DO NOTHING")
                    .bind("id", stream.id())
                    .bind("client", stream.clientId())
                    .bind("tenant", stream.tenant())
                    .bind("status", stream.status().text())
                    .bind("settings", StreamRows.json(stream.settings()).toString())
                    .bind("credential", StreamRows.credential(stream.settings()))
                    .bind("now", clock.millis())
                    .execute()
                == 1);
  }

  /** The stream of a client. */
  public Optional<SignalStream> ofClient(String clientId) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(COLUMNS + " WHERE client_id = :client")
                .bind("client", clientId)
                .map((results, context) -> StreamRows.stream(results))
                .findOne());
  }

  /** Puts other settings in the place of a stream's; what waits is tried again at once. */
  public void change(SignalStream stream, StreamSettings settings) {
    jdbi.useTransaction(
        handle -> {
          handle
              .createUpdate(
                  "UPDATE stream SET settings = :settings, credential = :credential, failures ="
                      + " 0, next_at = 0, error = NULL WHERE id = :id")
              .bind("id", stream.id())
              .bind("settings", StreamRows.json(settings).toString())
              .bind("credential", StreamRows.credential(settings))
              .execute();
          // What was signed to be polled is sent now, or the other way round.
          handle
              .createUpdate(
                  "UPDATE delivery SET state = 'waiting', next_at = 0"
                      + " WHERE stream_id = :id AND state = 'ready'")
              .bind("id", stream.id())
              .execute();
        });
  }

  /** Sets a stream's status. What waits for a disabled one is dropped. */
  public void status(SignalStream stream, SignalStream.Status status, Optional<String> reason) {
    jdbi.useTransaction(
        handle -> {
          handle
              .createUpdate("UPDATE stream SET status = :status, reason = :reason WHERE id = :id")
              .bind("id", stream.id())
              .bind("status", status.text())
              .bind("reason", reason.orElse(null))
              .execute();
          if (status == SignalStream.Status.DISABLED) {
            handle
                .createUpdate("DELETE FROM delivery WHERE stream_id = :id")
                .bind("id", stream.id())
                .execute();
          }
        });
  }

  /** Notes that a receiver asked for a verification. */
  public void verified(SignalStream stream) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate("UPDATE stream SET verified_at = :now WHERE id = :id")
                .bind("id", stream.id())
                .bind("now", clock.millis())
                .execute());
  }

  /** Takes a stream out, with what waits for it; whether there was one. */
  public boolean remove(String id) {
    return jdbi.withHandle(
            handle ->
                handle.createUpdate("DELETE FROM stream WHERE id = :id").bind("id", id).execute())
        == 1;
  }

  /** Takes the stream of a client out, where it has one. */
  public void removeOf(String clientId) {
    ofClient(clientId).ifPresent(stream -> remove(stream.id()));
  }

  /**
   * A stream is not told of a subject any more, or is again.
   *
   * @return false when the stream is without {@link #REMOVED_MAX} subjects already
   */
  public boolean subject(SignalStream stream, JsonObject subject, boolean isRemoved) {
    String key = Subjects.key(subject);
    return jdbi.inTransaction(
        handle -> {
          if (isRemoved && removed(handle, stream.id()) >= REMOVED_MAX) {
            return false;
          }
          handle
              .createUpdate(
                  isRemoved
                      ? "INSERT INTO removed_subject (stream_id, subject) VALUES (:id, :subject)"
                          + " ON CONFLICT (stream_id, subject) DO NOTHING"
                      : "DELETE FROM removed_subject WHERE stream_id = :id AND subject = :subject")
              .bind("id", stream.id())
              .bind("subject", key)
              .execute();
          return true;
        });
  }

  private static int removed(Handle handle, String stream) {
    return handle
        .createQuery("SELECT count(*) FROM removed_subject WHERE stream_id = :id")
        .bind("id", stream)
        .mapTo(Integer.class)
        .one();
  }

  /**
   * Puts an event out to every stream that wants it, once however often it is told.
   *
   * @return how many want it
   */
  public int tell(SecurityEvent event) {
    return jdbi.inTransaction(
        handle -> {
          List<SignalStream> hearing = hearing(handle, event);
          if (hearing.isEmpty()) {
            return 0;
          }
          int isNew =
              handle
                  .createUpdate(
                      "INSERT INTO told (event_id, at) VALUES (:event, :now)"
                          + " ON CONFLICT (event_id) DO NOTHING")
                  .bind("event", event.id())
                  .bind("now", clock.millis())
                  .execute();
          if (isNew == 1) {
            hearing.forEach(stream -> put(handle, stream, event));
          }
          return hearing.size();
        });
  }

  /** Puts an event of a stream itself out to it. */
  public void tell(SignalStream stream, SecurityEvent event) {
    jdbi.useTransaction(handle -> put(handle, stream, event));
  }

  private static List<SignalStream> hearing(Handle handle, SecurityEvent event) {
    boolean isForAll = event.tenant().isEmpty();
    return handle
        .createQuery(
            COLUMNS
                + " WHERE status <> 'disabled'"
                + (isForAll ? "" : " AND tenant = :tenant")
                + " AND NOT EXISTS (SELECT 1 FROM removed_subject r WHERE r.stream_id = stream.id"
                + " AND r.subject IN (<keys>))"
                // Rows are taken in one order, or two events would wait for each other.
                + " ORDER BY id")
        .bindList("keys", Subjects.keys(event.subject()))
        .bind("tenant", event.tenant())
        .map((results, context) -> StreamRows.stream(results))
        .filter(stream -> stream.settings().wants(event.type()))
        .list();
  }

  private static void put(Handle handle, SignalStream stream, SecurityEvent event) {
    // Takes the row, in PostgreSQL too: whoever disables the stream meanwhile drops this event.
    int enabled =
        handle
            .createUpdate(
                "UPDATE stream SET dropped = dropped WHERE id = :id AND status <> 'disabled'")
            .bind("id", stream.id())
            .execute();
    if (enabled == 0) {
      return;
    }
    int waiting =
        handle
            .createQuery("SELECT count(*) FROM delivery WHERE stream_id = :id")
            .bind("id", stream.id())
            .mapTo(Integer.class)
            .one();
    if (waiting >= WAITING_MAX) {
      handle
          .createUpdate("UPDATE stream SET dropped = dropped + 1 WHERE id = :id")
          .bind("id", stream.id())
          .execute();
      return;
    }
    handle
        .createUpdate(
            "INSERT INTO delivery (stream_id, event_id, type, subject, detail, at, state,"
                + " attempts, next_at) VALUES (:id, :event, :type, :subject, :detail, :at,"
                + " 'waiting', 0, 0) ON CONFLICT (stream_id, event_id) DO NOTHING")
        .bind("id", stream.id())
        .bind("event", event.id())
        .bind("type", event.type())
        .bind("subject", event.subject().toString())
        .bind("detail", event.detail().toString())
        .bind("at", event.at().toEpochMilli())
        .execute();
  }

  /** Whether an event of another transmitter was acted on. */
  public boolean wasReceived(String issuer, String jti) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT 1 FROM received WHERE issuer = :issuer AND jti = :jti")
                .bind("issuer", issuer)
                .bind("jti", jti)
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
  }

  /** One was acted on: it is not again. */
  public void received(String issuer, String jti) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    "INSERT INTO received (issuer, jti, at) VALUES (:issuer, :jti, :now)"
                        + " ON CONFLICT (issuer, jti) DO NOTHING")
                .bind("issuer", issuer)
                .bind("jti", jti)
                .bind("now", clock.millis())
                .execute());
  }

  /** Forgets which events were told and received, after a time. */
  public void tidy() {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate("DELETE FROM told WHERE at < :before")
                .bind("before", clock.instant().minus(TOLD_KEPT).toEpochMilli())
                .execute());
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate("DELETE FROM received WHERE at < :before")
                .bind("before", clock.instant().minus(RECEIVED_KEPT).toEpochMilli())
                .execute());
    deliveries.tidy();
  }

  @Override
  public void close() {
    tables.close();
  }
}
