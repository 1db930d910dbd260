package dev.counterfoil.signin;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.Recoveries;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.pages.LostForm;
import dev.counterfoil.pages.Notice;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.PendingRecovery;
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

/**
 * How people come back who lost everything.
 *
 * <ol>
 *   <li>The person asks on the sign-in page. It is an event with a reference, and the same answer
 *       for a name that nobody has. Nothing else happens by it, and no message goes out.
 *   <li>An administrator who knows that it is the person begins the recovery, and hands its link
 *       over. It does not hold yet.
 *   <li>Until it does, every sign-in to the account and every page of it says so, and stops it.
 *   <li>Then the link enrols a passkey or a password. Everything by which the person signed in
 *       before is taken away in the same change as the link is used up, then all sessions end, and
 *       what was issued on them. A crash between the two leaves a person without credentials: an
 *       administrator begins again.
 * </ol>
 */
final class AccountRecovery {
  private static final int KEYS_MAX = 100_000;
  private static final int SECRET_MAX = 64;

  private final Directory directory;
  private final Recoveries recoveries;
  private final Beside beside;
  private final Cookies cookies;
  private final PageAnswers answers;
  private final Attempts byAddress;
  private final Attempts byAll;

  AccountRecovery(
      Directory directory,
      Beside beside,
      Cookies cookies,
      PageAnswers answers,
      InstantSource clock) {
    this.directory = directory;
    this.recoveries = directory.recoveries();
    this.beside = beside;
    this.cookies = cookies;
    this.answers = answers;
    this.byAddress = new Attempts(5, Duration.ofMinutes(1), KEYS_MAX, clock);
    // Each is an event in the audit log: strangers do not fill it.
    this.byAll = new Attempts(60, Duration.ofSeconds(1), 1, clock);
  }

  void show(ServerRequest request, ServerResponse response) {
    page(request, response, 200, "", Optional.empty());
  }

  private void page(
      ServerRequest request,
      ServerResponse response,
      int status,
      String username,
      Optional<String> problem) {
    LostForm form =
        new LostForm(
            Map.of(SignIn.FORM_TOKEN, cookies.token(request, response)),
            Person.isUsername(username) ? username : "",
            problem);
    PageAnswers.send(response, status, Pages.lost(answers.sheet(request, Locale.ROOT), form));
  }

  void ask(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    BrowserForm form = BrowserForm.read(request);
    String username = form.field("username").strip().toLowerCase(Locale.ROOT);
    Sheet sheet = answers.sheet(request, Locale.ROOT);
    if (!cookies.isOurs(request, form.field(SignIn.FORM_TOKEN))) {
      page(request, response, 400, username, Optional.of(sheet.say("sign-in.old")));
      return;
    }
    if (!Person.isUsername(username)) {
      page(request, response, 200, "", Optional.empty());
      return;
    }
    Optional<Duration> wait =
        byAddress
            .take(PasswordLimits.network(ClientAddress.ofClient(request)))
            .or(() -> byAll.take(""));
    if (wait.isPresent()) {
      long seconds = wait.get().toSeconds() + 1;
      response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds));
      page(request, response, 429, username, Optional.of(sheet.say("error.slow", seconds)));
      return;
    }
    String reference = answers.reference();
    Optional<Person> person = directory.byUsername(username);
    beside
        .events()
        .record(
            EventDraft.of(Operation.RECOVERY_ASK)
                .part(SignInDrafts.PART)
                .tenant(person.map(Person::tenant).orElse(KeyCeiling.OWN_TENANT))
                .address(ClientAddress.ofClient(request))
                .user(person.map(Person::subject).orElse("unknown"))
                .entity("person", person.map(Person::subject).orElse("unknown"))
                .message("reference " + reference));
    Notice notice =
        new Notice(
            "lost-asked",
            sheet.say("lost.asked"),
            sheet.say("lost.asked-help"),
            Optional.of(reference),
            Optional.of(new Notice.NextStep("/sign-in", sheet.say("sign-in.title"))));
    PageAnswers.send(response, 200, Pages.notice(sheet, notice));
  }

  /** The recovery of a person that was begun and is not over. */
  Optional<PendingRecovery> pending(String subject) {
    return recoveries.of(subject).map(begun -> new PendingRecovery(begun.begunAt(), begun.dueAt()));
  }

  /** Stops the one of a person. */
  void stop(ServerRequest request, Person person) {
    if (recoveries.of(person.subject()).isPresent()) {
      beside
          .events()
          .recordEnd(
              SignInDrafts.own(
                  Operation.RECOVERY_STOP, request, person, "person", person.subject()));
      recoveries.stop(person.subject());
    }
  }

  /** Who enrols by a link, of an invitation or of a recovery that holds. */
  Optional<Person> enrolling(String secret) {
    return secret.length() > SECRET_MAX
        ? Optional.empty()
        : directory.invited(secret).or(() -> recoveries.recovering(secret));
  }

  /**
   * Uses a link up.
   *
   * @param ends ends all sessions of a person
   * @return true for the first of all that try
   */
  boolean use(String secret, Person person, Runnable ends) {
    if (directory.useInvitation(secret)) {
      return true;
    }
    if (!recoveries.use(secret)) {
      return false;
    }
    ends.run();
    beside.listener().personRecovered(person.subject());
    return true;
  }

  /** Says why a link does nothing: it does not hold yet, or not any more. */
  void gone(ServerRequest request, ServerResponse response, String secret) {
    Sheet sheet = answers.sheet(request, Locale.ROOT);
    Optional<Recoveries.Begun> early =
        secret.length() > SECRET_MAX
            ? Optional.empty()
            : recoveries.ofLink(secret).filter(begun -> answers.now().isBefore(begun.dueAt()));
    Notice notice =
        new Notice(
            "error",
            sheet.say(early.isPresent() ? "recovery.early" : "enrol.gone"),
            early
                .map(begun -> sheet.say("recovery.early-help", sheet.ago(begun.dueAt())))
                .orElseGet(() -> sheet.say("enrol.gone-help")),
            Optional.empty(),
            Optional.of(new Notice.NextStep("/sign-in", sheet.say("sign-in.title"))));
    PageAnswers.send(response, early.isPresent() ? 403 : 410, Pages.notice(sheet, notice));
  }
}
