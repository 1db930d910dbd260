package dev.counterfoil.pages;

import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every page in every state that was designed: first, again, empty, too much, wrong, done. */
final class Gallery {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final Map<String, String> HIDDEN = Map.of("form_token", "x");
  private static final String LONG =
      "Reisekostenabrechnungsgenehmigungsverfahrensassistent of the Department of Everything";
  private static final Optional<String> OPTIONS = Optional.of("{\"challenge\":\"AAAA\"}");

  private static final List<UpstreamOffer> OFFERS =
      List.of(new UpstreamOffer("hr", "Acme HR"), new UpstreamOffer("long", LONG));

  private Gallery() {}

  private static Sheet sheet(Messages messages) {
    return new Sheet(messages, "", "Acme", NOW);
  }

  /** The states by their names. */
  static Map<String, Page> of(Messages messages) {
    Sheet sheet = sheet(messages);
    Map<String, Page> all = new LinkedHashMap<>();
    Optional<String> none = Optional.empty();
    all.put(
        "sign-in",
        signIn(
            sheet,
            new SignInForm(HIDDEN, "", false, false, OPTIONS, none, none, OFFERS, "", none)));
    all.put(
        "sign-in-wrong-password",
        signIn(
            sheet,
            new SignInForm(
                HIDDEN,
                "alice",
                true,
                false,
                OPTIONS,
                none,
                none,
                List.of(),
                "",
                said(messages, "sign-in.refused"))));
    all.put(
        "sign-in-organisation",
        signIn(
            sheet,
            new SignInForm(
                HIDDEN,
                "alice",
                true,
                false,
                OPTIONS,
                none,
                Optional.of(""),
                List.of(),
                "",
                none)));
    all.put(
        "sign-in-again",
        signIn(
            sheet,
            new SignInForm(HIDDEN, "alice", false, true, none, none, none, OFFERS, "", none)));
    all.put("lost", Pages.lost(sheet, new LostForm(HIDDEN, "", none)));
    all.put(
        "lost-slow",
        Pages.lost(sheet, new LostForm(HIDDEN, "a".repeat(64), said(messages, "error.slow"))));
    all.put("report", Pages.report(sheet, new ReportForm(HIDDEN, "", "", "", none)));
    all.put(
        "report-bad",
        Pages.report(
            sheet, new ReportForm(HIDDEN, "x ".repeat(99), "", "", said(messages, "report.bad"))));
    all.put("code", Pages.code(sheet, new CodeForm(HIDDEN, "alice", none), none));
    all.put(
        "code-wrong",
        Pages.code(
            sheet, new CodeForm(HIDDEN, "a".repeat(64), said(messages, "code.refused")), none));
    all.put(
        "enrol",
        Pages.enrol(
            sheet, new EnrolForm(HIDDEN, "Alice", "alice", OPTIONS, true, OFFERS, "", none)));
    all.put(
        "enrol-password-only",
        Pages.enrol(
            sheet,
            new EnrolForm(
                HIDDEN,
                LONG,
                "a".repeat(64),
                none,
                true,
                List.of(),
                "",
                said(messages, "enrol.password-short"))));
    all.put(
        "consent",
        Pages.consent(
            sheet,
            new ConsentForm(
                "/x", HIDDEN, "Mail", "mail.acme.example", "alice", List.of("know that it is you")),
            none));
    List<String> effects = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      effects.add("use the permission “" + "receipts.of.everybody:".repeat(4) + i + "”");
    }
    all.put(
        "consent-much",
        Pages.consent(
            sheet,
            new ConsentForm(
                "/x", HIDDEN, LONG, "a-long-name.".repeat(8) + "example", "alice", effects),
            none));
    all.put(
        "error",
        Pages.notice(
            sheet,
            new Notice(
                "error",
                messages.say("error.title"),
                messages.say("error.failed"),
                Optional.of("B7K2MMX4QT"),
                none.map(text -> new Notice.NextStep("/", text)))));
    all.put(
        "signed-out",
        Pages.notice(
            sheet,
            new Notice(
                "signed-out",
                messages.say("signed-out.title"),
                messages.say("signed-out.sentence"),
                none,
                Optional.of(new Notice.NextStep("/sign-in", messages.say("signed-out.again"))))));
    account(all, sheet, messages);
    all.put("console-door", Pages.consoleDoor(sheet, HIDDEN, false, "", none, none));
    all.put(
        "console-door-unknown",
        Pages.consoleDoor(sheet, HIDDEN, true, LONG, said(messages, "console.door.unknown"), none));
    all.put(
        "console",
        Pages.console(
            sheet, console(messages, messages.say("console.json") + " " + LONG, none), none));
    all.put(
        "console-empty",
        Pages.console(
            sheet,
            new ConsolePage(
                ConsolePage.Place.INCIDENTS,
                messages.say("console.incidents"),
                who("alice", List.of(ConsolePage.Place.OVERVIEW, ConsolePage.Place.INCIDENTS)),
                said(messages, "console.done.note"),
                said(messages, "console.change.refused"),
                "/incidents.json",
                List.of(
                    new ConsolePage.Say(messages.say("console.overview.quiet"), List.of()),
                    new ConsolePage.Rows(
                        "incidents",
                        messages.say("console.incidents"),
                        List.of(),
                        List.of(),
                        messages.say("console.incidents.none"),
                        none.map(text -> cell(ConsolePage.Look.PLAIN, text))))),
            none));
    return all;
  }

  private static ConsolePage.Cell cell(ConsolePage.Look look, String text) {
    return ConsolePage.Cell.of(look, text);
  }

  private static ConsolePage.Who who(String name, List<ConsolePage.Place> places) {
    return new ConsolePage.Who(name, name, HIDDEN, places);
  }

  /** Each block of the console, with the text wherever foreign text may appear. */
  static ConsolePage console(Messages messages, String text, Optional<String> problem) {
    List<ConsolePage.Cell> cells = new ArrayList<>();
    for (ConsolePage.Look look : ConsolePage.Look.values()) {
      cells.add(cell(look, text));
      cells.add(cell(look, text).to("/look-up?about=x"));
    }
    ConsolePage.Node leaf = new ConsolePage.Node(messages.say("console.events"), cells, List.of());
    ConsolePage.Node branch =
        new ConsolePage.Node(messages.say("console.token"), cells, List.of(leaf, leaf));
    return new ConsolePage(
        ConsolePage.Place.LOOK_UP,
        messages.say("console.look-up"),
        who(text, List.of(ConsolePage.Place.values())),
        Optional.empty(),
        problem,
        "/look-up.json",
        List.of(
            new ConsolePage.Say(messages.say("console.incident.sentence", 17, 2, 0), cells),
            new ConsolePage.Figures(
                List.of(new ConsolePage.Figure(messages.say("console.items-touched"), "15", text))),
            new ConsolePage.Rows(
                "rows",
                messages.say("console.happened"),
                List.of(messages.say("console.what"), messages.say("console.evidence")),
                List.of(List.of(cells, cells)),
                "",
                Optional.of(cells.getFirst())),
            new ConsolePage.Facts(
                "facts",
                messages.say("console.finding.known"),
                List.of(new ConsolePage.Fact(messages.say("console.key"), cells))),
            new ConsolePage.Points("points", messages.say("console.not-known"), List.of(text)),
            new ConsolePage.Text(
                "text", messages.say("console.desk.document"), text + "\n\n" + text),
            new ConsolePage.Tree(
                "tree",
                messages.say("console.look-up.trace"),
                List.of(new ConsolePage.Node(messages.say("console.key"), cells, List.of(branch)))),
            new ConsolePage.Ask(
                "ask",
                messages.say("console.close"),
                "/incidents/1",
                List.of(
                    new ConsolePage.Field(
                        "verdict",
                        messages.say("console.verdict"),
                        messages.say("console.close.help"),
                        "b",
                        Map.of("a", messages.say("console.verdict.test"), "b", text),
                        Optional.empty()),
                    new ConsolePage.Field(
                        "text",
                        messages.say("console.text"),
                        messages.say("console.note.help"),
                        text,
                        Map.of(),
                        Optional.of(messages.say("console.look-up.refused")))),
                new ConsolePage.Button(
                    messages.say("console.close.button"), "do", "close", true))));
  }

  private static Page signIn(Sheet sheet, SignInForm form) {
    return Pages.signIn(sheet, form, Optional.empty());
  }

  private static Optional<String> said(Messages messages, String key) {
    return Optional.of(messages.say(key, 30));
  }

  private static AccountPage page(
      AccountPage.Place place, Optional<String> done, Optional<String> problem) {
    return new AccountPage(place, HIDDEN, "alice@acme.example", done, problem, Optional.empty());
  }

  private static void account(Map<String, Page> all, Sheet sheet, Messages messages) {
    Optional<String> none = Optional.empty();
    AccountPage.Place here = AccountPage.Place.SIGN_IN;
    List<SignInWays.SessionRow> sessions = new ArrayList<>();
    List<SignInWays.PasskeyRow> passkeys = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Instant at = NOW.minus(Duration.ofHours(7L * i + 1));
      sessions.add(
          new SignInWays.SessionRow(
              "s" + i,
              "Firefox · Linux",
              "2001:db8:1234:5678:9abc:def0:1234:" + (1000 + i),
              messages.say("way.pop"),
              at,
              NOW.plus(Duration.ofHours(i)),
              i == 0));
      passkeys.add(
          new SignInWays.PasskeyRow("p" + i, LONG + " " + i, i % 2 == 0, at, Optional.of(at)));
    }
    all.put(
        "account-new",
        Pages.account(
            sheet,
            page(here, said(messages, "passkey.added"), none),
            new SignInWays(
                List.of(),
                sessions.subList(0, 1),
                true,
                Optional.empty(),
                List.of(),
                OFFERS,
                true,
                none,
                none)));
    all.put(
        "account-much",
        Pages.account(
            sheet,
            page(here, none, said(messages, "passkey.last")),
            new SignInWays(
                passkeys,
                sessions,
                true,
                Optional.of(1),
                List.of(new SignInWays.LinkRow("i", "a", LONG, NOW)),
                OFFERS,
                true,
                OPTIONS,
                none)));
    all.put(
        "codes-offer",
        Pages.offerCodes(
            sheet,
            page(here, none, said(messages, "codes.refused")),
            new CodesOffer(
                HIDDEN,
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
                "otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme")));
    all.put(
        "recovery-begun",
        Pages.recovery(
            sheet,
            new AccountPage(
                here,
                HIDDEN,
                "alice",
                none,
                none,
                Optional.of(
                    new PendingRecovery(NOW.minusSeconds(900), NOW.plus(Duration.ofHours(23))))),
            "/account"));
    all.put(
        "recovery-codes",
        Pages.recoveryCodes(
            sheet,
            page(here, said(messages, "codes.added"), none),
            Collections.nCopies(10, "B7K2M-MX4QT-9RSTV-23456")));
    AccountPage applications = page(AccountPage.Place.APPLICATIONS, none, none);
    all.put("applications-none", Pages.applications(sheet, applications, List.of()));
    all.put(
        "applications",
        Pages.applications(
            sheet,
            applications,
            List.of(
                new AllowedApplication(
                    "a", LONG, List.of("see your name", "read"), NOW, Optional.of(NOW)),
                new AllowedApplication("b", "Mail", List.of("read"), NOW, Optional.empty()))));
    issued(all, sheet, messages);
  }

  private static void issued(Map<String, Page> all, Sheet sheet, Messages messages) {
    Optional<String> none = Optional.empty();
    AccountPage.Place here = AccountPage.Place.ISSUED;
    List<YearMonth> months = List.of(YearMonth.of(2026, 11), YearMonth.of(2026, 10));
    all.put(
        "issued-none",
        Pages.issued(
            sheet,
            page(here, none, said(messages, "issued.unavailable")),
            new IssuedRows(
                List.of(), none, months, Optional.of(months.getLast()), Optional.of(LONG))));
    List<IssuedRows.Row> rows = new ArrayList<>();
    for (IssuedRows.State state : IssuedRows.State.values()) {
      rows.add(
          new IssuedRows.Row(
              "t" + state,
              NOW.minusSeconds(90),
              LONG,
              "robot",
              "https://files.of.a.long.name.acme.example/and/a/path",
              "receipts:read receipts:write",
              NOW.plusSeconds(300),
              state));
    }
    all.put(
        "issued",
        Pages.issued(
            sheet,
            page(here, said(messages, "issued.not-me-done"), none),
            new IssuedRows(rows, Optional.of("older"), months, Optional.empty(), none)));
    all.put(
        "issued-token",
        Pages.issuedToken(
            sheet,
            page(here, none, none),
            new IssuedToken(
                rows.getFirst(),
                Optional.of(
                    new IssuedToken.SignIn(
                        NOW.minusSeconds(900), "hwk user", Optional.of("192.0.2.7"))),
                List.of(
                    new IssuedToken.Use(
                        NOW.minusSeconds(80), "read", "trial/mail", "ann@acme.example", ""),
                    new IssuedToken.Use(NOW.minusSeconds(60), LONG, LONG, LONG, "2001:db8::7")),
                true)));
    all.put(
        "issued-token-unused",
        Pages.issuedToken(
            sheet,
            page(here, none, none),
            new IssuedToken(
                rows.getLast(),
                Optional.of(new IssuedToken.SignIn(NOW.minusSeconds(900), "pwd", none)),
                List.of(),
                false)));
  }
}
