package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/**
 * Findings for people who look at them: the newest first, and for a tenant's people those alone
 * that name their tenant.
 */
public final class FindingPages {
  /**
   * The tenant that a row {@code f} of findings names: of its token, of its event, of its person.
   */
  public static final String TENANT =
      "coalesce(json_extract(f.detail, '$.presented.tenant'),"
          + " json_extract(f.detail, '$.who.tenant'), json_extract(f.detail, '$.tenant'))";

  /** Most findings of one page. */
  public static final int SHOWN_MAX = 100;

  /** Of so many newest ones those are looked for that are about something, or of a tenant. */
  static final long LOOKED_MAX = 50_000;

  private static final String ROWS =
      "SELECT f.* FROM findings f WHERE f.domain = :domain AND (:tenant = '' OR "
          + TENANT
          + " = :tenant)";

  private static final String ABOUT =
      " AND (:about = '' OR :about IN (f.kid, f.jti, f.digest,"
          + " json_extract(f.detail, '$.presented.sub'),"
          + " json_extract(f.detail, '$.presented.client_id'),"
          + " json_extract(f.detail, '$.presented.resource'),"
          + " json_extract(f.detail, '$.who.actor'), json_extract(f.detail, '$.who.client'),"
          + " json_extract(f.detail, '$.person')))";

  private final Jdbi database;

  public FindingPages(Jdbi database) {
    this.database = database;
  }

  /**
   * Whose findings are shown.
   *
   * @param domain the trust domain
   * @param tenant empty for all of them
   */
  public record Fenced(String domain, Optional<String> tenant) {}

  /**
   * A page, the newest first.
   *
   * @param before only those with a smaller id
   * @param about a key, a token's identifier or digest, a person, a client or what was opened;
   *     empty for whatever it is
   */
  public List<JsonObject> page(Fenced fenced, long before, String about) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    ROWS
                        + ABOUT
                        + ProbeFindings.NONE
                        + " AND f.id < :before"
                        + " AND f.id > (SELECT coalesce(max(id), 0) FROM findings) - :looked"
                        + " ORDER BY f.id DESC LIMIT :most")
                .bind("domain", fenced.domain())
                .bind("tenant", fenced.tenant().orElse(""))
                .bind("about", about)
                .bind("before", before)
                .bind("looked", LOOKED_MAX)
                .bind("most", SHOWN_MAX)
                .map((row, context) -> FindingStore.kept(row, context).json())
                .list());
  }

  /** One finding, with the incident that it belongs to. */
  public Optional<JsonObject> find(Fenced fenced, long id) {
    return database.withHandle(
        handle -> {
          Optional<JsonObject> found =
              handle
                  .createQuery(ROWS + " AND f.id = :id")
                  .bind("domain", fenced.domain())
                  .bind("tenant", fenced.tenant().orElse(""))
                  .bind("id", id)
                  .map((row, context) -> FindingStore.kept(row, context).json())
                  .findOne();
          Optional<Long> incident =
              handle
                  .createQuery("SELECT incident FROM incident_findings WHERE finding = :id")
                  .bind("id", id)
                  .mapTo(Long.class)
                  .findOne();
          return found.map(
              one -> incident.isPresent() ? one.with("incident", incident.get()) : one);
        });
  }
}
