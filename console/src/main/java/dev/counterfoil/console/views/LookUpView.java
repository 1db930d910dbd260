package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Ask;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Button;
import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Field;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.ConsolePage.Node;
import dev.counterfoil.pages.ConsolePage.Points;
import dev.counterfoil.pages.ConsolePage.Say;
import dev.counterfoil.pages.ConsolePage.Tree;
import dev.counterfoil.pages.Sheet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One box that takes a token, its identifier, a key, a person, a client or a mailbox. */
public final class LookUpView {
  /** Branches of one kind: the JSON has all of them. */
  private static final int BRANCHES_MAX = 20;

  private final MonitorReads monitor;

  public LookUpView(MonitorReads monitor) {
    this.monitor = monitor;
  }

  /** The box alone. */
  public static ShownPage box(Sheet sheet, Optional<String> problem) {
    return new ShownPage(
        sheet.say("console.look-up"),
        JsonObject.builder().build(),
        List.of(
            new Say(sheet.say("console.look-up.sentence"), List.of()), box(sheet, "", problem)));
  }

  private static Ask box(Sheet sheet, String value, Optional<String> problem) {
    return new Ask(
        "look",
        sheet.say("console.look-up.heading"),
        "/look-up",
        List.of(
            new Field(
                "about",
                sheet.say("console.look-up.label"),
                sheet.say("console.look-up.help"),
                value,
                Map.of(),
                problem)),
        new Button(sheet.say("console.look-up.button"), "do", "look", true));
  }

  /**
   * What is known of something: the record of tokens and events of the person's own tenant, and
   * findings that they may see.
   */
  public ShownPage look(Sheet sheet, LookedUp asked, String accessToken, boolean isOperator)
      throws IOException {
    JsonObject trace =
        monitor.get(
            accessToken,
            "/audit/v1/trace?"
                + (asked.isToken() ? "token=" : "entity=")
                + MonitorReads.part(asked.about())
                + asked.digest().map(hex -> "&digest=" + hex).orElse(""));
    JsonObject findings =
        monitor.get(accessToken, "/view/findings?about=" + MonitorReads.part(asked.about()));
    JsonObject json =
        JsonObject.builder()
            .put("about", asked.about())
            .put("digest", asked.digest().orElse(null))
            .put("trace", trace)
            .put("findings", Members.objects(findings, "findings"))
            .build();
    List<JsonObject> found = Members.objects(findings, "findings");
    List<JsonObject> tokens = Members.objects(trace, "tokens");
    List<JsonObject> without = Members.objects(trace, "without_token");
    List<Node> below = new ArrayList<>();
    below.add(
        new Node(
            sheet.say("console.findings"),
            List.of(Cells.number(found.size())),
            found.stream().limit(BRANCHES_MAX).map(one -> finding(sheet, one)).toList()));
    tokens.stream().limit(BRANCHES_MAX).forEach(token -> below.add(token(sheet, token)));
    if (!without.isEmpty()) {
      below.add(new Node(sheet.say("console.without-token"), List.of(), events(without)));
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Say(
            sheet.say("console.look-up.found", found.size(), tokens.size(), without.size()),
            List.of()));
    blocks.add(
        new Tree(
            "trace",
            sheet.say("console.look-up.trace"),
            List.of(
                new Node(
                    sheet.say("console.look-up.asked"), List.of(Cells.id(asked.about())), below))));
    if (isOperator) {
      blocks.add(
          new Points(
              "fence",
              sheet.say("console.not-known"),
              List.of(sheet.say("console.look-up.fence"))));
    }
    blocks.add(box(sheet, asked.about(), Optional.empty()));
    return new ShownPage(sheet.say("console.look-up"), json, blocks);
  }

  private static Node finding(Sheet sheet, JsonObject finding) {
    String id = Members.text(finding, "id");
    return new Node(
        sheet.say("console.finding.title", id),
        List.of(
            Cells.utc(Members.number(finding, "last_seen_ms")),
            Cells.severity(sheet, Members.text(finding, "severity")),
            Cell.of(Look.STRONG, Members.text(finding, "kind")).to("/findings/" + id),
            Cells.plain(Members.text(finding, "summary"))),
        List.of());
  }

