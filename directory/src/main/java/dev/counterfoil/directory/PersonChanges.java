package dev.counterfoil.directory;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * What changed for people, for those who want to hear: written in the transaction of the change, so
 * that no crash loses it, and kept until it was passed on. For all threads.
 */
public final class PersonChanges {
  /** CAEP 1.0 3.3.1: what a passkey may be; nobody tells which kind one is. */
  static final String PASSKEY = "fido2-platform";

  static final String PASSWORD = "password";
  static final String REVOKED = "revoke";

  private static final int PAGE_MAX = 500;

  private final Jdbi jdbi;
  private final InstantSource clock;
  private volatile Runnable listener = () -> {};

  PersonChanges(Jdbi jdbi, InstantSource clock) {
    this.jdbi = jdbi;
    this.clock = clock;
  }

  /** What a change is. */
  public enum Kind {
    /** A person is refused. */
    DISABLED,
    /** A person is refused no more. */
    ENABLED,
    /** A person is gone. */
    REMOVED,
    /** A person has another address: the one before, and the one now. */
    EMAIL,
    /** What a person proves: its type (CAEP 1.0 3.3.1), and what became of it. */
    CREDENTIAL
  }

  /**
   * A change.
   *
   * @param id rises, though a later one may be seen first
   * @param was by its kind; empty for nothing
   * @param becomes by its kind; empty for nothing
   */
  public record Change(
      long id, Kind kind, String subject, String tenant, String was, String becomes, Instant at) {}

  /** Calls something when there are changes; it is quick. */
  public void onChange(Runnable then) {
    listener = then;
  }

  void told() {
    listener.run();
  }

  void add(Handle handle, Kind kind, String subject, String was, String becomes) {
    handle
        .createUpdate(
            "INSERT INTO person_change (kind, subject, tenant, was, becomes, at)"
                + " SELECT :kind, subject, tenant, :was, :becomes, :at FROM person"
                + " WHERE subject = :subject")
        .bind("kind", kind.name())
        .bind("subject", subject)
        .bind("was", was)
        .bind("becomes", becomes)
        .bind("at", clock.millis())
        .execute();
  }

  /** A credential of a person becomes another one, or is gone. */
  void credential(Handle handle, String subject, String type, String change) {
    add(handle, Kind.CREDENTIAL, subject, type, change);
  }

  void note(Handle handle, Person before, Person after) {
    if (before.disabled() != after.disabled()) {
      add(handle, after.disabled() ? Kind.DISABLED : Kind.ENABLED, after.subject(), "", "");
    }
    if (before.email().isPresent() && !before.email().equals(after.email())) {
      add(handle, Kind.EMAIL, after.subject(), before.email().get(), after.email().orElse(""));
    }
  }

  /** Takes all from a person by which they prove who they are, and says of what there was. */
  void takeCredentials(Handle handle, String subject) {
    if (isAny(
        handle,
        "UPDATE person SET password = NULL, imported = NULL"
            + " WHERE subject = :key AND password IS NOT NULL",
        subject)) {
      credential(handle, subject, PASSWORD, REVOKED);
    }
    if (isAny(handle, "DELETE FROM passkey WHERE subject = :key", subject)) {
      credential(handle, subject, PASSKEY, REVOKED);
    }
    var _ = isAny(handle, "DELETE FROM invitation WHERE subject = :key", subject);
    SecondFactors.removeAll(handle, subject);
    Recoveries.remove(handle, subject);
    UpstreamLinks.removeAll(handle, subject);
  }

  private static boolean isAny(Handle handle, String statement, String subject) {
    return handle.createUpdate(statement).bind("key", subject).execute() > 0;
  }

  /** Those that were not passed on, the oldest first, some of them. */
  public List<Change> next() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT id, kind, subject, tenant, was, becomes, at FROM person_change"
                        + " ORDER BY id LIMIT :max")
                .bind("max", PAGE_MAX)
                .map(
                    (row, context) ->
                        new Change(
                            row.getLong("id"),
                            Kind.valueOf(row.getString("kind")),
                            row.getString("subject"),
                            row.getString("tenant"),
                            row.getString("was"),
                            row.getString("becomes"),
                            Instant.ofEpochMilli(row.getLong("at"))))
                .list());
  }

  /** One was passed on. */
  public void done(Change change) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate("DELETE FROM person_change WHERE id = :id")
                .bind("id", change.id())
                .execute());
  }
}
