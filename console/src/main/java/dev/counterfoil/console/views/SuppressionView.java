package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Ask;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Button;
import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Field;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.ConsolePage.Rows;
import dev.counterfoil.pages.Sheet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What operators do not want to be told of a finding's kind for a while. */
public final class SuppressionView {
  /** What a finding may name, where there is such a text. */
  private static final List<List<String>> ABOUT =
      List.of(
          List.of("kid"),
          List.of("detail", "presented", "service"),
          List.of("detail", "presented", "client_address"),
          List.of("detail", "presented", "sub"),
          List.of("detail", "presented", "client_id"));

  private static final int ROWS_MAX = 20;

  private SuppressionView() {}

  /**
   * A form for each thing that can be done beside a finding.
   *
   * @param answer what the monitor says of suppressions
   * @param action where the forms go
   * @param me who looks
   */
  static List<Block> of(
      Sheet sheet, JsonObject finding, JsonObject answer, String action, String me) {
    String kind = Members.text(finding, "kind");
    List<JsonObject> ofKind =
        Members.objects(answer, "suppressions").stream()
            .filter(one -> Members.text(one, "kind").equals(kind))
            .limit(ROWS_MAX)
            .toList();
    boolean isGrave = Members.texts(answer, "two_persons").contains(kind);
    List<Block> blocks = new ArrayList<>();
    if (!ofKind.isEmpty()) {
      blocks.add(rows(sheet, ofKind));
      Map<String, String> waiting = named(ofKind, "waiting");
      if (!waiting.isEmpty()) {
        blocks.add(which(sheet, "approve", action, waiting));
      }
      blocks.add(which(sheet, "end", action, named(ofKind, "")));
    }
    blocks.add(suppress(sheet, finding, action, isGrave, me));
    return blocks;
  }

  private static Rows rows(Sheet sheet, List<JsonObject> all) {
    return new Rows(
        "suppressions",
        sheet.say("console.suppressions"),
        List.of(
            sheet.say("console.number"),
            sheet.say("console.suppress.about"),
            sheet.say("console.suppress.reason"),
            sheet.say("console.owner"),
            sheet.say("console.suppress.until"),
            sheet.say("console.who"),
            sheet.say("console.state")),
        all.stream().map(one -> row(sheet, one)).toList(),
        "",
        Optional.empty());
  }

  private static List<List<Cell>> row(Sheet sheet, JsonObject one) {
    String about = Members.text(one, "about");
    String state = Members.text(one, "state");
    List<Cell> who = new ArrayList<>(List.of(Cells.plain(Members.text(one, "added_by"))));
    String second = Members.text(one, "approved_by");
    if (!second.isEmpty()) {
      who.add(Cells.plain(second));
    }
    return List.of(
        List.of(Cells.number(Members.number(one, "id"))),
        List.of(about.isEmpty() ? Cells.plain(sheet.say("console.suppress.all")) : Cells.id(about)),
        List.of(Cells.plain(Members.text(one, "reason"))),
        List.of(Cells.plain(Members.text(one, "owner"))),
        List.of(Cells.utc(Members.number(one, "until_ms"))),
        who,
        List.of(
            Cell.of(
                state.equals("waiting") ? Look.WARN : Look.OK,
                sheet.say("console.suppress." + state))));
  }

  /** Those in a state, by number; all for no state. */
  private static Map<String, String> named(List<JsonObject> all, String state) {
    Map<String, String> options = new LinkedHashMap<>();
    for (JsonObject one : all) {
      if (state.isEmpty() || Members.text(one, "state").equals(state)) {
        String id = Members.text(one, "id");
        options.put(id, id + ": " + Members.text(one, "reason"));
      }
    }
    return options;
  }

  private static Ask which(Sheet sheet, String what, String action, Map<String, String> options) {
    return new Ask(
        "suppression-" + what,
        sheet.say("console.suppress." + what),
        action,
        List.of(
            new Field(
                "suppression",
                sheet.say("console.number"),
                sheet.say("console.suppress." + what + ".help"),
                options.keySet().iterator().next(),
                options,
                Optional.empty())),
        new Button(sheet.say("console.suppress." + what), "do", what, false));
  }

  private static Ask suppress(
      Sheet sheet, JsonObject finding, String action, boolean isGrave, String me) {
    Map<String, String> about = new LinkedHashMap<>();
    for (List<String> names : ABOUT) {
      String text = Members.text(finding, names.toArray(String[]::new));
      if (!text.isEmpty()) {
        about.putIfAbsent(text, text);
      }
    }
    String first = about.isEmpty() ? "" : about.keySet().iterator().next();
    about.put("", sheet.say("console.suppress.all"));
    Map<String, String> days = new LinkedHashMap<>();
    for (int number : isGrave ? List.of(1, 3, 7) : List.of(1, 7, 30, 90)) {
      days.put(Integer.toString(number), sheet.say("console.suppress.days", number));
    }
    return new Ask(
        "suppress",
        sheet.say("console.suppress"),
        action,
        List.of(
            new Field(
                "about",
                sheet.say("console.suppress.about"),
                sheet.say("console.suppress.about.help"),
                first,
                about,
                Optional.empty()),
            Field.text(
                "reason",
                sheet.say("console.suppress.reason"),
                sheet.say("console.suppress.reason.help"),
                ""),
            Field.text(
                "owner", sheet.say("console.owner"), sheet.say("console.suppress.owner.help"), me),
            new Field(
                "days",
                sheet.say("console.suppress.until"),
                sheet.say(isGrave ? "console.suppress.two" : "console.suppress.one"),
                "1",
                days,
                Optional.empty())),
        new Button(sheet.say("console.suppress.button"), "do", "suppress", false));
  }

  /**
   * What a form asks of the monitor; empty for what no form of the page sends.
   *
   * @param field gives a field of the form
   */
  public static Optional<JsonObject> asked(JsonObject finding, UnaryOperator<String> field) {
    return switch (field.apply("do")) {
      case "approve", "end" ->
          number(field.apply("suppression"))
              .map(id -> JsonObject.builder().put("do", field.apply("do")).put("id", id).build());
      case "suppress" ->
          number(field.apply("days"))
              .filter(days -> days <= 90)
              .map(
                  days ->
                      JsonObject.builder()
                          .put("do", "add")
                          .put("kind", Members.text(finding, "kind"))
                          .put("rule", rule(finding))
                          .put("about", field.apply("about"))
                          .put("reason", field.apply("reason").strip())
                          .put("owner", field.apply("owner").strip())
                          .put("seconds", Duration.ofDays(days).toSeconds())
                          .build());
      default -> Optional.empty();
    };
  }

  /** A rule's finding is of that rule alone. */
  private static String rule(JsonObject finding) {
    return Members.text(finding, "kind").equals("rule-matched")
        ? Members.text(finding, "detail", "rule")
        : "";
  }

  private static Optional<Long> number(String text) {
    return text.matches("[1-9][0-9]{0,9}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }
}
