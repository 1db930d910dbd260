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
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Who among a domain's verifiers refuses a key, or has the newest key log, by their own words. */
public final class ContainmentView {
  private static final int ROWS_MAX = 100;

  /** Where a verifier stands. */
  enum Standing {
    /** It has what is asked about. */
    DONE("console.containment.done", Look.OK),
    /** It speaks and does not have it yet. */
    NOT_YET("console.containment.not-yet", Look.WARN),
    /** It was not heard for a while, and did not have it then. */
    SILENT("console.containment.silent", Look.BAD),
    /** A service that takes tokens, and for which no verifier speaks. */
    UNKNOWN("console.containment.unknown", Look.TAG);

    private final String key;
    private final Look look;

    Standing(String key, Look look) {
      this.key = key;
      this.look = look;
    }
  }

  private record One(String name, Standing standing, String services, String size, long heard) {}

  private ContainmentView() {}

  /** Where a verifier stands by what it said last. */
  static Standing standing(JsonObject line, String kid, long keyLogSize) {
    boolean holds =
        Members.number(line, "said", "key_log", "counted") >= keyLogSize
            && (kid.isEmpty() || !Members.texts(line, "said", "keys").contains(kid));
    if (holds) {
      return Standing.DONE;
    }
    return Members.truth(line, "silent") ? Standing.SILENT : Standing.NOT_YET;
  }

  /**
   * The page.
   *
   * @param kid a key that is to be refused; empty for the newest key log
   */
  public static ShownPage of(Sheet sheet, JsonObject answer, String kid) {
    List<JsonObject> lines = Members.objects(answer, "lines");
    long size =
        lines.stream()
            .filter(line -> Members.text(line, "type").equals("summary"))
            .mapToLong(line -> Members.number(line, "key_log_size"))
            .findFirst()
            .orElse(0);
    List<One> all = new ArrayList<>();
    Set<String> spoken = new HashSet<>();
    for (JsonObject line : lines) {
      if (Members.text(line, "type").equals("instance")) {
        List<String> services = Members.texts(line, "said", "services");
        spoken.addAll(services);
        all.add(
            new One(
                Members.text(line, "client") + "/" + Members.text(line, "said", "instance"),
                standing(line, kid, size),
                String.join(", ", services),
                Members.text(line, "said", "key_log", "size"),
                Members.number(line, "heard_at_ms")));
      }
    }
    for (JsonObject line : lines) {
      String type = Members.text(line, "type");
      if ((type.equals("audience") || type.equals("service"))
          && spoken.add(Members.text(line, "name"))) {
        all.add(new One(Members.text(line, "name"), Standing.UNKNOWN, "", "", 0));
      }
    }
    Map<Standing, Long> counts = new EnumMap<>(Standing.class);
    all.forEach(one -> counts.merge(one.standing(), 1L, Long::sum));
    JsonObject json =
        JsonObject.builder()
            .put("kid", kid.isEmpty() ? null : kid)
            .put("done", count(counts, Standing.DONE))
            .put("of", all.size())
            .put("is_complete", isComplete(all))
            .put("lines", lines)
            .build();
    return new ShownPage(
        sheet.say("console.containment"), json, blocks(sheet, kid, all, counts, size));
  }

  private static long count(Map<Standing, Long> counts, Standing standing) {
    return counts.getOrDefault(standing, 0L);
  }

  private static boolean isComplete(List<One> all) {
    return all.stream()
        .allMatch(one -> one.standing() == Standing.DONE || one.standing() == Standing.UNKNOWN);
  }

  /** Whether no verifier is waited for. */
  public static boolean isComplete(ShownPage shown) {
    return Members.truth(shown.json(), "is_complete");
  }

  private static List<Block> blocks(
      Sheet sheet, String kid, List<One> all, Map<Standing, Long> counts, long size) {
    long done = count(counts, Standing.DONE);
    long speaking = all.size() - count(counts, Standing.UNKNOWN);
    List<Block> blocks = new ArrayList<>();
    List<Cell> tags = new ArrayList<>();
    tags.add(
        isComplete(all)
            ? Cell.of(Look.OK, sheet.say("console.containment.complete"))
            : Cell.of(Look.WARN, sheet.say("console.containment.waiting")));
    if (!kid.isEmpty()) {
      tags.add(Cells.id(kid));
    }
    blocks.add(
        new Say(
            sheet.say(
                kid.isEmpty() ? "console.containment.newest" : "console.containment.sentence",
                done,
                speaking),
            tags));
    List<Figure> figures = new ArrayList<>();
    for (Standing standing : Standing.values()) {
      figures.add(new Figure(sheet.say(standing.key), Long.toString(count(counts, standing)), ""));
    }
    figures.add(new Figure(sheet.say("console.key-log"), Long.toString(size), ""));
    blocks.add(new Figures(figures));
    List<List<List<Cell>>> rows = new ArrayList<>();
    all.sort(Comparator.<One>comparingInt(one -> rank(one.standing())).thenComparing(One::name));
    for (One one : all.stream().limit(ROWS_MAX).toList()) {
      rows.add(
          List.of(
              List.of(Cell.of(Look.STRONG, one.name())),
              List.of(Cell.of(one.standing().look, sheet.say(one.standing().key))),
              List.of(Cells.plain(one.services().isEmpty() ? "–" : one.services())),
              List.of(Cells.plain(one.size().isEmpty() ? "–" : one.size())),
              List.of(
                  one.heard() == 0
                      ? Cells.plain(sheet.say("ago.never"))
                      : Cells.utc(one.heard()))));
    }
    blocks.add(
        new Rows(
            "verifiers",
            sheet.say("console.verifiers"),
            List.of(
                sheet.say("console.verifier"),
                sheet.say("console.state"),
                sheet.say("console.services"),
                sheet.say("console.key-log"),
                sheet.say("console.heard")),
            rows,
            sheet.say("console.verifiers.none"),
            all.size() > ROWS_MAX
                ? Optional.of(Cells.soft(sheet.say("console.more-in-json", all.size() - ROWS_MAX)))
                : Optional.empty()));
    return blocks;
  }

  /** Those that are waited for come first. */
  private static int rank(Standing standing) {
    return switch (standing) {
      case SILENT -> 0;
      case NOT_YET -> 1;
      case UNKNOWN -> 2;
      case DONE -> 3;
    };
  }
}
