package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/** Whether findings were right, as people say who looked: the last word about each. */
public final class FindingFeedback {
  /** What can be said. */
  public static final List<String> VERDICTS = List.of("true-positive", "false-positive");

  private static final int TEXT_MAX = 500;

  private final Jdbi database;
  private final InstantSource clock;

  /** Of one detection rule in a while: how often it was told, and what people said. */
  public record OfRule(long told, long right, long wrong, long suppressed) {
    /** Of one that was told to nobody. */
    public static final OfRule NONE = new OfRule(0, 0, 0, 0);
  }

  public FindingFeedback(Jdbi database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * Keeps what a person says.
   *
   * @param domain of which trust domain the finding must be
   */
  public JsonObject say(
      long finding, Optional<String> domain, String verdict, String by, String text)
      throws FormatException {
    if (!VERDICTS.contains(verdict) || text.length() > TEXT_MAX) {
      throw new FormatException(
          "feedback is true-positive or false-positive, with at most " + TEXT_MAX + " characters");
    }
    int rows =
        database.withHandle(
            handle ->
                handle
                    .createUpdate(
                        "INSERT INTO finding_feedback (finding, verdict, author, at_ms, text)"
                            + " SELECT id, :verdict, :by, :now, :text FROM findings"
                            + " WHERE id = :id AND (:domain = '' OR domain = :domain)"
                            + " ON CONFLICT (finding) DO UPDATE SET verdict = excluded.verdict,"
                            + " author = excluded.author, at_ms = excluded.at_ms,"
                            + " text = excluded.text")
                    .bind("verdict", verdict)
                    .bind("by", by)
                    .bind("now", clock.millis())
                    .bind("text", text)
                    .bind("id", finding)
                    .bind("domain", domain.orElse(""))
                    .execute());
    if (rows == 0) {
      throw new FormatException("there is no finding " + finding);
    }
    return JsonObject.builder().put("finding", finding).put("feedback", verdict).build();
  }

  /** By rule, of findings that were raised since. */
  public Map<String, OfRule> byRule(long sinceMillis) {
    Map<String, OfRule> rules = new HashMap<>();
    database.useHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT json_extract(f.detail, '$.rule') AS rule,"
                        + " sum(f.state != 'suppressed') AS told,"
                        + " sum(f.state = 'suppressed') AS suppressed,"
                        + " sum(coalesce(b.verdict, '') = 'true-positive') AS hits,"
                        + " sum(coalesce(b.verdict, '') = 'false-positive') AS misses"
                        + " FROM findings f LEFT JOIN finding_feedback b ON b.finding = f.id"
                        + " WHERE f.kind = :kind AND f.raised_ms >= :since GROUP BY rule")
                .bind("kind", Finding.Kind.RULE_MATCHED.text())
                .bind("since", sinceMillis)
                .map(
                    (row, context) ->
                        Map.entry(
                            String.valueOf(row.getString("rule")),
                            new OfRule(
                                row.getLong("told"),
                                row.getLong("hits"),
                                row.getLong("misses"),
                                row.getLong("suppressed"))))
                .forEach(one -> rules.put(one.getKey(), one.getValue())));
    return rules;
  }
}
