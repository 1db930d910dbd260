package dev.counterfoil.monitor.incidents;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.FindingStore;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;

/**
 * What people reported: each report is a finding that names its reference, and begins an incident.
 * It is open, linked to an incident that has more in it, or closed. Texts are a stranger's: shown
 * as text, and never followed.
 */
public final class ReportDesk {
  /** What it answers. */
  public static final Set<String> ASKS = Set.of("reports", "report-link", "report-close");

  private static final int LIST_MAX = 500;
  private static final int TEXT_MAX = 500;

  private static final String ROWS =
      "SELECT f.*, l.incident, (SELECT count(*) FROM incident_findings o"
          + " WHERE o.incident = l.incident) AS together"
          + " FROM findings f LEFT JOIN incident_findings l ON l.finding = f.id"
          + " WHERE f.kind = :kind AND (:domain = '' OR f.domain = :domain)";

  private final Jdbi database;
  private final FindingStore findings;
  private final IncidentStore incidents;

  public ReportDesk(Jdbi database, FindingStore findings, IncidentStore incidents) {
    this.database = database;
    this.findings = findings;
    this.incidents = incidents;
  }

  /**
   * Answers one of {@link #ASKS}.
   *
   * @throws FormatException when it cannot be done; the message says why
   */
  public List<JsonObject> answer(JsonObject question, String by) throws FormatException {
    Optional<String> domain = question.optionalString("domain");
    return switch (question.string("ask")) {
      case "reports" ->
          question.has("reference")
              ? List.of(find(question.string("reference"), domain).shown())
              : list(domain, question.has("all") && question.truth("all"));
      case "report-link" -> {
        Report report = find(question.string("reference"), domain);
        incidents.join(report.finding(), question.number("incident"), report.domain(), by);
        yield List.of(find(question.string("reference"), domain).shown());
      }
      case "report-close" -> {
        Report report = find(question.string("reference"), domain);
        String text = question.string("text").strip();
        if (text.isEmpty() || text.length() > TEXT_MAX) {
          throw new FormatException("say in 1 to " + TEXT_MAX + " characters what came of it");
        }
        if (report.state().equals("closed")) {
          throw new FormatException("the report is closed already");
        }
        findings.explain(report.finding(), "closed by " + by + ": " + text);
        if (report.state().equals("open") && report.incident() > 0) {
          // Nothing else belongs to it.
          incidents.change(report.incident(), IncidentStore.Change.CLOSE, by, "resolved " + text);
        }
        yield List.of(find(question.string("reference"), domain).shown());
      }
      default -> throw new FormatException("ask for one of " + ASKS);
    };
  }

  private record Report(
      long finding, String domain, String state, long incident, JsonObject shown) {}

  private List<JsonObject> list(Optional<String> domain, boolean all) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    ROWS + " AND (:all OR f.state != 'explained') ORDER BY f.id DESC LIMIT :most")
                .bind("kind", Kind.PERSON_REPORT.text())
                .bind("domain", domain.orElse(""))
                .bind("all", all)
                .bind("most", LIST_MAX)
                .map(ReportDesk::report)
                .map(Report::shown)
                .list());
  }

  private Report find(String reference, Optional<String> domain) throws FormatException {
    return database
        .withHandle(
            handle ->
                handle
                    .createQuery(ROWS + " AND json_extract(f.detail, '$.reference') = :reference")
                    .bind("kind", Kind.PERSON_REPORT.text())
                    .bind("domain", domain.orElse(""))
                    .bind("reference", reference)
                    .map(ReportDesk::report)
                    .findOne())
        .orElseThrow(() -> new FormatException("there is no report with that reference"));
  }

  private static Report report(
      java.sql.ResultSet row, org.jdbi.v3.core.statement.StatementContext context)
      throws java.sql.SQLException {
    JsonObject finding = FindingStore.kept(row, context).json();
    JsonObject said =
        finding.get("detail") instanceof JsonObject detail ? detail : JsonObject.builder().build();
    long incident = row.getLong("incident");
    String state =
        row.getString("state").equals("explained")
            ? "closed"
            : row.getLong("together") > 1 ? "linked" : "open";
    JsonObject.Builder json = JsonObject.builder().put("v", 1);
    for (String member : List.of("reference", "report", "text", "contact", "about")) {
      json.put(member, said.get(member) instanceof String text ? text : null);
    }
    json.put("address", said.get("reporter_address") instanceof String at ? at : null)
        .put("state", state)
        .put("domain", row.getString("domain"))
        .put("received_at_ms", row.getLong("raised_ms"))
        .put("finding", row.getLong("id"));
    if (incident > 0) {
      json.put("incident", incident);
    }
    if (state.equals("closed")) {
      json.put("outcome", row.getString("summary"));
    }
    return new Report(row.getLong("id"), row.getString("domain"), state, incident, json.build());
  }
}
