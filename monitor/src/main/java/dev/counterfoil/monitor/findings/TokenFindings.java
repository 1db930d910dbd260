package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding.Kind;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** What is asked of the findings of one token, or of all: one token is one open finding. */
final class TokenFindings {
  /** Whether others than its log remember a token that is unproven: authority or custodian. */
  static final String IS_KNOWN =
      "(coalesce(json_extract(detail, '$.presented.released'), 0)"
          + " OR coalesce(json_extract(detail, '$.presented.verdict'), '') = 'held-elsewhere')";

  /** Kinds of findings that a token past its log's tip, or beside it, comes to. */
  private static final String KINDS =
      "('forged-token', 'digest-differs', 'log-rollback', 'unproven-token')";

  /** What is said of a token's signature, the more proven after the less. */
  private static final List<String> SIGNATURES = List.of("bad", "good-says-reporter", "good");

  private TokenFindings() {}

  /** Most reporters that are named in one finding. */
  private static final int REPORTERS_MAX = 16;

  /** Names in a finding who reported it again: one reporter alone may lie. */
  static void reportedToo(Handle handle, long id, Finding again) {
    if (again.detail().get("reporters") instanceof List<?> reporters) {
      for (Object reporter : reporters) {
        handle
            .createUpdate(
                "UPDATE findings SET detail = json_insert(detail, '$.reporters[#]', :reporter)"
                    + " WHERE id = :id AND json_array_length(detail, '$.reporters') < :most"
                    + " AND NOT EXISTS (SELECT 1 FROM json_each(detail, '$.reporters')"
                    + " WHERE value = :reporter)")
            .bind("reporter", String.valueOf(reporter))
            .bind("id", id)
            .bind("most", REPORTERS_MAX)
            .execute();
      }
    }
  }

  /**
   * Takes the evidence of a later report that proves more than the present one: whoever reports
   * first, without the token or with a signature of its own, pins nothing.
   */
  static void proves(Handle handle, long id, Finding again) {
    if (!(again.detail().get("presented") instanceof JsonObject presented)) {
      return;
    }
    String signature = String.valueOf(presented.get("signature"));
    int grade = SIGNATURES.indexOf(signature);
    if (grade < 1) {
      return;
    }
    handle
        .createUpdate(
            "UPDATE findings SET summary = summary || :more,"
                + " detail = json_set(json_patch(detail, json_object("
                + "'reported_by', :client, 'reporter', :reporter, 'sighting', :sighting)),"
                // What others than its log remember of the token stays.
                + " '$.presented', json_patch(json(:presented), json_object("
                + "'verdict', json(detail -> '$.presented.verdict'),"
                + " 'released', json(detail -> '$.presented.released'))))"
                + " WHERE id = :id AND kind = :kind"
                + " AND coalesce(json_extract(detail, '$.presented.signature'), '')"
                + " NOT IN (<asProven>)")
        .bind(
            "more",
            grade == SIGNATURES.size() - 1
                ? " A later report has the token, and its signature is valid."
                : " A later report says that its signature is valid.")
        .bind("client", again.detail().get("reported_by"))
        .bind("reporter", again.detail().get("reporter"))
        .bind("sighting", again.detail().get("sighting"))
        .bind("presented", presented.toString())
        .bind("id", id)
        .bind("kind", again.kind().text())
        .bindList("asProven", SIGNATURES.subList(grade, SIGNATURES.size()))
        .execute();
  }

  /** What the same token came to already: that stands, unless nobody could tell. */
  static Optional<Long> judgedBefore(Handle handle, Finding finding) {
    return of(handle, finding, "state = 'open' AND kind != 'unproven-token'").stream().findFirst();
  }

  /** Open findings of the same token that a verdict takes the place of. */
  static List<Long> unproven(Handle handle, Finding finding) {
    return of(handle, finding, "state IN ('open', 'suppressed') AND kind = 'unproven-token'");
  }

  /** Open findings of the same token, where this one is of a kind that tokens come to. */
  private static List<Long> of(Handle handle, Finding finding, String which) {
    if (finding.subject().digest() == null || !KINDS.contains("'" + finding.kind().text() + "'")) {
      return List.of();
    }
    return handle
        .createQuery(
            "SELECT id FROM findings WHERE domain = :domain AND kid = :kid"
                + " AND token = :token AND kind IN "
                + KINDS
                + " AND "
                + which
                + " ORDER BY id")
        .bind("domain", finding.domain())
        .bind("kid", finding.subject().kid())
        .bind("token", finding.subject().token())
        .mapTo(Long.class)
        .list();
  }

  /** Whether others than its log remember the token of a finding. */
  static boolean isKnown(Handle handle, long id) {
    return handle
        .createQuery("SELECT " + IS_KNOWN + " FROM findings WHERE id = :id")
        .bind("id", id)
        .mapTo(Boolean.class)
        .one();
  }

  /** See {@link FindingStore#forgedByKey}. */
  static void forgedByKey(Handle handle, Consumer<ForgedByKey> found) {
    handle
        .createQuery(
            "SELECT kid, count(*) AS forged, sum(instr(summary, :two) > 0) AS two FROM findings"
                // What nobody wants to be called for is no less a theft.
                + " WHERE state IN ('open', 'suppressed')"
                + " AND (kind IN ('"
                + Kind.FORGED_TOKEN.text()
                + "', '"
                + Kind.DIGEST_DIFFERS.text()
                + "') OR (kind IN ('"
                + Kind.KEY_OUT_OF_SCOPE.text()
                + "', '"
                + Kind.WITHDRAWN_KEY_USED.text()
                + "') AND json_extract(detail, '$.presented.counterfoil') = 0))"
                + " AND json_extract(detail, '$.presented.signature')"
                + " IN ('good', 'good-says-reporter')"
                + " GROUP BY kid ORDER BY kid")
        .bind("two", TwoHistories.SAID)
        .map(
            (row, context) ->
                new ForgedByKey(row.getString("kid"), row.getLong("forged"), row.getLong("two")))
        .forEach(found);
  }

  /** Whether a finding tells of another token that named a position. */
  static boolean isClaimedByAnother(
      Handle handle, String domain, String log, long position, Hash digest) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT 1 FROM findings WHERE beyond_tip = 1"
                + " AND state IN ('open', 'suppressed') AND domain = :domain AND log = :log AND position = :position"
                + " AND digest IS NOT NULL AND digest != :digest)")
        .bind("domain", domain)
        .bind("log", log)
        .bind("position", position)
        .bind("digest", digest.base64Url())
        .mapTo(Boolean.class)
        .one();
  }
}
