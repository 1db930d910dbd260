package dev.counterfoil.monitor.incidents;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.FindingPages;
import dev.counterfoil.monitor.findings.FindingStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Incidents, durable. A finding, the incident it joins and how far findings are grouped are one
 * transaction, so that a crash neither leaves a finding out nor groups it twice.
 */
public final class IncidentStore {
  /** Most incidents in one answer: the newest. */
  static final int LIST_MAX = 500;

  private static final int TEXT_MAX = 2000;
  private static final List<String> SEVERITIES = List.of("low", "medium", "high", "critical");

  private static final String ROWS =
      "SELECT i.*, count(f.id) AS findings, min(f.first_seen_ms) AS first_ms,"
          + " max(f.last_seen_ms) AS last_ms, sum(f.state = 'open') AS open_findings,"
          + " max(CASE f.severity WHEN 'critical' THEN 3 WHEN 'high' THEN 2 WHEN 'medium' THEN 1"
          + " ELSE 0 END) AS worst, group_concat(DISTINCT f.kind) AS kinds"
          + " FROM incidents i JOIN incident_findings l ON l.incident = i.id"
          + " JOIN findings f ON f.id = l.finding";

  private static final String OF_TENANT =
      " AND (:tenant = '' OR " + FindingPages.TENANT + " = :tenant)";

  private final Jdbi database;
  private final FindingStore findings;
  private final InstantSource clock;

  /** What a person does with an incident. */
  public enum Change {
    /** Takes it on. */
    OWN,
    /** Writes down what was found or done. */
    NOTE,
    /** Ends it, with what it was. */
    CLOSE,
    /** Opens it again. */
    REOPEN;

    /** Reads one. */
    public static Change of(String text) throws FormatException {
      for (Change one : values()) {
        if (one.text().equals(text)) {
          return one;
        }
      }
      throw new FormatException("an incident is changed by own, note, close or reopen");
    }

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Ways in which an incident ends. */
  static final List<String> VERDICTS = List.of("resolved", "false-alarm", "test");

  public IncidentStore(Jdbi database, FindingStore findings, InstantSource clock) {
    this.database = database;
    this.findings = findings;
    this.clock = clock;
  }

  /** What people reported. */
  public ReportDesk reports() {
    return new ReportDesk(database, findings, this);
  }

  /** Groups findings that are new. */
  public void step() {
    List<FindingStore.Kept> page;
    do {
      page = findings.list(FindingStore.Query.all().after(grouped()));
      for (FindingStore.Kept finding : page) {
        database.useTransaction(handle -> group(handle, finding));
      }
    } while (page.size() == FindingStore.PAGE_MAX);
  }

  private long grouped() {
    return database.withHandle(
        handle ->
            handle.createQuery("SELECT after FROM incidents_grouped").mapTo(Long.class).one());
  }

  private void group(Handle handle, FindingStore.Kept finding) {
    handle.execute("UPDATE incidents_grouped SET after = ?", finding.id());
    if (!Grouping.isIncident(finding.json())) {
      return;
    }
    String domain = String.valueOf(finding.json().get("domain"));
    long seen =
        finding.json().get("last_seen_ms") instanceof Long at ? at : clock.instant().toEpochMilli();
    List<Clue> clues = List.copyOf(Clue.of(finding.json()));
    List<Grouping.Shared> shared = new ArrayList<>();
    for (Clue clue : clues) {
      shared.addAll(
          handle
              .createQuery(
                  "SELECT incident, last_ms FROM incident_clues"
                      + " WHERE domain = :domain AND clue = :clue")
              .bind("domain", domain)
              .bind("clue", clue.text())
              .map(
                  (row, context) ->
                      new Grouping.Shared(
                          row.getLong("incident"), clue.kind(), row.getLong("last_ms")))
              .list());
    }
    Grouping.Plan plan = Grouping.plan(seen, shared);
    long incident = plan.into().orElseGet(() -> open(handle, domain));
    for (long other : plan.merged()) {
      merge(handle, other, incident);
    }
    handle.execute(
        "INSERT INTO incident_findings (finding, incident) VALUES (?, ?)", finding.id(), incident);
    for (Clue clue : clues) {
      handle.execute(
          "INSERT INTO incident_clues (domain, clue, incident, last_ms) VALUES (?, ?, ?, ?)"
              + " ON CONFLICT (domain, clue, incident)"
              + " DO UPDATE SET last_ms = max(last_ms, excluded.last_ms)",
          domain,
          clue.text(),
          incident,
          seen);
    }
    int reopened =
        handle.execute(
            "UPDATE incidents SET state = 'open', verdict = NULL"
                + " WHERE id = ? AND state = 'closed'",
            incident);
    if (reopened > 0) {
      note(
          handle, incident, "monitor", Change.REOPEN, "finding " + finding.id() + " belongs to it");
    }
  }