  private static Node token(Sheet sheet, JsonObject token) {
    List<Node> below = new ArrayList<>();
    boolean isIssued = Members.truth(token, "issued");
    String code = Members.text(token, "not_issued", "code");
    if (isIssued) {
      below.add(
          new Node(
              sheet.say("console.issued"),
              List.of(
                  Cells.utc(Members.number(token, "issuance", "time")),
                  Cells.id(Members.text(token, "issuance", "actor", "user", "uid")),
                  Cells.id(Members.text(token, "issuance", "actor", "app_uid"))),
              List.of()));
      if (Members.number(token, "origin", "sign_in", "time") > 0) {
        below.add(
            new Node(
                sheet.say("console.sign-in"),
                List.of(
                    Cells.utc(Members.number(token, "origin", "sign_in", "time")),
                    Cells.plain(Members.text(token, "origin", "sign_in", "amr"))),
                List.of()));
      }
    } else {
      below.add(
          new Node(
              sheet.say(origin(code).sentence),
              List.of(Cells.plain(code), Cells.soft(Members.text(token, "not_issued", "why"))),
              List.of()));
    }
    long differing = Members.number(token, "events_of_another_digest");
    if (differing > 0) {
      below.add(
          new Node(
              sheet.say("console.another-digest"), List.of(Cells.number(differing)), List.of()));
    }
    for (JsonObject one : Members.objects(token, "touched").stream().limit(BRANCHES_MAX).toList()) {
      below.add(
          new Node(
              sheet.say("console.named"),
              List.of(
                  Cells.id(Members.text(one, "entity")),
                  Cells.soft(
                      sheet.say(
                          "console.items-events",
                          Members.number(one, "items"),
                          Members.number(one, "events")))),
              List.of()));
    }
    List<JsonObject> events = Members.objects(token, "events");
    below.add(
        new Node(
            sheet.say("console.events"), List.of(Cells.number(events.size())), events(events)));
    return new Node(
        sheet.say("console.token"),
        List.of(
            Cells.id(Members.text(token, "token")),
            isIssued
                ? Cell.of(Look.OK, sheet.say("console.is-issued"))
                : Cell.of(origin(code).look, sheet.say(origin(code).tag))),
        below);
  }

  /** What is said of a token that the record does not call issued to this person's tenant. */
  enum Origin {
    NEVER_ISSUED(Look.BAD, "console.is-not-issued", "console.not-issued"),
    RECORDED(Look.OK, "console.is-recorded", "console.origin.recorded"),
    ANOTHER_TENANTS(Look.TAG, "console.is-another-tenants", "console.origin.another-tenant"),
    NOT_KNOWN(Look.WARN, "console.is-not-known", "console.origin.not-known");

    private final Look look;
    private final String tag;
    private final String sentence;

    Origin(Look look, String tag, String sentence) {
      this.look = look;
      this.tag = tag;
      this.sentence = sentence;
    }
  }

  /** What a code of the trace says. Of one that is new here nothing is asserted. */
  static Origin origin(String code) {
    return switch (code) {
      case "another-token" -> Origin.NEVER_ISSUED;
      case "recorded-elsewhere" -> Origin.RECORDED;
      case "another-tenant" -> Origin.ANOTHER_TENANTS;
      default -> Origin.NOT_KNOWN;
    };
  }

  private static List<Node> events(List<JsonObject> events) {
    return events.stream()
        .limit(BRANCHES_MAX)
        .map(
            one -> {
              String code = Members.text(one, "event", "metadata", "event_code");
              return new Node(
                  code.isEmpty() ? Members.text(one, "event", "class_uid") : code,
                  List.of(
                      Cells.utc(Members.number(one, "event", "time")),
                      Cells.plain(Members.text(one, "event", "metadata", "product", "name")),
                      Cells.plain(Members.text(one, "event", "src_endpoint", "ip"))),
                  List.<Node>of());
            })
        .toList();
  }
}
