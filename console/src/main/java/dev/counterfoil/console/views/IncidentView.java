package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Ask;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Button;
import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Field;
import dev.counterfoil.pages.ConsolePage.Figure;
import dev.counterfoil.pages.ConsolePage.Figures;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.ConsolePage.Points;
import dev.counterfoil.pages.ConsolePage.Rows;
import dev.counterfoil.pages.ConsolePage.Say;
import dev.counterfoil.pages.Sheet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The overview, incidents, and one incident: what happened, whom it touched, what is not known. */
public final class IncidentView {
  /** Rows of one table: the JSON has all of them. */
  private static final int ROWS_MAX = 60;

  private IncidentView() {}

  /** The first page: what is open. */
  public static ShownPage overview(Sheet sheet, JsonObject incidents, JsonObject findings) {
    List<JsonObject> open = Members.objects(incidents, "incidents");
    List<JsonObject> newest = Members.objects(findings, "findings").stream().limit(10).toList();
    long unowned = open.stream().filter(one -> Members.text(one, "owner").isEmpty()).count();
    long grave =
        open.stream()
            .filter(one -> Set.of("high", "critical").contains(Members.text(one, "severity")))
            .count();
    long inThem = open.stream().mapToLong(one -> Members.number(one, "open_findings")).sum();
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Say(
            open.isEmpty()
                ? sheet.say("console.overview.quiet")
                : sheet.say("console.overview.sentence", open.size(), grave),
            List.of()));
    blocks.add(
        new Figures(
            List.of(
                figure(sheet, "console.open-incidents", open.size(), ""),
                figure(sheet, "console.grave", grave, ""),
                figure(sheet, "console.unowned", unowned, ""),
                figure(sheet, "console.open-findings", inThem, ""))));
    blocks.add(rows(sheet, open, "console.incidents.open"));
    blocks.add(FindingView.rows(sheet, newest, Optional.empty()));
    return new ShownPage(
        sheet.say("console.overview"),
        JsonObject.builder().put("incidents", open).put("findings", newest).build(),
        blocks);
  }

  /** All incidents. */
  public static ShownPage list(Sheet sheet, JsonObject incidents) {
    List<JsonObject> all = Members.objects(incidents, "incidents");
    long open = all.stream().filter(one -> Members.text(one, "state").equals("open")).count();
    return new ShownPage(
        sheet.say("console.incidents"),
        incidents,
        List.of(
            new Say(sheet.say("console.incidents.sentence", all.size(), open), List.of()),
            rows(sheet, all, "console.incidents")));
  }

  private static Figure figure(Sheet sheet, String key, long value, String note) {
    return new Figure(sheet.say(key), Long.toString(value), note);
  }

  private static Rows rows(Sheet sheet, List<JsonObject> incidents, String heading) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    for (JsonObject one : incidents.stream().limit(ROWS_MAX).toList()) {
      String id = Members.text(one, "id");
      rows.add(
          List.of(
              List.of(Cell.of(Look.STRONG, FindingView.incident(id)).to("/incidents/" + id)),
              List.of(
                  Cells.utc(Members.number(one, "last_seen_ms")),
                  Cells.ago(sheet, Members.number(one, "last_seen_ms"))),
              List.of(Cells.plain(String.join(", ", Members.texts(one, "kinds")))),
              List.of(Cells.severity(sheet, Members.text(one, "severity"))),
              List.of(Cells.number(Members.number(one, "findings"))),
              List.of(Cells.state(sheet, Members.text(one, "state")), owner(sheet, one))));
    }
    return new Rows(
        "incidents",
        sheet.say(heading),
        List.of(
            sheet.say("console.incident"),
            sheet.say("console.last-seen"),
            sheet.say("console.what"),
            sheet.say("console.severity"),
            sheet.say("console.findings"),
            sheet.say("console.state")),
        rows,
        sheet.say("console.incidents.none"),
        more(sheet, incidents.size()));
  }

  private static Cell owner(Sheet sheet, JsonObject incident) {
    String owner = Members.text(incident, "owner");
    return Cells.soft(owner.isEmpty() ? sheet.say("console.nobody") : owner);
  }

  /**
   * One incident.
   *
   * @param mayChange whether the person runs the trust domain
   * @param me the person's name
   */
  public static ShownPage one(Sheet sheet, JsonObject incident, boolean mayChange, String me) {
    String id = Members.text(incident, "id");
    List<JsonObject> tokens = Members.objects(incident, "tokens");
    List<String> unknown = Members.texts(incident, "not_known");
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Say(
            sentence(sheet, incident, tokens),
            List.of(
                Cells.severity(sheet, Members.text(incident, "severity")),
                Cells.state(sheet, Members.text(incident, "state")),
                owner(sheet, incident))));
    String bound = unknown.isEmpty() ? "" : sheet.say("console.at-least");
    blocks.add(
        new Figures(
            List.of(
                figure(
                    sheet,
                    "console.tenants-touched",
                    Members.texts(incident, "touched", "tenants").size(),
                    bound),
                figure(
                    sheet,
                    "console.people-touched",
                    Members.texts(incident, "touched", "subjects").size(),
                    bound),
                figure(
                    sheet,
                    "console.items-touched",
                    Members.number(incident, "touched", "items"),
                    bound),
                figure(sheet, "console.not-known", unknown.size(), ""))));
    blocks.add(timeline(sheet, incident));
    blocks.add(
        new Points(
            "not-known",
            sheet.say("console.not-known"),
            unknown.isEmpty() ? List.of(sheet.say("console.all-known")) : unknown));
    blocks.add(touched(sheet, incident));
    blocks.add(tokens(sheet, tokens));
    Set<String> keys = new LinkedHashSet<>();
    Members.objects(incident, "timeline").forEach(one -> keys.add(Members.text(one, "kid")));
    keys.remove("");
    if (mayChange && !keys.isEmpty()) {
      blocks.add(containment(sheet, keys));
    }
    if (mayChange) {
      blocks.add(playbooks(sheet, incident));
      blocks.add(notes(sheet, incident));
      blocks.addAll(
          asks(sheet, "/incidents/" + id, Members.text(incident, "state").equals("open"), me));
    }
    return new ShownPage(FindingView.incident(id), incident, blocks);
  }

  private static String sentence(Sheet sheet, JsonObject incident, List<JsonObject> tokens) {
    if (tokens.isEmpty()) {
      return Members.objects(incident, "timeline").stream()
          .map(one -> Members.text(one, "summary"))
          .findFirst()
          .orElse("");
    }
    Set<String> services = new LinkedHashSet<>();
    tokens.forEach(token -> services.addAll(Members.texts(token, "services")));
    long accepted = tokens.stream().filter(token -> Members.number(token, "accepted") > 0).count();
    return sheet.say("console.incident.sentence", tokens.size(), services.size(), accepted);
  }

  private static Rows timeline(Sheet sheet, JsonObject incident) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    List<JsonObject> all = Members.objects(incident, "timeline");
    for (JsonObject one : all.stream().limit(ROWS_MAX).toList()) {
      String id = Members.text(one, "id");
      rows.add(
          List.of(
              List.of(Cells.utc(Members.number(one, "first_seen_ms"))),
              List.of(
                  Cells.severity(sheet, Members.text(one, "severity")),
                  Cell.of(Look.STRONG, Members.text(one, "kind")),
                  Cells.plain(Members.text(one, "summary"))),
              List.of(Cells.plain(sheet.say("console.finding.title", id)).to("/findings/" + id))));
    }
    return new Rows(
        "timeline",
        sheet.say("console.happened"),
        List.of("UTC", sheet.say("console.what"), sheet.say("console.evidence")),
        rows,
        sheet.say("console.findings.none"),
        more(sheet, all.size()));
  }

  private static Optional<Cell> more(Sheet sheet, int all) {
    return all > ROWS_MAX
        ? Optional.of(Cells.soft(sheet.say("console.more-in-json", all - ROWS_MAX)))
        : Optional.empty();
  }

  private static Rows touched(Sheet sheet, JsonObject incident) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    List<JsonObject> all = Members.objects(incident, "touched", "entities");
    for (JsonObject one : all.stream().limit(ROWS_MAX).toList()) {
      rows.add(
          List.of(
              List.of(Cells.id(Members.text(one, "entity"))),
              List.of(Cells.plain(Members.text(one, "tenant"))),
              List.of(Cells.number(Members.number(one, "events"))),
              List.of(Cells.number(Members.number(one, "items"))),
              List.of(
                  Cells.utc(Members.number(one, "first_ms")),
                  Cells.utc(Members.number(one, "last_ms")))));
    }
    return new Rows(
        "touched",
        sheet.say("console.touched"),
        List.of(
            sheet.say("console.opened"),
            sheet.say("console.tenant"),
            sheet.say("console.events"),
            sheet.say("console.items"),
            sheet.say("console.from-to")),
        rows,
        sheet.say("console.touched.none"),
        more(sheet, all.size()));
  }

  private static Rows tokens(Sheet sheet, List<JsonObject> tokens) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    for (JsonObject one : tokens.stream().limit(ROWS_MAX).toList()) {
      String name = Members.text(one, "token");
      rows.add(
          List.of(
              List.of(Cells.id(name.isEmpty() ? Members.text(one, "digest") : name)),
              Cells.ids(Members.texts(one, "subjects")),
              List.of(Cells.plain(String.join(", ", Members.texts(one, "tenants")))),
              List.of(Cells.plain(String.join(", ", Members.texts(one, "services")))),
              List.of(
                  Cell.of(
                      Members.number(one, "accepted") > 0 ? Look.BAD : Look.TAG,
                      sheet.say("console.accepted", Members.number(one, "accepted"))),
                  Cell.of(Look.OK, sheet.say("console.refused", Members.number(one, "refused")))),
              List.of(Cells.utc(Members.number(one, "first_ms")))));
    }
    return new Rows(
        "tokens",
        sheet.say("console.tokens"),
        List.of(
            sheet.say("console.token"),
            sheet.say("console.person"),
            sheet.say("console.tenant"),
            sheet.say("console.presenter"),
            sheet.say("console.outcome"),
            sheet.say("console.first-seen")),
        rows,
        sheet.say("console.tokens.none"),
        more(sheet, tokens.size()));
  }

  private static Rows containment(Sheet sheet, Set<String> keys) {
    return new Rows(
        "keys",
        sheet.say("console.keys"),
        List.of(sheet.say("console.key"), sheet.say("console.containment")),
        keys.stream()
            .limit(ROWS_MAX)
            .map(
                kid ->
                    List.of(
                        List.of(Cells.id(kid)),
                        List.of(
                            Cells.plain(sheet.say("console.containment.who"))
                                .to("/containment?kid=" + MonitorReads.part(kid)))))
            .toList(),
        "",
        more(sheet, keys.size()));
  }

  /** What playbooks did about it, and what they have still to do. */
  private static Rows playbooks(Sheet sheet, JsonObject incident) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    for (JsonObject run : Members.objects(incident, "playbooks")) {
      for (JsonObject step : Members.objects(run, "steps")) {
        String state = Members.text(step, "state");
        rows.add(
            List.of(
                List.of(
                    Cells.plain(Members.text(run, "playbook")),
                    Cells.soft(Members.text(run, "run") + ": " + Members.text(run, "state"))),
                List.of(
                    Cells.plain(Members.text(step, "action")),
                    Cells.id(Members.text(step, "target"))),
                List.of(
                    Cell.of(
                        state.equals("done")
                            ? Look.OK
                            : state.equals("failed") ? Look.BAD : Look.TAG,
                        state.equals("planned") ? sheet.say("console.to-do") : state))));
      }
    }
    return new Rows(
        "playbooks",
        sheet.say("console.playbooks"),
        List.of(
            sheet.say("console.playbook"), sheet.say("console.step"), sheet.say("console.state")),
        rows.stream().limit(ROWS_MAX).toList(),
        sheet.say("console.playbooks.none"),
        more(sheet, rows.size()));
  }

  private static Rows notes(Sheet sheet, JsonObject incident) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    List<JsonObject> all = Members.objects(incident, "notes");
    for (JsonObject one : all.subList(Math.max(0, all.size() - ROWS_MAX), all.size())) {
      String key = "console.did." + Members.text(one, "what");
      rows.add(
          List.of(
              List.of(Cells.utc(Members.number(one, "at_ms"))),
              List.of(Cells.plain(Members.text(one, "author"))),
              List.of(
                  Cell.of(
                      Look.TAG,
                      sheet.messages().has(key) ? sheet.say(key) : Members.text(one, "what"))),
              List.of(Cells.plain(Members.text(one, "text")))));
    }
    return new Rows(
        "notes",
        sheet.say("console.notes"),
        List.of(
            "UTC", sheet.say("console.who"), sheet.say("console.did"), sheet.say("console.text")),
        rows,
        sheet.say("console.notes.none"),
        more(sheet, all.size()));
  }

  private static List<Block> asks(Sheet sheet, String action, boolean isOpen, String me) {
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Ask(
            "own",
            sheet.say("console.own"),
            action,
            List.of(
                Field.text("text", sheet.say("console.owner"), sheet.say("console.own.help"), me)),
            new Button(sheet.say("console.own.button"), "do", "own", true)));
    blocks.add(
        new Ask(
            "note",
            sheet.say("console.note"),
            action,
            List.of(
                Field.text("text", sheet.say("console.text"), sheet.say("console.note.help"), "")),
            new Button(sheet.say("console.note.button"), "do", "note", false)));
    if (isOpen) {
      Map<String, String> verdicts = new LinkedHashMap<>();
      for (String verdict : List.of("resolved", "false-alarm", "test")) {
        verdicts.put(verdict, sheet.say("console.verdict." + verdict));
      }
      blocks.add(
          new Ask(
              "close",
              sheet.say("console.close"),
              action,
              List.of(
                  new Field(
                      "verdict",
                      sheet.say("console.verdict"),
                      sheet.say("console.close.help"),
                      "resolved",
                      verdicts,
                      Optional.empty()),
                  Field.text(
                      "text", sheet.say("console.text"), sheet.say("console.note.help"), "")),
              new Button(sheet.say("console.close.button"), "do", "close", false)));
    } else {
      blocks.add(
          new Ask(
              "reopen",
              sheet.say("console.reopen"),
              action,
              List.of(
                  Field.text(
                      "text", sheet.say("console.text"), sheet.say("console.note.help"), "")),
              new Button(sheet.say("console.reopen.button"), "do", "reopen", false)));
    }
    return blocks;
  }
}
