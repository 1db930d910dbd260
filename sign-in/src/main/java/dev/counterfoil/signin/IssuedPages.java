package dev.counterfoil.signin;

import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.pages.AccountPage;
import dev.counterfoil.pages.IssuedRows;
import dev.counterfoil.pages.IssuedToken;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.Sheet;
import dev.counterfoil.signin.Account.Own;
import dev.counterfoil.signin.attempts.Attempts;
import io.helidon.http.HeaderNames;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The pages of what was issued in a person's name: the list, one token, and the file of all. */
final class IssuedPages {
  /** How far back the months go, as records are kept. */
  private static final Duration KEPT = Duration.ofDays(730);

  private static final int ROWS = 50;
  private static final int KEYS_MAX = 10_000;
  private static final String TOKEN = "/account/issued/token";
  private static final String EXPORT = "/account/issued/export";

  private final Account account;
  private final Beside beside;
  private final PageAnswers answers;
  private final InstantSource clock;
  private final Attempts exports;

  IssuedPages(Account account, Beside beside, PageAnswers answers, InstantSource clock) {
    this.account = account;
    this.beside = beside;
    this.answers = answers;
    this.clock = clock;
    // One is read at a time, for all people, and may take a minute.
    this.exports = new Attempts(5, Duration.ofMinutes(5), KEYS_MAX, clock);
  }

  List<Account.Place> places() {
    String list = AccountPage.Place.ISSUED.path();
    return List.of(
        account.shown(list, own -> listPage(own, Optional.empty())),
        account.shown(TOKEN, this::tokenPage),
        account.shown(EXPORT, this::export),
        account.changed("/account/issued/revoke", list, this::revoke));
  }

  private InTheirName records() throws IOException {
    return beside.issued().orElseThrow(() -> new IOException("nobody lists tokens here"));
  }

  private void listPage(Own own, Optional<String> problem) {
    Sheet sheet = answers.sheet(own.request(), Locale.ROOT);
    Instant now = clock.instant();
    List<YearMonth> months = months(now);
    InTheirName.Which which =
        new InTheirName.Which(
            Account.query(own, "month").flatMap(IssuedPages::month).filter(months::contains),
            Account.query(own, "application").filter(id -> !id.isEmpty()));
    Optional<String> wrong = problem;
    List<IssuedRows.Row> rows = List.of();
    Optional<String> older = Optional.empty();
    try {
      InTheirName.Listed listed =
          records().list(own.person().subject(), which, Account.query(own, "before"), ROWS);
      rows = listed.tokens().stream().map(token -> row(token, now)).toList();
      older = listed.older();
      if (!listed.isWhole()) {
        wrong = Optional.of("issued.incomplete");
      }
    } catch (IOException e) {
      wrong = Optional.of("issued.unavailable");
    }
    PageAnswers.send(
        own.response(),
        wrong.isPresent() ? 503 : 200,
        Pages.issued(
            sheet,
            account.page(own, sheet, AccountPage.Place.ISSUED, wrong),
            new IssuedRows(rows, older, months, which.month(), which.clientId())));
  }

  /** The latest first. */
  private static List<YearMonth> months(Instant now) {
    YearMonth first = YearMonth.from(now.minus(KEPT).atOffset(ZoneOffset.UTC));
    return Stream.iterate(
            YearMonth.from(now.atOffset(ZoneOffset.UTC)),
            month -> !month.isBefore(first),
            month -> month.minusMonths(1))
        .toList();
  }

  private static Optional<YearMonth> month(String text) {
    try {
      return Optional.of(YearMonth.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static IssuedRows.Row row(InTheirName.Issued token, Instant now) {
    IssuedRows.State state =
        token.revoked()
            ? IssuedRows.State.REVOKED
            : now.isBefore(token.expires()) ? IssuedRows.State.VALID : IssuedRows.State.EXPIRED;
    return new IssuedRows.Row(
        token.id(),
        token.issuedAt(),
        token.client(),
        token.clientId(),
        token.audience(),
        token.scope(),
        token.expires(),
        state);
  }

  private void tokenPage(Own own) {
    Sheet sheet = answers.sheet(own.request(), Locale.ROOT);
    Optional<InTheirName.Followed> found;
    try {
      found = records().follow(own.person().subject(), Account.query(own, "id").orElse(""));
    } catch (IOException e) {
      answers.problem(own.request(), own.response(), 503, "issued.unavailable");
      return;
    }
    if (found.isEmpty()) {
      answers.problem(own.request(), own.response(), 404, "issued.not-yours");
      return;
    }
    InTheirName.Followed followed = found.get();
    PageAnswers.send(
        own.response(),
        200,
        Pages.issuedToken(
            sheet,
            account.page(own, sheet, AccountPage.Place.ISSUED, Optional.empty()),
            new IssuedToken(
                row(followed.token(), clock.instant()),
                followed
                    .from()
                    .map(from -> new IssuedToken.SignIn(from.at(), from.by(), from.address())),
                followed.uses().stream()
                    .map(
                        use ->
                            new IssuedToken.Use(
                                use.at(),
                                use.what(),
                                use.reporter(),
                                use.touched().orElse(""),
                                use.address().orElse("")))
                    .toList(),
                followed.more())));
  }

  private void export(Own own) {
    Optional<Duration> wait = exports.take(own.person().subject());
    if (wait.isPresent()) {
      long seconds = wait.get().toSeconds() + 1;
      own.response().header(HeaderNames.RETRY_AFTER, Long.toString(seconds));
      answers.error(
          own.request(),
          own.response(),
          429,
          answers.sheet(own.request(), Locale.ROOT).say("error.slow", seconds),
          Optional.empty());
      return;
    }
    byte[] bundle;
    try {
      bundle = records().export(own.person().subject());
    } catch (InTheirName.TooMuchException e) {
      answers.problem(own.request(), own.response(), 422, "issued.too-much");
      return;
    } catch (IOException e) {
      answers.problem(own.request(), own.response(), 503, "issued.unavailable");
      return;
    }
    own.response()
        .header(HeaderNames.CONTENT_TYPE, "application/x-ndjson")
        .header(HeaderNames.CONTENT_DISPOSITION, "attachment; filename=\"issued.ndjson\"")
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .header(HeaderNames.create("X-Content-Type-Options"), "nosniff")
        .send(bundle);
  }

  private void revoke(Own own, BrowserForm form) throws IOException {
    boolean notMe = form.field("answer").equals("not-me");
    boolean revoked;
    try {
      revoked = records().revoke(own.person().subject(), form.field("id"), notMe);
    } catch (IOException e) {
      revoked = false;
    }
    if (revoked) {
      account.done(
          own,
          AccountPage.Place.ISSUED.path(),
          notMe ? "issued.not-me-done" : "issued.revoke-done");
    } else {
      listPage(own, Optional.of("issued.revoke-failed"));
    }
  }
}
