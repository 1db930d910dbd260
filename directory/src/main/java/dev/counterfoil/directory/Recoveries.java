package dev.counterfoil.directory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * How people who lost everything come back: by a link that an administrator begins, that holds
 * after a delay, and that the person can stop until it is used. Its use takes away everything
 * before, in the same change.
 */
public final class Recoveries {
  private final Jdbi jdbi;
  private final Secrets secrets;
  private final PersonChanges changes;
  private final InstantSource clock;

  Recoveries(Jdbi jdbi, Secrets secrets, PersonChanges changes, InstantSource clock) {
    this.jdbi = jdbi;
    this.secrets = secrets;
    this.changes = changes;
    this.clock = clock;
  }

  /**
   * A recovery that was begun.
   *
   * @param begunAt when
   * @param dueAt from when on its link holds
   * @param expiresAt the first instant at which it holds no more
   */
  public record Begun(Instant begunAt, Instant dueAt, Instant expiresAt) {}

  /**
   * Begins one in the place of the one before.
   *
   * @param delay until its link holds
   * @param life for which it holds then
   * @return the secret of the link: 256 random bits in base64url. Only its hash is kept.
   * @throws DirectoryRefusedException when there is no such person
   */
  public String begin(String subject, Duration delay, Duration life)
      throws DirectoryRefusedException {
    String secret = secrets.make();
    Instant now = now();
    jdbi.inTransaction(
        handle -> {
          Rows.requirePerson(handle, subject);
          remove(handle, subject);
          return handle
              .createUpdate(
                  "INSERT INTO recovery (subject, hash, begun_at, due_at, expires_at)"
                      + " VALUES (:subject, :hash, :begun, :due, :expires)")
              .bind("subject", subject)
              .bind("hash", Secrets.hash(secret))
              .bind("begun", now.toEpochMilli())
              .bind("due", now.plus(delay).toEpochMilli())
              .bind("expires", now.plus(delay).plus(life).toEpochMilli())
              .execute();
        });
    return secret;
  }

  /** The one of a person that is not over. */
  public Optional<Begun> of(String subject) {
    return one("subject = :key", subject);
  }

  /** The one of a link, also before it holds; empty when it is used, stopped or over. */
  public Optional<Begun> ofLink(String secret) {
    return one("hash = :key", Secrets.hash(secret));
  }

  private Optional<Begun> one(String which, Object key) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT begun_at, due_at, expires_at FROM recovery WHERE expires_at > :now AND "
                        + which)
                .bind("key", key)
                .bind("now", now().toEpochMilli())
                .map(
                    (results, context) ->
                        new Begun(
                            Instant.ofEpochMilli(results.getLong("begun_at")),
                            Instant.ofEpochMilli(results.getLong("due_at")),
                            Instant.ofEpochMilli(results.getLong("expires_at"))))
                .findOne());
  }

  /** Who comes back by a link; empty while it does not hold, or when the person is refused. */
  public Optional<Person> recovering(String secret) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    Rows.PERSON
                        + " JOIN recovery USING (subject) WHERE hash = :hash"
                        + " AND due_at <= :now AND expires_at > :now AND disabled = 0")
                .bind("hash", Secrets.hash(secret))
                .bind("now", now().toEpochMilli())
                .map((results, context) -> Rows.person(results))
                .findOne());
  }

  /**
   * Uses a link up, and takes away everything by which its person signed in before.
   *
   * @return true for the first of all that try, while it holds
   */
  public boolean use(String secret) {
    return jdbi.inTransaction(
        handle -> {
          Optional<String> subject =
              handle
                  .createQuery(
                      "DELETE FROM recovery WHERE hash = :hash AND due_at <= :now"
                          + " AND expires_at > :now AND EXISTS (SELECT 1 FROM person"
                          + " WHERE person.subject = recovery.subject AND disabled = 0)"
                          + " RETURNING subject")
                  .bind("hash", Secrets.hash(secret))
                  .bind("now", now().toEpochMilli())
                  .mapTo(String.class)
                  .findOne();
          subject.ifPresent(found -> changes.takeCredentials(handle, found));
          return subject.isPresent();
        });
  }

  /** Stops the one of a person; whether there was one. */
  public boolean stop(String subject) {
    return jdbi.inTransaction(handle -> remove(handle, subject));
  }

  static boolean remove(Handle handle, String subject) {
    return handle
            .createUpdate("DELETE FROM recovery WHERE subject = :key")
            .bind("key", subject)
            .execute()
        > 0;
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }
}
