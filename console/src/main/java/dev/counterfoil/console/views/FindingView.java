package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Fact;
import dev.counterfoil.pages.ConsolePage.Facts;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.ConsolePage.Rows;
import dev.counterfoil.pages.ConsolePage.Say;
import dev.counterfoil.pages.Sheet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Findings: all of them, and one with key, presenter and evidence. */
public final class FindingView {
  /** Members of {@code detail} that have a place of their own. */
  private static final Set<String> PLACED =
      Set.of(
          "presented.kid",
          "presented.service",
          "presented.client_address",
          "presented.tenant",
          "presented.sub",
          "presented.client_id",
          "presented.resource");

  private FindingView() {}

  /** All, the newest first. */
  public static ShownPage list(Sheet sheet, JsonObject page) {
    List<JsonObject> findings = Members.objects(page, "findings");
    String next = Members.text(page, "next_before");
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Say(
            findings.isEmpty()
                ? sheet.say("console.findings.none")
                : sheet.say("console.findings.sentence", findings.size()),
            List.of()));
    blocks.add(
        rows(
            sheet,
            findings,
            next.isEmpty()
                ? Optional.empty()
                : Optional.of(
                    Cells.plain(sheet.say("console.older")).to("/findings?before=" + next))));
    return new ShownPage(sheet.say("console.findings"), page, blocks);
  }

  /** A table of findings. */
  static Rows rows(Sheet sheet, List<JsonObject> findings, Optional<Cell> more) {
    List<List<List<Cell>>> rows = new ArrayList<>();
    for (JsonObject one : findings) {
      rows.add(
          List.of(
              List.of(
                  Cells.utc(Members.number(one, "last_seen_ms")),
                  Cells.ago(sheet, Members.number(one, "last_seen_ms"))),
              List.of(
                  Cell.of(Look.STRONG, Members.text(one, "kind"))
                      .to("/findings/" + Members.text(one, "id")),
                  Cells.plain(Members.text(one, "summary"))),
              List.of(Cells.severity(sheet, Members.text(one, "severity"))),
              List.of(Cells.id(Members.text(one, "kid"))),
              List.of(Cells.plain(presenter(one))),
              List.of(Cells.state(sheet, Members.text(one, "state")))));
    }
    return new Rows(
        "findings",
        sheet.say("console.findings"),
        List.of(
            "UTC",
            sheet.say("console.what"),
            sheet.say("console.severity"),
            sheet.say("console.key"),
            sheet.say("console.presenter"),
            sheet.say("console.state")),
        rows,
        sheet.say("console.findings.none"),
        more);
  }

  private static String presenter(JsonObject finding) {
    String service = Members.text(finding, "detail", "presented", "service");
    String address = Members.text(finding, "detail", "presented", "client_address");
    String both = address.isEmpty() ? service : service + " ← " + address;
    return both.isEmpty() ? "–" : both;
  }

  /**
   * One, with what operators can do about its like.
   *
   * @param suppressions what the monitor says of them
   * @param me who looks
   */
  public static ShownPage ofOperator(
      Sheet sheet, JsonObject finding, JsonObject suppressions, String me) {
    ShownPage shown = one(sheet, finding);
    List<Block> blocks = new ArrayList<>(shown.blocks());
    blocks.addAll(
        SuppressionView.of(
            sheet, finding, suppressions, "/findings/" + Members.text(finding, "id"), me));
    return new ShownPage(
        shown.title(),
        finding.with("suppressions", Members.objects(suppressions, "suppressions")),
        blocks);
  }

  /** One. */
  public static ShownPage one(Sheet sheet, JsonObject finding) {
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Say(
            Members.text(finding, "summary"),
            List.of(
                Cells.severity(sheet, Members.text(finding, "severity")),
                Cells.state(sheet, Members.text(finding, "state")),
                Cell.of(Look.TAG, Members.text(finding, "kind")))));
    List<Fact> facts = new ArrayList<>();
    facts.add(
        Cells.fact(
            sheet, "console.first-seen", Cells.utc(Members.number(finding, "first_seen_ms"))));
    facts.add(
        Cells.fact(
            sheet,
            "console.last-seen",
            Cells.utc(Members.number(finding, "last_seen_ms")),
            Cells.soft(sheet.say("console.times", Members.number(finding, "count")))));
    facts.add(Cells.fact(sheet, "console.key", key(sheet, Members.text(finding, "kid"))));
    add(sheet, facts, "console.presenter", finding, "detail", "presented", "service");
    add(sheet, facts, "console.address", finding, "detail", "presented", "client_address");
    add(sheet, facts, "console.opened", finding, "detail", "presented", "resource");
    add(sheet, facts, "console.tenant", finding, "detail", "presented", "tenant");
    add(sheet, facts, "console.person", finding, "detail", "presented", "sub");
    add(sheet, facts, "console.client", finding, "detail", "presented", "client_id");
    String incident = Members.text(finding, "incident");
    if (!incident.isEmpty()) {
      facts.add(
          Cells.fact(
              sheet,
              "console.incident",
              Cell.of(Look.STRONG, incident(incident)).to("/incidents/" + incident)));
    }
    blocks.add(new Facts("finding", sheet.say("console.finding.known"), facts));
    blocks.add(evidence(sheet, finding));
    return new ShownPage(
        sheet.say("console.finding.title", Members.text(finding, "id")), finding, blocks);
  }

  static String incident(String id) {
    return "INC-" + id;
  }

  private static Cell key(Sheet sheet, String kid) {
    return kid.isEmpty() ? Cells.plain(sheet.say("console.none")) : Cells.id(kid);
  }

  private static void add(
      Sheet sheet, List<Fact> facts, String key, JsonObject finding, String... names) {
    String text = Members.text(finding, names);
    if (!text.isEmpty()) {
      facts.add(Cells.fact(sheet, key, Cells.id(text)));
    }
  }

  /** All that the monitor keeps of it, in the monitor's words. */
  private static Facts evidence(Sheet sheet, JsonObject finding) {
    Map<String, String> all = new TreeMap<>();
    for (String name : List.of("jti", "digest", "log", "position")) {
      String text = Members.text(finding, name);
      if (!text.isEmpty()) {
        all.put(name, text);
      }
    }
    if (finding.get("detail") instanceof JsonObject detail) {
      Map<String, String> flat = new TreeMap<>();
      Members.flatten("", detail, flat);
      flat.keySet().removeAll(PLACED);
      all.putAll(flat);
    }
    List<Fact> facts = new ArrayList<>();
    all.forEach(
        (name, text) ->
            facts.add(
                new Fact(
                    name,
                    List.of(
                        name.equals("jti") || name.equals("digest")
                            ? Cells.id(text)
                            : Cell.of(
                                name.endsWith(".sighting") || text.length() > 60
                                    ? Look.PLAIN
                                    : Look.ID,
                                text)))));
    return new Facts("evidence", sheet.say("console.finding.evidence"), facts);
  }
}
