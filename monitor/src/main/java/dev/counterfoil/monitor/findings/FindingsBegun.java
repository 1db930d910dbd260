package dev.counterfoil.monitor.findings;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.Handle;

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

  private static FindingsBegun read(ResultSet row) throws SQLException {
    return new FindingsBegun(row.getLong("after"), row.getLong("millis"));
  }
}
