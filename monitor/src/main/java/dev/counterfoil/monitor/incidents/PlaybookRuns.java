package dev.counterfoil.monitor.incidents;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.events.ReportWatch;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * How far playbooks are, as the response process says in its audit events: what is done about a
 * finding, and what is still to do.
 */
public final class PlaybookRuns implements ReportWatch {
  private static final int LINE_BYTES_MAX = 1 << 16;

  /** Of one trust domain; the oldest are forgotten. */
  private static final int KEPT_MAX = 10_000;

  private static final byte[] CODE =
      ("\"" + Operation.PLAYBOOK_RUN.code() + "\"").getBytes(StandardCharsets.US_ASCII);

  private final Jdbi database;

  public PlaybookRuns(Jdbi database) {
    this.database = database;
  }

  @Override
  public void look(Source source, byte[] lines) {
    // A service's word on what a domain's own processes do is no proof.
    if (source.tenant().isPresent()) {
      return;
    }
    int from = 0;
    for (int at = 0; at <= lines.length; at++) {
      if (at == lines.length || lines[at] == '\n') {
        if (contains(lines, from, at)) {
          read(source.domain(), Arrays.copyOfRange(lines, from, at));
        }
        from = at + 1;
      }
    }
  }

  private static boolean contains(byte[] lines, int from, int to) {
    for (int at = from; at + CODE.length <= to; at++) {
      if (lines[at] == CODE[0]
          && Arrays.equals(lines, at, at + CODE.length, CODE, 0, CODE.length)) {
        return true;
      }
    }
    return false;
  }

  private void read(String domain, byte[] line) {
    try {
      JsonObject event = StrictJson.object(line, LINE_BYTES_MAX);
      Optional<JsonObject> run = event.optionalObject("unmapped");
      if (!Operation.PLAYBOOK_RUN.code().equals(event.object("metadata").get("event_code"))
          || run.isEmpty()
          || !run.get().has("run")) {
        return;
      }
      keep(domain, run.get(), event.number("time"));
    } catch (FormatException e) {
      // The audit log judges a malformed line on its own.
    }
  }

  private void keep(String domain, JsonObject run, long atMillis) throws FormatException {
    long number = run.number("run");
    long finding = run.number("finding");
    List<JsonObject> steps = run.objects("steps");
    String shown =
        JsonObject.builder()
            .put("run", number)
            .put("finding", finding)
            .put("playbook", run.string("playbook"))
            .put("state", run.string("state"))
            .put("steps", steps)
            .build()
            .toString();
    database.useTransaction(
        handle -> {
          handle.execute(
              "INSERT INTO playbook_runs (domain, run, finding, at_ms, json)"
                  + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (domain, run) DO UPDATE"
                  + " SET finding = excluded.finding, at_ms = excluded.at_ms, json = excluded.json"
                  + " WHERE excluded.at_ms >= at_ms",
              domain,
              number,
              finding,
              atMillis,
              shown);
          handle.execute(
              "DELETE FROM playbook_runs WHERE domain = ? AND run <= ?", domain, number - KEPT_MAX);
        });
  }

  /** The runs about an incident's findings, in their order. */
  static List<JsonObject> of(Handle handle, long incident) {
    return handle
        .createQuery(
            "SELECT p.json FROM playbook_runs p JOIN incident_findings l ON l.finding = p.finding"
                + " JOIN incidents i ON i.id = l.incident AND i.domain = p.domain"
                + " WHERE l.incident = :incident ORDER BY p.run")
        .bind("incident", incident)
        .mapTo(String.class)
        .map(PlaybookRuns::parse)
        .list();
  }

  private static JsonObject parse(String json) {
    try {
      return StrictJson.object(json.getBytes(StandardCharsets.UTF_8), LINE_BYTES_MAX);
    } catch (FormatException e) {
      throw new IllegalStateException("table playbook_runs is damaged", e);
    }
  }
}
