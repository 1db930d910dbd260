package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Ask;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Button;
import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Fact;
import dev.counterfoil.pages.ConsolePage.Facts;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.ConsolePage.Points;
import dev.counterfoil.pages.ConsolePage.Rows;
import dev.counterfoil.pages.ConsolePage.Say;
import dev.counterfoil.pages.ConsolePage.Text;
import dev.counterfoil.pages.Sheet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The desk where statements are written, as operators read it: the claims of an incident beside the
 * documents that come of them. Pure.
 */
public final class DeskView {
  private static final int ROWS_MAX = 200;

  private DeskView() {}

  /** All incidents that were taken over, and what is due. */
  public static ShownPage list(Sheet sheet, JsonObject answer) {
    List<JsonObject> due = Members.objects(answer, "due");
    List<JsonObject> incidents = Members.objects(answer, "incidents");
    long late = due.stream().filter(one -> Members.truth(one, "late")).count();
    return new ShownPage(
        sheet.say("console.desk"),
        answer,
        List.of(
            new Say(
                sheet.say("console.desk.sentence", incidents.size(), due.size(), late), List.of()),
            new Rows(
                "desk",
                sheet.say("console.incidents"),
                List.of(
                    sheet.say("console.incident"),
                    sheet.say("console.severity"),
                    sheet.say("console.desk.claims"),
                    sheet.say("console.desk.versions"),
                    sheet.say("console.notices")),
                incidents.reversed().stream().limit(ROWS_MAX).map(one -> row(sheet, one)).toList(),
                sheet.say("console.desk.none"),
                Optional.empty()),
            clocks(sheet, due)));
  }

  private static List<List<Cell>> row(Sheet sheet, JsonObject incident) {
    String id = Members.text(incident, "id");
    return List.of(
        List.of(Cell.of(Look.STRONG, id).to("/desk/" + MonitorReads.part(id))),
        List.of(Cells.severity(sheet, Members.text(incident, "severity"))),
        List.of(Cells.number(Members.number(incident, "claims"))),
        List.of(Cells.number(Members.number(incident, "versions"))),
        List.of(Cells.number(Members.number(incident, "notices"))));
  }

