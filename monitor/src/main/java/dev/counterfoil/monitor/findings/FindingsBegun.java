package dev.counterfoil.monitor.findings;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Where the numbers of findings began: those of a database that was put back are given a second
 * time, and a reader of findings takes them for the first ones unless this differs.
 *
 * @param after the numbers above are of this beginning
 * @param millis when it was; 0 while nothing was found
 */
public record FindingsBegun(long after, long millis) {
  /** Member of the evidence that the database was put back: the last number that it knew. */
  public static final String KEPT = "kept";

  static FindingsBegun of(Handle handle) {
    return handle
        .createQuery(
            "SELECT json_extract(detail, '$.kept') AS after, first_seen_ms AS millis FROM findings"
                + " WHERE kind = :kind AND after IS NOT NULL ORDER BY id DESC LIMIT 1")
        .bind("kind", Finding.Kind.DATABASE_LOST.text())
        .map((row, context) -> read(row))
        .findOne()
        .or(
            () ->
                handle
                    .createQuery(
                        "SELECT 0 AS after, raised_ms AS millis FROM findings ORDER BY id LIMIT 1")
                    .map((row, context) -> read(row))
                    .findOne())
        .orElse(new FindingsBegun(0, 0));
  }

  /** Before when what was found and seen is lost; empty while no finding says so. */
  public static Optional<Instant> lostBefore(Jdbi database) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT max(first_seen_ms) FROM findings WHERE kind IN (<kinds>) HAVING"
                        + " count(*) > 0")
                .bindList(
                    "kinds",
                    Finding.Kind.DATABASE_LOST.text(),
                    Finding.Kind.AUDIT_LOG_OF_ANOTHER.text())
                .mapTo(Long.class)
                .findOne()
                .map(Instant::ofEpochMilli));
  }

  private static FindingsBegun read(ResultSet row) throws SQLException {
    return new FindingsBegun(row.getLong("after"), row.getLong("millis"));
  }
}
