package dev.counterfoil.directory;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/** Hashes of passwords that another system made, until their people sign in. */
public final class ImportedPasswords {
  /** Most kinds that {@link #kinds} gives. */
  public static final int KINDS_MAX = 16;

  private static final int PHC_MAX = 512;

  private final Jdbi jdbi;

  ImportedPasswords(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /**
   * Puts a person in who has a password already.
   *
   * @param hash as the other system made it
   * @param kind the same hash of nobody: of what cost it is, without salt and value; empty when it
   *     is as our own
   * @throws DirectoryRefusedException when the username is taken
   */
  public void add(Person person, String hash, Optional<String> kind)
      throws DirectoryRefusedException {
    requireHash(hash);
    boolean isAdded =
        jdbi.inTransaction(
            handle ->
                Rows.insert(handle, person)
                    && handle
                            .createUpdate(
                                "UPDATE person SET password = :hash, imported = :kind"
                                    + " WHERE subject = :key")
                            .bind("hash", hash)
                            .bind("kind", kind.orElse(null))
                            .bind("key", person.subject())
                            .execute()
                        == 1);
    if (!isAdded) {
      throw DirectoryRefusedException.taken(person.username());
    }
  }

  /** The kinds that some people still have, in their order; as many as are of use. */
  public List<String> kinds() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT DISTINCT imported FROM person WHERE imported IS NOT NULL"
                        + " ORDER BY imported LIMIT :max")
                .bind("max", KINDS_MAX)
                .mapTo(String.class)
                .list());
  }

  /**
   * Puts our own hash of the same password in the place of an imported one.
   *
   * @param before as it was read: a password that was changed since stays
   * @param after a PHC string
   */
  public void replace(String subject, String before, String after) {
    requireHash(after);
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    "UPDATE person SET password = :after, imported = NULL"
                        + " WHERE subject = :key AND password = :before")
                .bind("after", after)
                .bind("before", before)
                .bind("key", subject)
                .execute());
  }

  static void requireHash(String phc) {
    if (!phc.startsWith("$") || phc.length() > PHC_MAX) {
      throw new IllegalArgumentException("a PHC string begins with $ and has up to 512 characters");
    }
  }
}
