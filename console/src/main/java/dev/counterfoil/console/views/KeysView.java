package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Figure;
import dev.counterfoil.pages.ConsolePage.Figures;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.ConsolePage.Rows;
import dev.counterfoil.pages.ConsolePage.Say;
import dev.counterfoil.pages.Sheet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The keys and logs of a domain, by its key log, and what was forged with them. */
public final class KeysView {
  private static final int ROWS_MAX = 50;

  private KeysView() {}

  /** The page. */
  public static ShownPage of(Sheet sheet, JsonObject answer) {
    List<JsonObject> keys = Members.objects(answer, "keys");
    OptionalLong next =
        keys.stream()
            .filter(key -> isIn(key, "active"))
            .mapToLong(key -> Members.number(key, "active_until_ms"))
            .min();
    JsonObject json = next.isPresent() ? answer.with("next_rotation_ms", next.getAsLong()) : answer;
    return new ShownPage(sheet.say("console.all-keys"), json, blocks(sheet, json, keys, next));
  }

  private static boolean isIn(JsonObject key, String state) {
    return Members.text(key, "state").equals(state);
  }

  private static long count(List<JsonObject> keys, String state) {
    return keys.stream().filter(key -> isIn(key, state)).count();
  }

  private static List<Block> blocks(
      Sheet sheet, JsonObject answer, List<JsonObject> keys, OptionalLong next) {
    long forged = keys.stream().filter(key -> Members.number(key, "forged") > 0).count();
    long active = count(keys, "active");
    String sentence =
        keys.isEmpty()
            ? sheet.say("console.all-keys.empty")
            : forged > 0
                ? sheet.say("console.all-keys.forged-with", forged, keys.size())
                : sheet.say("console.all-keys.sentence", active);
    Cell tag =
        forged > 0
            ? Cell.of(Look.BAD, sheet.say("console.all-keys.forged"))
            : active > 0
                ? Cell.of(Look.OK, sheet.say("console.all-keys.signing"))
                : Cell.of(Look.WARN, sheet.say("console.all-keys.none-signs"));
    return List.of(
        new Say(
            sentence,
            List.of(
                tag,
                Cells.soft(Members.text(answer, "domain")),
                Cells.ago(sheet, Members.number(answer, "as_of_ms")))),
        new Figures(
            List.of(
                new Figure(sheet.say("console.all-keys.state.active"), Long.toString(active), ""),
                new Figure(
                    sheet.say("console.all-keys.state.prepared"),
                    Long.toString(count(keys, "prepared")),
                    ""),
                new Figure(sheet.say("console.all-keys.forged"), Long.toString(forged), ""),
                new Figure(
                    sheet.say("console.all-keys.next"),
                    next.isPresent() ? Cells.minute(next.getAsLong()).text() : "–",
                    "UTC"))),
        keys(sheet, keys),
        logs(sheet, Members.objects(answer, "logs")));
  }

  private static Rows keys(Sheet sheet, List<JsonObject> keys) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    for (JsonObject key : keys.stream().limit(ROWS_MAX).toList()) {
      long forged = Members.number(key, "forged");
      rows.add(
          List.of(
              List.of(Cells.id(Members.text(key, "kid"))),
              state(sheet, key),
              List.of(forged > 0 ? Cell.of(Look.BAD, Long.toString(forged)) : Cells.number(forged)),
              List.of(
                  Cells.plain(Members.text(key, "purpose") + " " + Members.text(key, "algorithm"))),
              List.of(Cells.minute(Members.number(key, "stated_at_ms"))),
              List.of(
                  Cells.minute(Members.number(key, "active_from_ms")),
                  Cells.minute(Members.number(key, "active_until_ms"))),
              List.of(Cells.minute(Members.number(key, "verify_until_ms")))));
    }
    return new Rows(
        "keys",
        sheet.say("console.all-keys"),
        List.of(
            sheet.say("console.key"),
            sheet.say("console.state"),
            sheet.say("console.all-keys.forged-tokens"),
            sheet.say("console.all-keys.purpose"),
            sheet.say("console.all-keys.stated"),
            sheet.say("console.all-keys.from"),
            sheet.say("console.all-keys.ends")),
        rows,
        sheet.say("console.all-keys.empty"),
        keys.size() > ROWS_MAX
            ? Optional.of(Cells.soft(sheet.say("console.more-in-json", keys.size() - ROWS_MAX)))
            : Optional.empty());
  }

  private static List<Cell> state(Sheet sheet, JsonObject line) {
    String state = Members.text(line, "state");
    String key = "console.all-keys.state." + state;
    Cell tag =
        Cell.of(
            switch (state) {
              case "active" -> Look.OK;
              case "revoked", "tainted" -> Look.BAD;
              default -> Look.TAG;
            },
            sheet.messages().has(key) ? sheet.say(key) : state);
    long withdrawn = Members.number(line, "withdrawn_at_ms");
    return withdrawn == 0 ? List.of(tag) : List.of(tag, Cells.minute(withdrawn));
  }

  private static Rows logs(Sheet sheet, List<JsonObject> logs) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    for (JsonObject log : logs.stream().limit(ROWS_MAX).toList()) {
      rows.add(
          List.of(
              List.of(Cell.of(Look.STRONG, Members.text(log, "log"))),
              List.of(Cells.number(Members.number(log, "held"))),
              List.of(Cells.minute(Members.number(log, "ended_at_ms"))),
              List.of(Cells.minute(Members.number(log, "paused_until_ms")))));
    }
    return new Rows(
        "logs",
        sheet.say("console.all-keys.logs"),
        List.of(
            sheet.say("console.all-keys.log"),
            sheet.say("console.all-keys.held"),
            sheet.say("console.all-keys.ended"),
            sheet.say("console.all-keys.paused")),
        rows,
        sheet.say("console.all-keys.logs.none"),
        logs.size() > ROWS_MAX
            ? Optional.of(Cells.soft(sheet.say("console.more-in-json", logs.size() - ROWS_MAX)))
            : Optional.empty());
  }
}