  /**
   * One incident with one of its documents.
   *
   * @param answer what the disclosure process says of it
   */
  public static ShownPage one(Sheet sheet, JsonObject answer) {
    String id = Members.text(answer, "incident");
    String path = "/desk/" + MonitorReads.part(id);
    List<JsonObject> contradictions = Members.objects(answer, "contradictions");
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Say(sheet.say("console.desk.not-sent"), approvals(sheet, answer)));
    blocks.add(claims(sheet, Members.objects(answer, "claims"), contradictions));
    blocks.add(
        new Text(
            "document",
            sheet.say("console.desk.document", Members.text(answer, "document")),
            Members.text(answer, "content")));
    blocks.add(contradictions(sheet, contradictions));
    List<String> objections = Members.texts(answer, "objections");
    if (!objections.isEmpty()) {
      blocks.add(new Points("objections", sheet.say("console.desk.objections"), objections));
    }
    blocks.add(clocks(sheet, Members.objects(answer, "due")));
    blocks.add(documents(sheet, answer, path));
    blocks.add(
        new Ask(
            "approve",
            sheet.say("console.desk.approve"),
            path,
            List.of(),
            new Button(
                sheet.say("console.desk.approve.button"),
                "draft",
                Members.text(answer, "draft"),
                true)));
    return new ShownPage(sheet.say("console.desk.title", id), answer, blocks);
  }

  private static List<Cell> approvals(Sheet sheet, JsonObject answer) {
    List<String> approvers = Members.texts(answer, "approved_by");
    return approvers.isEmpty()
        ? List.of(Cell.of(Look.WARN, sheet.say("console.desk.approved.none")))
        : approvers.stream()
            .map(one -> Cell.of(Look.OK, sheet.say("console.desk.approved", one)))
            .toList();
  }

  private static Rows claims(
      Sheet sheet, List<JsonObject> claims, List<JsonObject> contradictions) {
    return new Rows(
        "claims",
        sheet.say("console.desk.claims"),
        List.of(
            "#",
            sheet.say("console.state"),
            sheet.say("console.text"),
            sheet.say("console.evidence"),
            sheet.say("console.who")),
        claims.stream().map(one -> claim(sheet, one, contradictions)).toList(),
        sheet.say("console.desk.claims.none"),
        Optional.empty());
  }

  private static List<List<Cell>> claim(
      Sheet sheet, JsonObject claim, List<JsonObject> contradictions) {
    String id = Members.text(claim, "id");
    List<Cell> state = new ArrayList<>();
    String is = Members.text(claim, "state");
    state.add(Cell.of(is.equals("confirmed") ? Look.OK : Look.TAG, is));
    if (Members.truth(claim, "overdue")) {
      state.add(Cell.of(Look.WARN, sheet.say("console.desk.overdue")));
    }
    Pattern named = Pattern.compile("\\b" + Pattern.quote(id) + "\\b");
    if (contradictions.stream()
        .anyMatch(
            one ->
                named
                    .matcher(Members.text(one, "where") + " " + Members.text(one, "what"))
                    .find())) {
      state.add(Cell.of(Look.BAD, sheet.say("console.desk.contradicted")));
    }
    List<Cell> text = new ArrayList<>(List.of(Cells.plain(Members.text(claim, "text"))));
    if (!Members.text(claim, "reason").isEmpty()) {
      text.add(Cells.soft(Members.text(claim, "reason")));
    }
    return List.of(
        List.of(
            Cell.of(Look.STRONG, id),
            Cells.soft(sheet.say("console.desk.version") + " " + Members.number(claim, "version"))),
        state,
        text,
        Members.texts(claim, "evidence").isEmpty()
            ? List.of(Cells.plain("–"))
            : Members.texts(claim, "evidence").stream().map(Cells::plain).toList(),
        List.of(
            Cells.plain(Members.text(claim, "author")), Cells.utc(Members.number(claim, "at_ms"))));
  }

  private static Rows contradictions(Sheet sheet, List<JsonObject> contradictions) {
    return new Rows(
        "contradictions",
        sheet.say("console.desk.contradictions"),
        List.of(sheet.say("console.desk.where"), sheet.say("console.what")),
        contradictions.stream()
            .limit(ROWS_MAX)
            .map(
                one ->
                    List.of(
                        List.of(Cell.of(Look.BAD, Members.text(one, "where"))),
                        List.of(Cells.plain(Members.text(one, "what")))))
            .toList(),
        sheet.say("console.desk.contradictions.none"),
        Optional.empty());
  }

  private static Rows clocks(Sheet sheet, List<JsonObject> due) {
    return new Rows(
        "clocks",
        sheet.say("console.desk.due"),
        List.of(
            "UTC",
            sheet.say("console.incident"),
            sheet.say("console.what"),
            sheet.say("console.desk.to")),
        due.stream().limit(ROWS_MAX).map(one -> clock(sheet, one)).toList(),
        sheet.say("console.desk.due.none"),
        Optional.empty());
  }

  private static List<List<Cell>> clock(Sheet sheet, JsonObject due) {
    List<Cell> when = new ArrayList<>(List.of(Cell.of(Look.TIME, Members.text(due, "due"))));
    if (Members.truth(due, "late")) {
      when.add(Cell.of(Look.BAD, sheet.say("console.desk.late")));
    }
    List<Cell> what = new ArrayList<>();
    what.add(Cell.of(Look.STRONG, Members.text(due, "rule") + "/" + Members.text(due, "stage")));
    what.add(Cells.plain(Members.text(due, "form")));
    what.add(Cells.soft(Members.text(due, "started_by")));
    List<String> missing = Members.texts(due, "missing");
    if (!missing.isEmpty()) {
      what.add(Cell.of(Look.WARN, sheet.say("console.desk.missing", String.join(", ", missing))));
    }
    return List.of(
        when,
        List.of(Cells.plain(Members.text(due, "incident"))),
        what,
        List.of(Cells.plain(Members.text(due, "to"))));
  }

  private static Facts documents(Sheet sheet, JsonObject answer, String path) {
    List<Cell> links =
        Members.texts(answer, "documents").stream()
            .limit(ROWS_MAX)
            .map(name -> Cells.plain(name).to(path + "?document=" + MonitorReads.part(name)))
            .toList();
    return new Facts(
        "documents",
        sheet.say("console.desk.documents"),
        List.of(
            new Fact(sheet.say("console.desk.draft"), links),
            Cells.fact(
                sheet, "console.desk.version", Cells.number(Members.number(answer, "version")))));
  }
}
