package dev.counterfoil.monitor.findings;

import dev.counterfoil.monitor.findings.Finding.Kind;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** What a presented token's findings assert of its origin, where no record that is held has it. */
public enum TokenStanding {
  /** No signer of ours composed it. */
  NOT_SIGNED,

  /** It is unknown whether it was issued: its log cannot tell yet. */
  UNPROVEN,

  /** Its log has two histories: an honest token of the other one, or forged. */
  TWO_HISTORIES;

  private record Found(String kind, String domain, String log, boolean counterfoil) {}

  static TokenStanding of(Handle handle, String kid, String token) {
    List<Found> found =
        handle
            .createQuery(
                "SELECT kind, domain, coalesce(log, '') AS log,"
                    + " coalesce(json_extract(detail, '$.presented.counterfoil'), 0) AS counterfoil"
                    + " FROM findings WHERE state IN ('open', 'suppressed')"
                    + " AND kid = :kid AND token = :token")
            .bind("kid", kid)
            .bind("token", token)
            .map(
                (row, context) ->
                    new Found(
                        row.getString("kind"),
                        row.getString("domain"),
                        row.getString("log"),
                        row.getBoolean("counterfoil")))
            .list();
    if (found.stream().anyMatch(one -> one.kind.equals(Kind.UNPROVEN_TOKEN.text()))) {
      return UNPROVEN;
    }
    // A token that its log lost, by the authority's word, is of the history that was lost.
    return found.stream()
            .anyMatch(
                one ->
                    one.kind.equals(Kind.LOG_ROLLBACK.text())
                        || (TwoHistories.TOKENS.contains(one.kind)
                            && !one.counterfoil
                            && TwoHistories.isKnown(handle, one.domain, one.log)))
        ? TWO_HISTORIES
        : NOT_SIGNED;
  }
}
