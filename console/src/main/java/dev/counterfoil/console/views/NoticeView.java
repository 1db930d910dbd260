package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Ask;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Button;
import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Fact;
import dev.counterfoil.pages.ConsolePage.Facts;
import dev.counterfoil.pages.ConsolePage.Field;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.ConsolePage.Points;
import dev.counterfoil.pages.ConsolePage.Rows;
import dev.counterfoil.pages.ConsolePage.Say;
import dev.counterfoil.pages.Sheet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a tenant was told, as its people read it. Pure. */
public final class NoticeView {
  private NoticeView() {}

  /** All notices to the tenant, the newest first. */
  public static ShownPage list(Sheet sheet, JsonObject answer) {
    List<JsonObject> notices = Members.objects(answer, "notices");
    List<List<List<Cell>>> rows = new ArrayList<>();
    for (JsonObject one : notices) {
      String code = Members.text(one, "code");
      rows.add(
          List.of(
              List.of(Cells.utc(Members.number(one, "at_ms"))),
              List.of(
                  Cell.of(Look.STRONG, code).to("/notices/" + code),
                  Cells.plain(Members.text(one, "advice"))),
              List.of(Cells.plain(Members.text(one, "incident"))),
              replaced(one).isEmpty()
                  ? List.of(acknowledged(sheet, one))
                  : List.of(replacement(sheet, one))));
    }
    return new ShownPage(
        sheet.say("console.notices"),
        answer,
        List.of(
            new Say(
                notices.isEmpty()
                    ? sheet.say("console.notices.none")
                    : sheet.say("console.notices.sentence", notices.size()),
                List.of()),
            new Rows(
                "notices",
                sheet.say("console.notices"),
                List.of(
                    "UTC",
                    sheet.say("console.notice.code"),
                    sheet.say("console.incident"),
                    sheet.say("console.state")),
                rows,
                sheet.say("console.notices.none"),
                Optional.empty())));
  }

  private static Cell acknowledged(Sheet sheet, JsonObject notice) {
    String by = Members.text(notice, "acknowledged_by");
    return by.isEmpty()
        ? Cell.of(Look.WARN, sheet.say("console.notice.waits"))
        : Cell.of(Look.OK, sheet.say("console.notice.read-by", by));
  }

  private static String replaced(JsonObject notice) {
    return Members.text(notice, "replaced_by");
  }

  /** Where the later word stands. */
  private static Cell replacement(Sheet sheet, JsonObject notice) {
    String later = replaced(notice);
    return Cell.of(Look.WARN, sheet.say("console.notice.replaced", later)).to("/notices/" + later);
  }

  /** One of them by its check code; empty where the tenant has none of it. */
  public static Optional<ShownPage> one(Sheet sheet, JsonObject answer, String code) {
    return Members.objects(answer, "notices").stream()
        .filter(notice -> Members.text(notice, "code").equals(code))
        .findFirst()
        .map(notice -> one(sheet, notice, Members.text(answer, "place"), code));
  }

  private static ShownPage one(Sheet sheet, JsonObject notice, String place, String code) {
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Say(
            Members.text(notice, "advice"),
            replaced(notice).isEmpty()
                ? List.of(acknowledged(sheet, notice))
                : List.of(replacement(sheet, notice), acknowledged(sheet, notice))));
    List<Fact> facts = new ArrayList<>();
    facts.add(
        Cells.fact(
            sheet,
            "console.notice.code",
            Cell.of(Look.STRONG, code),
            Cells.soft(sheet.say("console.notice.compare", place))));
    facts.add(
        Cells.fact(
            sheet,
            "console.incident",
            Cells.plain(Members.text(notice, "incident"))
                .to("/incidents/" + MonitorReads.part(Members.text(notice, "incident")))));
    facts.add(
        Cells.fact(sheet, "console.notice.signed", Cells.utc(Members.number(notice, "at_ms"))));
    facts.add(
        Cells.fact(
            sheet, "console.notice.next-word", Cells.utc(Members.number(notice, "next_word_ms"))));
    blocks.add(new Facts("notice", sheet.say("console.notice.title", code), facts));
    blocks.add(accounts(sheet, Members.objects(notice, "accounts")));
    points(blocks, sheet, notice, "touched", "console.touched");
    points(blocks, sheet, notice, "not_known", "console.not-known");
    points(blocks, sheet, notice, "evidence", "console.evidence");
    points(blocks, sheet, notice, "keys", "console.notice.keys");
    blocks.add(questions(sheet, Members.objects(notice, "questions")));
    String action = "/notices/" + code;
    if (Members.text(notice, "acknowledged_by").isEmpty()) {
      blocks.add(
          new Ask(
              "acknowledge",
              sheet.say("console.notice.acknowledge"),
              action,
              List.of(),
              new Button(sheet.say("console.notice.acknowledge.button"), "do", "read", true)));
    }
    blocks.add(
        new Ask(
            "question",
            sheet.say("console.notice.ask"),
            action,
            List.of(
                Field.text(
                    "text",
                    sheet.say("console.notice.question"),
                    sheet.say("console.notice.ask.help"),
                    "")),
            new Button(sheet.say("console.notice.ask.button"), "do", "ask", false)));
    return new ShownPage(sheet.say("console.notice.title", code), notice, blocks);
  }

  private static Rows accounts(Sheet sheet, List<JsonObject> accounts) {
    return new Rows(
        "accounts",
        sheet.say("console.notice.accounts"),
        List.of(
            sheet.say("console.person"),
            sheet.say("console.outcome"),
            sheet.say("console.presenter"),
            sheet.say("console.first-seen"),
            sheet.say("console.last-seen")),
        accounts.stream()
            .map(
                one ->
                    List.of(
                        List.of(Cells.id(Members.text(one, "subject"))),
                        List.of(
                            Cell.of(
                                Members.number(one, "accepted") > 0 ? Look.BAD : Look.OK,
                                sheet.say("console.accepted", Members.number(one, "accepted")))),
                        List.of(Cells.plain(String.join(", ", Members.texts(one, "services")))),
                        List.of(Cells.utc(Members.number(one, "first_seen_at_ms"))),
                        List.of(Cells.utc(Members.number(one, "last_seen_at_ms")))))
            .toList(),
        sheet.say("console.notice.accounts.none"),
        Optional.empty());
  }

  private static void points(
      List<Block> blocks, Sheet sheet, JsonObject notice, String member, String heading) {
    List<String> all = Members.texts(notice, member);
    if (!all.isEmpty()) {
      blocks.add(new Points(member.replace('_', '-'), sheet.say(heading), all));
    }
  }

  private static Rows questions(Sheet sheet, List<JsonObject> questions) {
    return new Rows(
        "questions",
        sheet.say("console.notice.questions"),
        List.of(
            "UTC",
            sheet.say("console.who"),
            sheet.say("console.notice.question"),
            sheet.say("console.notice.answer")),
        questions.stream()
            .map(
                one ->
                    List.of(
                        List.of(Cells.utc(Members.number(one, "at_ms"))),
                        List.of(Cells.plain(Members.text(one, "person"))),
                        List.of(Cells.plain(Members.text(one, "text"))),
                        answer(sheet, one)))
            .toList(),
        sheet.say("console.notice.questions.none"),
        Optional.empty());
  }

  private static List<Cell> answer(Sheet sheet, JsonObject question) {
    String answer = Members.text(question, "answer");
    return answer.isEmpty()
        ? List.of(
            Cell.of(Look.WARN, sheet.say("console.notice.due")),
            Cells.utc(Members.number(question, "due_ms")))
        : List.of(Cells.plain(answer));
  }
}
