package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.Red;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A trace as a tree for people. */
final class TraceText {
  private static final int EVENTS_SHOWN_MAX = 50;

  /** An attached issuer signed it, and this domain recorded it. */
  static final String RECORDED_ELSEWHERE = "recorded-elsewhere";

  /** Its log published it, and the monitor does not hold its counterfoil. */
  static final String NOT_HELD_HERE = "published-not-held";

  /** The authority handed it out, and its log has another token at the position. */
  static final String LOST_BY_ITS_LOG = "lost-by-its-log";

  /** The authority handed it out, and the log published nothing at the position. */
  private static final String NOT_PUBLISHED = "released-not-published";

  /** Its log has two histories, and the token is not in the one that is held. */
  private static final String TWO_HISTORIES = "two-histories";

  /** What its log published lately was not read. */
  private static final String LOG_NOT_READ = "log-not-read";

  /** It is a token of another domain. */
  private static final String ANOTHER_ISSUER = "another-issuer";

  /** Codes that do not say that it was never issued. */
  static final Set<String> NOT_KNOWN =
      Set.of(
          NOT_HELD_HERE,
          NOT_PUBLISHED,
          LOST_BY_ITS_LOG,
          TWO_HISTORIES,
          LOG_NOT_READ,
          ANOTHER_ISSUER);

  /** How clients prove who they are (RFC 6749 2.3.1, RFC 7523 2.2). */
  private static final Set<String> CLIENT_PROOFS =
      Set.of("client_secret_basic", "client_secret_post", "private_key_jwt");

  /** The code of the event that a token was revoked. */
  private static final Set<String> REVOKED = Set.of("token.revoke", "token.disown");

  private static final String NOT_REVOKED = "token.revoke-refuse";

  private TraceText() {}

  static void print(JsonObject trace) throws FormatException {
    JsonObject asked = trace.object("asked");
    asked
        .optionalString("entity")
        .ifPresent(entity -> System.out.println("Who touched " + PlainText.of(entity, 200) + ":"));
    List<JsonObject> tokens = trace.objects("tokens");
    for (JsonObject token : tokens) {
      System.out.println();
      token(token);
    }
    List<JsonObject> without = trace.objects("without_token");
    if (!without.isEmpty()) {
      System.out.println();
      System.out.println("Without a token:");
      events(without, false);
    }
    if (tokens.isEmpty() && without.isEmpty()) {
      System.out.println("Nothing was reported.");
    }
    if (!trace.truth("complete") && trace.object("asked").has("entity")) {
      System.out.println();
      System.out.println("There is more. Ask for a shorter time with --from and --to.");
    }
  }

  private static void token(JsonObject token) throws FormatException {
    List<JsonObject> events = token.objects("events");
    System.out.println("token " + PlainText.of(token.string("token"), 200) + revoked(events));
    Optional<AuditEvent> issuance = Optional.empty();
    if (token.truth("issued")) {
      issuance = Optional.of(issuance(token));
    } else {
      JsonObject why = token.object("not_issued");
      System.out.printf(
          "├─ %s (%s): %s%n",
          why.string("code").equals(RECORDED_ELSEWHERE)
              ? verdict(RECORDED_ELSEWHERE)
              : Red.text(verdict(why.string("code"))),
          PlainText.of(why.string("code"), 60),
          why.string("code").equals("record-log")
              ? recordLog(token.string("token"))
              : PlainText.of(why.string("why"), 300));
    }
    long differing = token.number("events_of_another_digest");
    if (differing > 0) {
      System.out.printf(
          "├─ %s: %s of a token with this identifier and another digest, which was"
              + " never issued%n",
          Red.text("ANOTHER TOKEN UNDER ITS IDENTIFIER"), count(differing, "event"));
    }
    touched(token, issuance);
    System.out.println("└─ events that name it: " + events.size() + more(token));
    events(events, true);
  }

  /**
   * What the last event about its revocation says: that it was recorded, or that it was not done
   * then. The record tells of its issuance alone.
   */
  private static String revoked(List<JsonObject> events) throws FormatException {
    String last = "";
    for (JsonObject one : events) {
      AuditEvent event = AuditEvent.of(one.object("event"));
      String code = event.json().object("metadata").optionalString("event_code").orElse("");
      if (REVOKED.contains(code)) {
        last = "  " + Red.text("REVOKED") + " " + time(event.timeMillis());
      } else if (code.equals(NOT_REVOKED)) {
        last = "  " + Red.text("NOT REVOKED: THAT FAILED") + " " + time(event.timeMillis());
      }
    }
    return last;
  }

