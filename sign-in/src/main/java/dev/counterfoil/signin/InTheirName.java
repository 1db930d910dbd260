package dev.counterfoil.signin;

import java.io.IOException;
import java.time.Instant;
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
   * @param audience for whom it is
   * @param scope scope values with spaces between
   * @param expires when
   * @param revoked whether it is
   */
  record Issued(
      String id,
      Instant issuedAt,
      String client,
      String audience,
      String scope,
      Instant expires,
      boolean revoked) {}

  /**
   * Some tokens, the latest first.
   *
   * @param tokens at most as many as were asked for
   * @param older where the next ones begin, URL-safe; empty when these are the last
   */
  record Listed(List<Issued> tokens, Optional<String> older) {}

  /**
   * Lists what was issued in a person's name.
   *
   * @param before what {@link Listed#older} said; anything may come here, as it stands in a URL
   * @throws IOException when the records cannot be read
   */
  Listed list(String subject, Optional<String> before, int max) throws IOException;

  /**
   * Revokes one of them.
   *
   * @param notMe whether the person says that it was not they: make a finding of it
   * @return whether it is revoked now; false when it is not one in the person's name
   * @throws IOException when it cannot be revoked now
   */
  boolean revoke(String subject, String id, boolean notMe) throws IOException;
}
