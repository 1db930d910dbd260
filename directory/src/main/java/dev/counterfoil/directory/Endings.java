package dev.counterfoil.directory;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Jdbi;

/**
 * What ended for people and clients, for the other authorities that share this database: each reads
 * it and ends its own part. For all threads.
 */
public final class Endings {
  /** Most that are read at one time. */
  public static final int PAGE_MAX = 10_000;

  private final Jdbi jdbi;

  Endings(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /** What ended. */
  public enum Kind {
    /** Everything that a person holds. */
    PERSON,
    /** A person's sessions. */
    SESSIONS,
    /** One session of a person. */
    SESSION,
    /** What a person allowed a client. */
    CONSENT,
    /** Everything that a client holds. */
    CLIENT
  }

  /**
   * Something that ended.
   *
   * @param id rises, though a later one may be seen first
   * @param whose a person's subject, or the id of a client
   * @param clientId of a consent; the handle of a session; empty otherwise
   * @param why in words
   * @param authority the number of the one that ended it at itself
   * @param at when; what began before ends
   */
  public record Ending(
      long id, Kind kind, String whose, String clientId, String why, int authority, Instant at) {}

  /** Writes one down, whose id is not looked at. */
  public void add(Ending ending) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    "INSERT INTO ending (kind, whose, client_id, why, authority, at)"
                        + " VALUES (:kind, :whose, :client, :why, :authority, :at)")
                .bind("kind", ending.kind().name())
                .bind("whose", ending.whose())
                .bind("client", ending.clientId())
                .bind("why", ending.why())
                .bind("authority", ending.authority())
                .bind("at", ending.at().toEpochMilli())
                .execute());
  }

  /**
   * Those of other authorities, in the order of their ids.
   *
   * @param own the number of this one
   * @param since of which time and later
   * @param afterId the last one of the page before; 0 to begin
   */
  public List<Ending> since(int own, Instant since, long afterId) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT id, kind, whose, client_id, why, authority, at FROM ending"
                        + " WHERE at >= :since AND id > :after AND authority <> :own"
                        + " ORDER BY id LIMIT :max")
                .bind("since", since.toEpochMilli())
                .bind("after", afterId)
                .bind("own", own)
                .bind("max", PAGE_MAX)
                .map(
                    (results, context) ->
                        new Ending(
                            results.getLong("id"),
                            Kind.valueOf(results.getString("kind")),
                            results.getString("whose"),
                            results.getString("client_id"),
                            results.getString("why"),
                            results.getInt("authority"),
                            Instant.ofEpochMilli(results.getLong("at"))))
                .list());
  }

  /**
   * What {@link #since} finds, in short: cheaper than to read it again.
   *
   * @param count how many there are
   * @param last the highest id; 0 where there is none
   */
  public record Extent(long count, long last) {}

  /** How much {@link #since} finds, without its bound. */
  public Extent extent(int own, Instant since, long afterId) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT COUNT(*) AS number, COALESCE(MAX(id), 0) AS last FROM ending"
                        + " WHERE at >= :since AND id > :after AND authority <> :own")
                .bind("since", since.toEpochMilli())
                .bind("after", afterId)
                .bind("own", own)
                .map(
                    (results, context) ->
                        new Extent(results.getLong("number"), results.getLong("last")))
                .one());
  }

  /** Forgets those from before a time; a bite at one time. */
  public void forget(Instant before) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    "DELETE FROM ending WHERE id IN"
                        + " (SELECT id FROM ending WHERE at < :before ORDER BY at LIMIT :max)")
                .bind("before", before.toEpochMilli())
                .bind("max", PAGE_MAX)
                .execute());
  }
}