  /** Where a token of a record log is looked for. */
  static String recordLog(String token) {
    String log = PlainText.of(token.substring(0, Math.max(0, token.indexOf('.'))), 60);
    return ("%1$s is a record log: it holds digests of tokens that another issuer composed, and not"
            + " to whom they were issued. To see whether it holds this token, fetch"
            + " /logs/%1$s/digest/ with the token's digest (docs/integrate/record-door.md), or"
            + " check its proof with counterfoil log verify-proof")
        .formatted(log);
  }

  /** On what ground a token was issued that states no sign-in. */
  private static String why(String name, String reference) {
    return switch (name) {
      case "session_end" -> "because a session of that person ended";
      case "access_token" -> "for the holder of token " + reference;
      case "authority" -> "for the authority itself";
      default ->
          CLIENT_PROOFS.contains(name)
              ? "on the ground that the client authenticated by "
                  + name
                  + (reference.isEmpty() ? "" : " (assertion " + reference + ")")
              : "on the ground " + PlainText.of(name, 60);
    };
  }

  private static void person(JsonObject origin, JsonObject signIn) throws FormatException {
    String how =
        "%s by %s (acr %s)"
            .formatted(
                time(signIn.number("time")),
                PlainText.of(signIn.string("amr"), 60),
                PlainText.of(signIn.string("acr"), 60));
    Optional<JsonObject> event = signIn.optionalObject("event");
    System.out.println(
        event.isPresent()
            ? "│  ├─ sign-in: "
                + how
                + ", from "
                + text(AuditEvent.of(event.get().object("event")).keys().address())
            : "│  ├─ sign-in: the token states "
                + how
                + "; "
                + Red.text("NO EVENT OF THAT SIGN-IN")
                + " is in the audit log. Unless it is on its way, for some seconds, or older than"
                + " the log keeps, nobody signed in");
    for (JsonObject one : origin.objects("given")) {
      AuditEvent given = AuditEvent.of(one.object("event"));
      System.out.printf(
          "│  ├─ allowed %s%s%n",
          time(given.timeMillis()),
          given.json().optionalString("message").map(m -> ": " + PlainText.of(m, 200)).orElse(""));
    }
    for (JsonObject one : origin.objects("ended")) {
      AuditEvent ended = AuditEvent.of(one.object("event"));
      System.out.printf(
          "│  ├─ grant %s %s%s%n",
          Red.text("ENDED"),
          time(ended.timeMillis()),
          ended.json().optionalString("message").map(m -> ": " + PlainText.of(m, 200)).orElse(""));
    }
  }

  /** The verdict for a code of a token that is not this tenant's. */
  static String verdict(String code) {
    return switch (code) {
      case "another-token" -> "NOT ISSUED";
      case "record-log" -> "NO TOKEN OF THIS ISSUER";
      case RECORDED_ELSEWHERE -> "RECORDED BY ANOTHER ISSUER";
      case "another-tenant" -> "ANOTHER TENANT'S TOKEN";
      case NOT_HELD_HERE -> "NOT HELD HERE";
      case NOT_PUBLISHED -> "NOT PUBLISHED";
      case LOST_BY_ITS_LOG -> "LOST BY ITS LOG";
      case TWO_HISTORIES -> "NOT KNOWN: ITS LOG HAS TWO HISTORIES";
      case LOG_NOT_READ -> "NOT KNOWN: ITS LOG WAS NOT READ";
      case ANOTHER_ISSUER -> "ANOTHER ISSUER'S TOKEN";
      default -> "NOT IN THE RECORD";
    };
  }

  private static String more(JsonObject token) throws FormatException {
    return token.truth("more_events") ? " and more: run audit search --token" : "";
  }

  private static AuditEvent issuance(JsonObject token) throws FormatException {
    AuditEvent issued = AuditEvent.of(token.object("issuance"));
    JsonObject of = issued.json().object("recorded_token");
    System.out.printf("├─ issued %s%n", time(issued.timeMillis()));
    System.out.printf(
        "│  ├─ at position %d of log %s%n",
        of.number("position"), PlainText.of(of.string("log"), 200));
    System.out.printf(
        "│  ├─ to client %s, of tenant %s, as %s%n",
        text(issued.keys().client()),
        PlainText.of(issued.tenant(), 100),
        text(issued.keys().actor()));
    System.out.printf(
        "│  ├─ for %s%s, until %s%n",
        PlainText.of(of.string("audience"), 300),
        issued.json().optionalString("message").map(m -> ", " + PlainText.of(m, 200)).orElse(""),
        time(of.number("expiration_time")));
    System.out.printf("│  ├─ signed with key %s%n", PlainText.of(of.string("key_uid"), 100));
    ground(token, issued);
    return issued;
  }

