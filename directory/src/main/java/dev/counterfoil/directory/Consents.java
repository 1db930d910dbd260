package dev.counterfoil.directory;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/** The table of consents. */
final class Consents {
  private Consents() {}

  static List<Consent> of(Handle handle, String subject) {
    return handle
        .createQuery(Rows.CONSENT + " WHERE subject = :key ORDER BY client_id")
        .bind("key", subject)
        .map((results, context) -> Rows.consent(results))
        .list();
  }

  static Optional<Consent> of(Handle handle, String subject, String clientId) {
    return handle
        .createQuery(Rows.CONSENT + " WHERE subject = :key AND client_id = :client")
        .bind("key", subject)
        .bind("client", clientId)
        .map((results, context) -> Rows.consent(results))
        .findOne();
  }

  /** A person with what they agreed to for a client, in one look. */
  static Optional<PersonConsent> ofPerson(Handle handle, String subject, String clientId) {
    return handle
        .createQuery(
            "SELECT person.subject AS subject, tenant, username, name, email, email_verified,"
                + " disabled, created_at, version, client_id, scopes, at, until FROM person"
                + " LEFT JOIN consent ON consent.subject = person.subject AND client_id = :client"
                + " WHERE person.subject = :key")
        .bind("key", subject)
        .bind("client", clientId)
        .map(
            (results, context) ->
                new PersonConsent(
                    Rows.person(results),
                    results.getString("client_id") == null
                        ? Optional.empty()
                        : Optional.of(Rows.consent(results))))
        .findOne();
  }

  /** Whether there was one to replace. */
  static boolean replace(Handle handle, Consent consent) {
    return bind(
                handle.createUpdate(
                    "UPDATE consent SET scopes = :scopes, at = :at, until = :until"
                        + " WHERE subject = :subject AND client_id = :client"),
                consent)
            .execute()
        == 1;
  }

  static void add(Handle handle, Consent consent) {
    bind(
            handle.createUpdate(
                "INSERT INTO consent (subject, client_id, scopes, at, until)"
                    + " VALUES (:subject, :client, :scopes, :at, :until)"),
            consent)
        .execute();
  }

  private static Update bind(Update update, Consent consent) {
    return update
        .bind("subject", consent.subject())
        .bind("client", consent.clientId())
        .bind("scopes", String.join(" ", consent.scopes()))
        .bind("at", consent.at().toEpochMilli())
        .bind("until", consent.until().map(Instant::toEpochMilli).orElse(null));
  }

  static boolean remove(Handle handle, String subject, String clientId) {
    return handle
            .createUpdate("DELETE FROM consent WHERE subject = :key AND client_id = :client")
            .bind("key", subject)
            .bind("client", clientId)
            .execute()
        == 1;
  }
}
