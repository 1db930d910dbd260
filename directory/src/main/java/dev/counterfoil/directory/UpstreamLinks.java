package dev.counterfoil.directory;

import dev.counterfoil.directory.DirectoryRefusedException.Reason;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Which accounts at other providers sign people in. An account is named by the provider's issuer
 * and its subject there, and never by an address, which may be another's tomorrow.
 */
public final class UpstreamLinks {
  /** Most of a person. */
  public static final int EACH_MAX = 20;

  private static final int TEXT_MAX = 255;

  private final Jdbi jdbi;
  private final InstantSource clock;

  UpstreamLinks(Jdbi jdbi, InstantSource clock) {
    this.jdbi = jdbi;
    this.clock = clock;
  }

  /**
   * An account that is linked.
   *
   * @param issuer of the provider
   * @param account its subject there
   * @param label by which its person knows it
   * @param madeAt when it was linked
   */
  public record Link(String issuer, String account, String label, Instant madeAt) {}

  /** No control characters: PostgreSQL keeps no text with a zero in it. */
  private static boolean isAccount(String account) {
    return !account.isEmpty()
        && account.length() <= TEXT_MAX
        && account.chars().noneMatch(Character::isISOControl);
  }

  /** Whom an account signs in. */
  public Optional<Person> person(String issuer, String account) {
    if (!isAccount(account)) {
      return Optional.empty();
    }
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    Rows.PERSON
                        + " JOIN upstream_link USING (subject)"
                        + " WHERE issuer = :issuer AND account = :account")
                .bind("issuer", issuer)
                .bind("account", account)
                .map((results, context) -> Rows.person(results))
                .findOne());
  }

  /**
   * Links an account to a person; again for the same person changes nothing.
   *
   * @throws DirectoryRefusedException when it is linked to another person, the person has {@link
   *     #EACH_MAX}, or there is no such person
   */
  public void link(String subject, String issuer, String account, String label)
      throws DirectoryRefusedException {
    if (!isAccount(account) || !Person.isText(label)) {
      throw new IllegalArgumentException("an account and its label have 1 to 255 characters");
    }
    jdbi.inTransaction(
        handle -> {
          Rows.requirePerson(handle, subject);
          Optional<String> present =
              handle
                  .createQuery(
                      "SELECT subject FROM upstream_link"
                          + " WHERE issuer = :issuer AND account = :account")
                  .bind("issuer", issuer)
                  .bind("account", account)
                  .mapTo(String.class)
                  .findOne();
          if (present.isPresent()) {
            if (!present.get().equals(subject)) {
              throw new DirectoryRefusedException(
                  Reason.TAKEN, "This account is linked to another person.");
            }
            return subject;
          }
          Rows.requireRoom(handle, "upstream_link", subject, EACH_MAX);
          handle
              .createUpdate(
                  "INSERT INTO upstream_link (issuer, account, subject, label, made_at)"
                      + " VALUES (:issuer, :account, :subject, :label, :made)")
              .bind("issuer", issuer)
              .bind("account", account)
              .bind("subject", subject)
              .bind("label", label)
              .bind("made", clock.millis())
              .execute();
          return subject;
        });
  }

  /** A person's, the oldest first. */
  public List<Link> of(String subject) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT issuer, account, label, made_at FROM upstream_link"
                        + " WHERE subject = :key ORDER BY made_at, issuer, account")
                .bind("key", subject)
                .map(
                    (results, context) ->
                        new Link(
                            results.getString("issuer"),
                            results.getString("account"),
                            results.getString("label"),
                            Instant.ofEpochMilli(results.getLong("made_at"))))
                .list());
  }

  /** Takes one from a person; whether the person had it. */
  public boolean unlink(String subject, String issuer, String account) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate(
                        "DELETE FROM upstream_link WHERE subject = :subject AND issuer = :issuer"
                            + " AND account = :account")
                    .bind("subject", subject)
                    .bind("issuer", issuer)
                    .bind("account", account)
                    .execute())
        == 1;
  }

  /**
   * The only person of a tenant with a verified address; empty when there are none or several.
   *
   * @param email upper or lower case of ASCII is the same; other characters that look like its
   *     letters make another person's address
   */
  public Optional<Person> ofVerifiedEmail(String tenant, String email) {
    if (!Person.isEmail(email)) {
      return Optional.empty();
    }
    List<Person> found =
        jdbi.withHandle(
            handle ->
                handle
                    .createQuery(
                        Rows.PERSON
                            + " WHERE tenant = :tenant AND email_verified = 1"
                            + " AND lower(email) = :email LIMIT 2")
                    .bind("tenant", tenant)
                    // A column is compared byte by byte, a value that comes in by the database's
                    // language.
                    .bind("email", lowerAscii(email))
                    .map((results, context) -> Rows.person(results))
                    .list());
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  private static String lowerAscii(String text) {
    StringBuilder lower = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        lower.setCharAt(i, (char) (c - 'A' + 'a'));
      }
    }
    return lower.toString();
  }

  static void removeAll(Handle handle, String subject) {
    handle
        .createUpdate("DELETE FROM upstream_link WHERE subject = :key")
        .bind("key", subject)
        .execute();
  }
}
