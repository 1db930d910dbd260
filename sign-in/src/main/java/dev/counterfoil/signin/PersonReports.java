package dev.counterfoil.signin;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.pages.Notice;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.ReportForm;
import dev.counterfoil.pages.Sheet;
import dev.counterfoil.signin.attempts.Attempts;
import dev.counterfoil.signin.browser.Cookies;
import dev.counterfoil.signin.passwords.PasswordLimits;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes what people report: "this was not me", "I found a flaw". A report is an event that is on
 * disk before it is acknowledged; the monitor makes a finding of it. A stranger writes the texts:
 * they are shown as text, and nothing is done by them.
 */
final class PersonReports {
  static final String PATH = "/report";

  /** What is reported. */
  private static final Set<String> KINDS = Set.of("not-me", "flaw", "other");

  private static final int TEXT_MAX = 4_000;
  private static final int LINE_MAX = 200;
  private static final int KEYS_MAX = 100_000;
  private static final int OF_ADDRESS_MAX = 5;
  private static final int OF_ALL_MAX = 100;

  private final Beside beside;
  private final Cookies cookies;
  private final PageAnswers answers;
  private final Attempts byAddress;
  private final Attempts byAll;

  PersonReports(Beside beside, Cookies cookies, PageAnswers answers, InstantSource clock) {
    this.beside = beside;
    this.cookies = cookies;
    this.answers = answers;
    this.byAddress = new Attempts(OF_ADDRESS_MAX, Duration.ofMinutes(12), KEYS_MAX, clock);
    // Each is an event and a finding: strangers fill neither.
    this.byAll = new Attempts(OF_ALL_MAX, Duration.ofMinutes(1), 1, clock);
  }

  /**
   * What a person wrote.
   *
   * @param kind what it is
   * @param text in their own words
   * @param about a token, session or application that it is about
   * @param contact where they can be asked
   */
  record Report(String kind, String text, String about, String contact) {
    static Report of(BrowserForm form) {
      return new Report(
          form.field("kind"),
          // Browsers count a line's end as one character, and send two.
          form.field("text").replace("\r\n", "\n").strip(),
          form.field("about").strip(),
          form.field("contact").strip());
    }

    /** Whether all of it is there, and no longer than it may be. */
    boolean isWhole() {
      return KINDS.contains(kind)
          && !text.isEmpty()
          && text.length() <= TEXT_MAX
          && isLine(about)
          && isLine(contact)
          && text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n');
    }

    private static boolean isLine(String text) {
      return text.length() <= LINE_MAX && text.chars().noneMatch(Character::isISOControl);
    }
  }

  void show(ServerRequest request, ServerResponse response) {
    page(request, response, 200, new Report("", "", "", ""), Optional.empty());
  }

  private void page(
      ServerRequest request,
      ServerResponse response,
      int status,
      Report report,
      Optional<String> problem) {
    ReportForm form =
        new ReportForm(
            Map.of(SignIn.FORM_TOKEN, cookies.token(request, response)),
            report.text(),
            report.contact(),
            report.about(),
            problem);
    PageAnswers.send(response, status, Pages.report(answers.sheet(request, Locale.ROOT), form));
  }

  void take(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    BrowserForm form = BrowserForm.read(request);
    Report report = Report.of(form);
    Sheet sheet = answers.sheet(request, Locale.ROOT);
    if (!cookies.isOurs(request, form.field(SignIn.FORM_TOKEN))) {
      page(request, response, 400, report, Optional.of(sheet.say("sign-in.old")));
      return;
    }
    if (!report.isWhole()) {
      page(request, response, 400, report, Optional.of(sheet.say("report.bad")));
      return;
    }
    String address = ClientAddress.ofClient(request);
    Optional<Duration> wait =
        byAddress.take(PasswordLimits.network(address)).or(() -> byAll.take(""));
    if (wait.isPresent()) {
      long seconds = wait.get().toSeconds() + 1;
      response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds));
      page(request, response, 429, report, Optional.of(sheet.say("error.slow", seconds)));
      return;
    }
    String reference = answers.reference();
    beside
        .events()
        .record(
            EventDraft.of(Operation.REPORT_FILE)
                .part(SignInDrafts.PART)
                .tenant(KeyCeiling.OWN_TENANT)
                .address(address)
                .user("unknown")
                .entity("report", reference)
                .message("reference " + reference)
                .unmapped(
                    JsonObject.builder()
                        .put("reference", reference)
                        .put("report", report.kind())
                        .put("text", report.text())
                        .put("about", report.about())
                        .put("contact", report.contact())
                        .build()));
    Notice notice =
        new Notice(
            "report-taken",
            sheet.say("report.taken"),
            sheet.say("report.taken-help"),
            Optional.of(reference),
            Optional.empty());
    PageAnswers.send(response, 200, Pages.notice(sheet, notice));
  }
}
