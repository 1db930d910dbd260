package dev.counterfoil.monitor.findings;

import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jdbi.v3.core.Jdbi;

/**
 * What happened to findings, in order: each was raised, changed its kind or severity, or is over.
 * The database itself writes it, in the transaction that changes the finding, where a channel is to
 * tell it.
 */
public final class FindingChanges {
  private final Jdbi database;

  /** What happened to it. */
  public enum What {
    RAISED,
    CHANGED,
    RESOLVED;

    private static What of(ResultSet row) throws SQLException {
      return valueOf(row.getString("what").toUpperCase(Locale.ROOT));
    }
  }

  /**
   * One of them.
   *
   * @param id grows with each
   * @param at when it happened, by the clock of the database
   * @param finding as it is now
   */
  public record Change(
      long id, What what, Instant at, Kind kind, Severity severity, FindingStore.Kept finding) {}

  /** How many of one sort there are, by what their findings are now. */
  public record Sort(What what, Kind kind, Severity severity, String domain, long count) {}

  public FindingChanges(Jdbi database) {
    this.database = database;
  }

  /** The first ones after one of them. */
  public List<Change> after(long id, int limit) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT change.id AS change, change.what, change.at_ms, findings.*"
                        + " FROM finding_changes AS change"
                        + " JOIN findings ON findings.id = change.finding"
                        + " WHERE change.id > :id ORDER BY change.id LIMIT :limit")
                .bind("id", id)
                .bind("limit", limit)
                .map(
                    (row, context) ->
                        new Change(
                            row.getLong("change"),
                            What.of(row),
                            Instant.ofEpochMilli(row.getLong("at_ms")),
                            Kind.of(row.getString("kind")).orElseThrow(),
                            Severity.of(row.getString("severity")).orElseThrow(),
                            FindingStore.kept(row, context)))
                .list());
  }

  /** All after one of them, by their sorts. */
  public List<Sort> sorts(long id) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT change.what, kind, severity, domain, count(*) AS many"
                        + " FROM finding_changes AS change"
                        + " JOIN findings ON findings.id = change.finding"
                        + " WHERE change.id > :id GROUP BY change.what, kind, severity, domain")
                .bind("id", id)
                .map(
                    (row, context) ->
                        new Sort(
                            What.of(row),
                            Kind.of(row.getString("kind")).orElseThrow(),
                            Severity.of(row.getString("severity")).orElseThrow(),
                            row.getString("domain"),
                            row.getLong("many")))
                .list());
  }

  /** How many findings of a severity are open. */
  public long open(Severity severity) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT count(*) FROM findings WHERE state = 'open' AND severity = :severity")
                .bind("severity", severity.text())
                .mapTo(Long.class)
                .one());
  }

  /** How many there are after one of them. */
  public long count(long id) {
    return database.withHandle(
        handle ->
            handle
                .createQuery("SELECT count(*) FROM finding_changes WHERE id > :id")
                .bind("id", id)
                .mapTo(Long.class)
                .one());
  }

  /** The newest that there ever was; 0 where there was none. */
  public long newest() {
    return database.withHandle(
        handle ->
            handle
                .createQuery("SELECT seq FROM sqlite_sequence WHERE name = 'finding_changes'")
                .mapTo(Long.class)
                .findOne()
                .orElse(0L));
  }
}
