package dev.counterfoil.monitor;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/** What each log signed last, so that a rollback while the monitor was down is noticed too. */
final class LogHeads {
  /**
   * A log's last known state.
   *
   * @param checkpoint the last one seen
   * @param vouchedSize counterfoils that were held under a checkpoint
   */
  record Head(Checkpoint checkpoint, long vouchedSize) {}

  private final Jdbi database;

  LogHeads(Jdbi database) {
    this.database = database;
  }

  Optional<Head> load(String domain, String log) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT checkpoint, vouched_size FROM log_heads"
                        + " WHERE domain = :domain AND log = :log")
                .bind("domain", domain)
                .bind("log", log)
                .map(
                    (row, context) ->
                        new Head(parse(row.getString("checkpoint")), row.getLong("vouched_size")))
                .findOne());
  }

  private static Checkpoint parse(String text) {
    try {
      return Checkpoint.parse(text);
    } catch (FormatException e) {
      throw new IllegalStateException("table log_heads is damaged", e);
    }
  }

  void save(String domain, String log, Head head) {
    database.useHandle(
        handle ->
            handle
                .createUpdate(
                    "INSERT INTO log_heads (domain, log, checkpoint, vouched_size)"
                        + " VALUES (:domain, :log, :checkpoint, :size)"
                        + " ON CONFLICT (domain, log) DO UPDATE"
                        + " SET checkpoint = excluded.checkpoint,"
                        + " vouched_size = excluded.vouched_size")
                .bind("domain", domain)
                .bind("log", log)
                .bind("checkpoint", head.checkpoint().text())
                .bind("size", head.vouchedSize())
                .execute());
  }
}
