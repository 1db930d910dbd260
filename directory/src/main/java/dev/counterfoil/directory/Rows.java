package dev.counterfoil.directory;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** What is read from the tables, and how a row becomes a value. */
final class Rows {
  static final String PERSON =
      "SELECT subject, tenant, username, name, email, email_verified, disabled, created_at, version"
          + " FROM person";

  static final String PASSKEY =
      "SELECT subject, id, attested, sign_count, backed_up, label, created_at, used_at FROM passkey";

  static final String CONSENT = "SELECT subject, client_id, scopes, at, until FROM consent";

  private Rows() {}

  /** Numbers stand for yes and no: not every database converts its truth values. */
  static int flag(boolean is) {
    return is ? 1 : 0;
  }

  /** Puts a person in; whether the username was free. */
  static boolean insert(Handle handle, Person person) {
    return handle
            .createUpdate(
                "INSERT INTO person (subject, tenant, username, name, email, email_verified,"
                    + " disabled, created_at, version) VALUES (:subject, :tenant, :username, :name,"
                    + " :email, :verified, :disabled, :created, :version)"
                    + " ON CONFLICT (username) DO NOTHING")
            .bind("subject", person.subject())
            .bind("tenant", person.tenant())
            .bind("username", person.username())
            .bind("name", person.name())
            .bind("email", person.email().orElse(null))
            .bind("verified", flag(person.emailVerified()))
            .bind("disabled", flag(person.disabled()))
            .bind("created", person.createdAt().toEpochMilli())
            .bind("version", person.version())
            .execute()
        == 1;
  }

  static Person person(ResultSet results) throws SQLException {
    return new Person(
        results.getString("subject"),
        results.getString("tenant"),
        results.getString("username"),
        results.getString("name"),
        Optional.ofNullable(results.getString("email")),
        results.getBoolean("email_verified"),
        results.getBoolean("disabled"),
        Instant.ofEpochMilli(results.getLong("created_at")),
        results.getLong("version"));
  }

  static Passkey passkey(ResultSet results) throws SQLException {
    return new Passkey(
        results.getString("subject"),
        results.getBytes("id"),
        results.getBytes("attested"),
        results.getLong("sign_count"),
        results.getBoolean("backed_up"),
        results.getString("label"),
        Instant.ofEpochMilli(results.getLong("created_at")),
        time(results, "used_at"));
  }

  static Consent consent(ResultSet results) throws SQLException {
    String scopes = results.getString("scopes");
    return new Consent(
        results.getString("subject"),
        results.getString("client_id"),
        scopes.isEmpty() ? Set.of() : new HashSet<>(Arrays.asList(scopes.split(" ", -1))),
        Instant.ofEpochMilli(results.getLong("at")),
        time(results, "until"));
  }

  private static Optional<Instant> time(ResultSet results, String column) throws SQLException {
    long at = results.getLong(column);
    return results.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(at));
  }

  static void requirePerson(Handle handle, String subject) throws DirectoryRefusedException {
    boolean isThere =
        handle
            .createQuery("SELECT 1 FROM person WHERE subject = :key")
            .bind("key", subject)
            .mapTo(Integer.class)
            .findOne()
            .isPresent();
    if (!isThere) {
      throw DirectoryRefusedException.unknown();
    }
  }

  static void requireRoom(Handle handle, String table, String subject, int max)
      throws DirectoryRefusedException {
    int present =
        handle
            .createQuery("SELECT count(*) FROM " + table + " WHERE subject = :key")
            .bind("key", subject)
            .mapTo(Integer.class)
            .one();
    if (present >= max) {
      throw new DirectoryRefusedException(
          DirectoryRefusedException.Reason.FULL,
          "A person has at most " + max + " of these. Remove one that is not needed any more.");
    }
  }
}