  private static void ground(JsonObject token, AuditEvent issued) throws FormatException {
    JsonObject proof = issued.json().object("ground");
    String reference = proof.optionalString("reference").orElse("");
    JsonObject origin = token.object("origin");
    Optional<JsonObject> signIn = origin.optionalObject("sign_in");
    String name = proof.string("name");
    System.out.printf(
        "│  ├─ %s, from %s%n",
        signIn.isPresent()
            ? "on grant %s of that person, by %s"
                .formatted(PlainText.of(reference, 80), PlainText.of(name, 60))
            : why(name, PlainText.of(reference, 200)),
        text(issued.keys().address()));
    if (signIn.isPresent()) {
      person(origin, signIn.get());
    } else {
      System.out.println(
          "│  ├─ sign-in: "
              + (CLIENT_PROOFS.contains(name)
                  ? "none: the client itself authenticated"
                  : "the token states none"));
    }
    List<JsonObject> grants = token.objects("grants");
    System.out.println(
        grants.isEmpty()
            ? "│  └─ registration: no event shows who registered the client, because that was"
                + " before this audit log"
            : "│  └─ registration: what was done to the client, the newest first");
    for (int i = 0; i < grants.size(); i++) {
      AuditEvent event = AuditEvent.of(grants.get(i).object("event"));
      System.out.printf(
          "│     %s %s  %s by %s%n",
          branch(i == grants.size() - 1),
          time(event.timeMillis()),
          PlainText.of(
              event.json().object("metadata").optionalString("event_code").orElse("?"), 60),
          text(event.keys().actor()));
    }
  }

  private static void touched(JsonObject token, Optional<AuditEvent> issuance)
      throws FormatException {
    List<JsonObject> touched = token.objects("touched");
    List<JsonObject> unproven =
        token.has("may_have_touched") ? token.objects("may_have_touched") : List.of();
    System.out.println(
        "├─ touched: "
            + (!touched.isEmpty()
                ? ""
                : unproven.isEmpty()
                    ? "no event of a service names it"
                    : "no event of a service names it by its digest"));
    entities(touched, issuance);
    if (!unproven.isEmpty()) {
      System.out.println(
          "├─ may have touched: these events name it by its identifier alone, which is also that"
              + " of an issued token, and may be of that one");
      entities(unproven, issuance);
    }
  }

  private static void entities(List<JsonObject> touched, Optional<AuditEvent> issuance)
      throws FormatException {
    for (int i = 0; i < touched.size(); i++) {
      JsonObject one = touched.get(i);
      boolean last = i == touched.size() - 1;
      System.out.printf(
          "│  %s %s: %s, %s, between %s and %s%n",
          branch(last),
          PlainText.of(one.string("entity"), 200),
          count(one.number("events"), "event"),
          count(one.number("items"), "item"),
          time(one.number("first_time")),
          time(one.number("last_time")));
      System.out.printf(
          "│  %s  from %s%s, reported by %s%n",
          last ? " " : "│",
          PlainText.of(String.join(", ", one.strings("addresses")), 300),
          elsewhere(one, issuance),
          PlainText.of(String.join(", ", one.strings("sources")), 300));
    }
  }

  /** Where a token is used by another client than it was issued to. */
  private static String elsewhere(JsonObject touched, Optional<AuditEvent> issuance)
      throws FormatException {
    if (issuance.isEmpty()) {
      return "";
    }
    Optional<String> client = issuance.get().keys().client();
    List<String> others =
        touched.strings("clients").stream()
            .filter(one -> !Optional.of(one).equals(client))
            .toList();
    return others.isEmpty()
        ? ""
        : ", by "
            + Red.text("ANOTHER CLIENT")
            + " than it was issued to: "
            + PlainText.of(String.join(", ", others), 300);
  }

  private static void events(List<JsonObject> events, boolean inTree) throws FormatException {
    int shown = Math.min(events.size(), EVENTS_SHOWN_MAX);
    for (int i = 0; i < shown; i++) {
      AuditEvent event = AuditEvent.of(events.get(i).object("event"));
      System.out.printf(
          "%s%s  %-14s  %s  by %s  client %s  from %s  %s%s%n",
          inTree ? "   " + branch(i == events.size() - 1) + " " : "  ",
          time(event.timeMillis()),
          AuditNames.of(event.classUid(), event.activityId()),
          text(event.keys().entity()),
          text(event.keys().actor()),
          text(event.keys().client()),
          text(event.keys().address()),
          event.json().optionalString("message").map(m -> PlainText.of(m, 100)).orElse(""),
          event.isImported() ? ", imported " + time(event.loggedMillis()) : "");
    }
    if (events.size() > EVENTS_SHOWN_MAX) {
      System.out.println(
          "   and " + (events.size() - EVENTS_SHOWN_MAX) + " more. To see all, add --json");
    }
  }

  private static String branch(boolean last) {
    return last ? "└─" : "├─";
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String text(Optional<String> key) {
    return PlainText.of(key.orElse("-"), 100);
  }
}
