package dev.counterfoil.monitor.notifying;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** How far each channel has told what happened to findings, durable. */
final class ChannelCursors {
  private final Jdbi database;

  ChannelCursors(Jdbi database) {
    this.database = database;
  }

  /**
   * Takes up channels where they were. One that is new begins with what comes from now on; one that
   * is not configured any more is forgotten.
   *
   * @param newest change so far
   */
  void register(List<String> names, long newest) {
    database.useTransaction(
        handle -> {
          List<String> known =
              handle
                  .createQuery("SELECT name FROM notification_channels")
                  .mapTo(String.class)
                  .list();
          for (String name : known) {
            if (!names.contains(name)) {
              handle.execute("DELETE FROM notification_channels WHERE name = ?", name);
            }
          }
          for (String name : names) {
            handle.execute(
                "INSERT OR IGNORE INTO notification_channels (name, told) VALUES (?, ?)",
                name,
                newest);
          }
          forgetTold(handle);
        });
  }

  /** What every channel has told is not needed any more. */
  private static void forgetTold(Handle handle) {
    handle.execute(
        "DELETE FROM finding_changes WHERE id <="
            + " (SELECT coalesce(min(told), 9223372036854775807) FROM notification_channels)");
  }

  /** The last change that a channel has told. */
  long told(String name) {
    return database.withHandle(
        handle ->
            handle
                .createQuery("SELECT told FROM notification_channels WHERE name = :name")
                .bind("name", name)
                .mapTo(Long.class)
                .one());
  }

  /** It has told all changes up to one. */
  void advance(String name, long told) {
    database.useTransaction(
        handle -> {
          handle.execute("UPDATE notification_channels SET told = ? WHERE name = ?", told, name);
          forgetTold(handle);
        });
  }

  /** Since when it cannot tell. */
  Optional<Instant> failingSince(String name) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT failing_since_ms FROM notification_channels"
                        + " WHERE name = :name AND failing_since_ms IS NOT NULL")
                .bind("name", name)
                .mapTo(Long.class)
                .findOne()
                .map(Instant::ofEpochMilli));
  }

  void failing(String name, Optional<Instant> since) {
    database.useHandle(
        handle ->
            handle
                .createUpdate(
                    "UPDATE notification_channels SET failing_since_ms = :since"
                        + " WHERE name = :name")
                .bind("since", since.map(Instant::toEpochMilli).orElse(null))
                .bind("name", name)
                .execute());
  }
}
