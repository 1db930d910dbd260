package dev.counterfoil.signin;

import java.io.IOException;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;

/** The tokens that were issued in people's names, as the keeper of the records knows them. */
public interface InTheirName {
  /**
   * One token.
   *
   * @param id with which it is revoked: URL-safe, without meaning for people
   * @param issuedAt when
   * @param client what the application is called
   * @param clientId its {@code client_id}
   * @param audience for whom it is
   * @param scope scope values with spaces between
   * @param expires when
   * @param revoked whether it is
   */
  record Issued(
      String id,
      Instant issuedAt,
      String client,
      String clientId,
      String audience,
      String scope,
      Instant expires,
      boolean revoked) {}

  /**
   * Some tokens, the latest first.
   *
   * @param tokens at most as many as were asked for
   * @param older where the next ones begin, URL-safe; empty when these are the last
   * @param isWhole whether the records are; else tokens may be missing
   */
  record Listed(List<Issued> tokens, Optional<String> older, boolean isWhole) {}

  /**
   * Which tokens.
   *
   * @param month those issued in it, by UTC
   * @param clientId those issued to it
   */
  record Which(Optional<YearMonth> month, Optional<String> clientId) {
    /** All of them. */
    static final Which ALL = new Which(Optional.empty(), Optional.empty());
  }

  /**
   * The sign-in from which a token comes.
   *
   * @param at when
   * @param by by what (RFC 8176), with spaces between
   * @param address from where; empty where the audit log has no such sign-in
   */
  record From(Instant at, String by, Optional<String> address) {}

  /**
   * What was done with a token, by one event of the audit log.
   *
   * @param what the event's name, or what the service said of it
   * @param reporter which service says so
   * @param touched what was touched, such as a mailbox
   * @param address from where
   */
  record Use(
      Instant at,
      String what,
      String reporter,
      Optional<String> touched,
      Optional<String> address) {}

  /**
   * One token and what became of it.
   *
   * @param from empty where the token names no sign-in
   * @param uses the oldest first
   * @param more whether there are more uses than these
   */
  record Followed(Issued token, Optional<From> from, List<Use> uses, boolean more) {}

  /** There is more than one file is to hold. */
  final class TooMuchException extends IOException {
    private static final long serialVersionUID = 1L;

    public TooMuchException(Throwable cause) {
      super("more than one file is to hold", cause);
    }
  }

  /**
   * Lists what was issued in a person's name.
   *
   * @param before what {@link Listed#older} said; anything may come here, as it stands in a URL
   * @throws IOException when the records cannot be read
   */
  Listed list(String subject, Which which, Optional<String> before, int max) throws IOException;

  /**
   * One of them, and where it was used.
   *
   * @param id anything, as it stands in a URL
   * @return empty when it is not one in the person's name
   * @throws IOException when the records cannot be read
   */
  Optional<Followed> follow(String subject, String id) throws IOException;

  /**
   * All of it with proofs: a bundle that verifies offline (spec/audit-bundle.md).
   *
   * @throws TooMuchException when it is too long
   * @throws IOException when the records cannot be read now
   */
  byte[] export(String subject) throws IOException;

  /**
   * Revokes one of them.
   *
   * @param notMe whether the person says that it was not they: make a finding of it
   * @return whether it is revoked now; false when it is not one in the person's name
   * @throws IOException when it cannot be revoked now
   */
  boolean revoke(String subject, String id, boolean notMe) throws IOException;
}