  private long open(Handle handle, String domain) {
    return handle
        .createUpdate(
            "INSERT INTO incidents (domain, state, opened_ms) VALUES (:domain, 'open', :now)")
        .bind("domain", domain)
        .bind("now", clock.millis())
        .executeAndReturnGeneratedKeys("id")
        .mapTo(Long.class)
        .one();
  }

  private void merge(Handle handle, long from, long into) {
    handle.execute("UPDATE incident_findings SET incident = ? WHERE incident = ?", into, from);
    handle.execute(
        "INSERT INTO incident_clues (domain, clue, incident, last_ms)"
            + " SELECT domain, clue, ?, last_ms FROM incident_clues WHERE incident = ?"
            + " ON CONFLICT (domain, clue, incident)"
            + " DO UPDATE SET last_ms = max(last_ms, excluded.last_ms)",
        into,
        from);
    handle.execute("DELETE FROM incident_clues WHERE incident = ?", from);
    handle.execute(
        "UPDATE incidents SET state = 'merged', merged_into = ? WHERE id = ?", into, from);
    note(handle, into, "monitor", Change.NOTE, "incident " + from + " is the same, and is merged");
  }

  /** Puts a finding, with all that its incident has, into another incident of its domain. */
  void join(long finding, long incident, String domain, String by) throws FormatException {
    boolean isJoined =
        database.inTransaction(
            handle -> {
              long into = resolved(handle, incident);
              if (find(into, Optional.of(domain)).isEmpty()) {
                return false;
              }
              Optional<Long> from =
                  handle
                      .createQuery("SELECT incident FROM incident_findings WHERE finding = :id")
                      .bind("id", finding)
                      .mapTo(Long.class)
                      .findOne();
              if (from.isEmpty()) {
                handle.execute(
                    "INSERT INTO incident_findings (finding, incident) VALUES (?, ?)",
                    finding,
                    into);
              } else if (from.get() != into) {
                merge(handle, from.get(), into);
              }
              note(handle, into, by, Change.NOTE, "finding " + finding + " is linked to it");
              return true;
            });
    if (!isJoined) {
      throw new FormatException("there is no incident " + incident);
    }
  }

  private void note(Handle handle, long incident, String by, Change what, String text) {
    handle.execute(
        "INSERT INTO incident_notes (incident, at_ms, author, what, text) VALUES (?, ?, ?, ?, ?)",
        incident,
        clock.millis(),
        by,
        what.text(),
        text);
  }

  /** Incidents, the newest first. */
  public List<JsonObject> list(Optional<String> domain, boolean all) {
    return list(domain, Optional.empty(), all);
  }

  /**
   * Incidents, the newest first.
   *
   * @param domain only of this trust domain
   * @param tenant only what names this tenant: what others have in them is neither counted nor told
   * @param all also closed ones
   */
  public List<JsonObject> list(Optional<String> domain, Optional<String> tenant, boolean all) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    ROWS
                        + " WHERE i.state IN ('open', :also) AND (:domain = '' OR i.domain = :domain)"
                        + OF_TENANT
                        + " GROUP BY i.id ORDER BY i.id DESC LIMIT :most")
                .bind("also", all ? "closed" : "open")
                .bind("domain", domain.orElse(""))
                .bind("tenant", tenant.orElse(""))
                .bind("most", LIST_MAX)
                .map(IncidentStore::shown)
                .map(row -> tenant.isPresent() ? row.without("owner") : row)
                .list());
  }

  /** The same of every tenant. */
  public Optional<JsonObject> find(long id, Optional<String> domain) {
    return find(id, domain, Optional.empty());
  }

  /**
   * An incident with what was written about it, the first first; the one that took it in where it
   * was merged.
   *
   * @param domain only of this trust domain
   * @param tenant only what names this tenant, and nothing that operators wrote
   */
  public Optional<JsonObject> find(long id, Optional<String> domain, Optional<String> tenant) {
    return database.inTransaction(
        handle -> {
          long one = resolved(handle, id);
          return handle
              .createQuery(
                  ROWS
                      + " WHERE i.id = :id AND (:domain = '' OR i.domain = :domain)"
                      + OF_TENANT
                      + " GROUP BY i.id")
              .bind("id", one)
              .bind("domain", domain.orElse(""))
              .bind("tenant", tenant.orElse(""))
              .map(IncidentStore::shown)
              .findOne()
              .map(
                  row ->
                      tenant.isPresent()
                          ? row.without("owner")
                          : row.with("notes", notes(handle, one))
                              .with("playbooks", PlaybookRuns.of(handle, one)));
        });
  }

  private static long resolved(Handle handle, long id) {
    long one = id;
    for (Optional<Long> next = Optional.of(id); next.isPresent(); ) {
      one = next.get();
      next =
          handle
              .createQuery("SELECT merged_into FROM incidents WHERE id = :id AND merged_into > 0")
              .bind("id", one)
              .mapTo(Long.class)
              .findOne();
    }
    return one;
  }

  private static List<JsonObject> notes(Handle handle, long incident) {
    return handle
        .createQuery("SELECT * FROM incident_notes WHERE incident = :incident ORDER BY id")
        .bind("incident", incident)
        .map(
            (row, context) ->
                JsonObject.builder()
                    .put("at_ms", row.getLong("at_ms"))
                    .put("author", row.getString("author"))
                    .put("what", row.getString("what"))
                    .put("text", row.getString("text"))
                    .build())
        .list();
  }

  /** The findings of an incident after an id, in order: at most {@link FindingStore#PAGE_MAX}. */
  List<JsonObject> findings(long incident, Optional<String> tenant, long after) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT f.* FROM incident_findings l JOIN findings f ON f.id = l.finding"
                        + " WHERE l.incident = :incident AND f.id > :after"
                        + OF_TENANT
                        + " ORDER BY f.id LIMIT :most")
                .bind("incident", incident)
                .bind("tenant", tenant.orElse(""))
                .bind("after", after)
                .bind("most", FindingStore.PAGE_MAX)
                .map((row, context) -> FindingStore.kept(row, context).json())
                .list());
  }

  /**
   * Changes an incident.
   *
   * @param by who does it
   * @param text the owner's name, a note, or a verdict with what is to be said of it
   * @throws FormatException when there is no such incident, or it is not in the state for it
   */
  public void change(long id, Change change, String by, String text) throws FormatException {
    change(id, Optional.empty(), change, by, text);
  }

  /** The same of one trust domain's alone. */
  public void change(long id, Optional<String> domain, Change change, String by, String text)
      throws FormatException {
    String said = text.strip();
    if (said.length() > TEXT_MAX || (said.isEmpty() && change != Change.REOPEN)) {
      throw new FormatException("a text has 1 to " + TEXT_MAX + " characters");
    }
    String verdict = said.split(" ", 2)[0];
    if (change == Change.CLOSE && !VERDICTS.contains(verdict)) {
      throw new FormatException("an incident is closed as " + String.join(", ", VERDICTS));
    }
    boolean isChanged =
        database.inTransaction(
            handle -> {
              long one = resolved(handle, id);
              if (domain.isPresent() && find(one, domain).isEmpty()) {
                return false;
              }
              int rows =
                  switch (change) {
                    case OWN ->
                        handle.execute("UPDATE incidents SET owner = ? WHERE id = ?", said, one);
                    case NOTE -> handle.execute("UPDATE incidents SET id = id WHERE id = ?", one);
                    case CLOSE ->
                        handle.execute(
                            "UPDATE incidents SET state = 'closed', verdict = ?"
                                + " WHERE id = ? AND state = 'open'",
                            verdict,
                            one);
                    case REOPEN ->
                        handle.execute(
                            "UPDATE incidents SET state = 'open', verdict = NULL"
                                + " WHERE id = ? AND state = 'closed'",
                            one);
                  };
              if (rows > 0) {
                note(handle, one, by, change, said);
              }
              return rows > 0;
            });
    if (!isChanged) {
      throw new FormatException(
          "there is no incident " + id + ", or it is not in the state for that: see incident list");
    }
  }

  private static JsonObject shown(ResultSet row, StatementContext context) throws SQLException {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("id", row.getLong("id"))
            .put("domain", row.getString("domain"))
            .put("state", row.getString("state"))
            .put("severity", SEVERITIES.get(row.getInt("worst")))
            .put("owner", row.getString("owner"))
            .put("verdict", row.getString("verdict"))
            .put("opened_at_ms", row.getLong("opened_ms"))
            .put("first_seen_ms", row.getLong("first_ms"))
            .put("last_seen_ms", row.getLong("last_ms"))
            .put("findings", row.getLong("findings"))
            .put("open_findings", row.getLong("open_findings"))
            .put("kinds", List.of(row.getString("kinds").split(",")));
    return json.build();
  }
}
