package dev.counterfoil.signin;

import dev.counterfoil.directory.Person;
import dev.counterfoil.http.answers.Browsers;
import dev.counterfoil.pages.Notice;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.Sheet;
import dev.counterfoil.signin.Federation.Back;
import dev.counterfoil.signin.Federation.Errand;
import dev.counterfoil.signin.browser.Cookies;
import dev.counterfoil.signin.sessions.Session;
import dev.counterfoil.signin.upstream.UpstreamRefusedException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The pages around {@link Federation}: how a browser goes to a provider, and comes back. */
final class FederatedFlow {
  private static final System.Logger LOG = System.getLogger(FederatedFlow.class.getName());

  private final SignIn signIn;
  private final SignInFlow flow;
  private final Federation federation;
  private final AccountRecovery recovery;
  private final Cookies cookies;
  private final PageAnswers answers;

  FederatedFlow(
      SignIn signIn,
      SignInFlow flow,
      Federation federation,
      AccountRecovery recovery,
      Cookies cookies,
      PageAnswers answers) {
    this.signIn = signIn;
    this.flow = flow;
    this.federation = federation;
    this.recovery = recovery;
    this.cookies = cookies;
    this.answers = answers;
  }

  /**
   * A link on a page. Any page could lead here: it then signs in the person whose account it is at
   * the provider, as the button would.
   */
  void begin(ServerRequest request, ServerResponse response) {
    String to = query(request, "to");
    send(
        request,
        response,
        query(request, "name"),
        new Errand(
            SignInStep.isReturn(to) ? to : flow.home(request),
            query(request, "again").equals("true"),
            query(request, "lang"),
            query(request, "invitation"),
            ""));
  }

  private static String query(ServerRequest request, String name) {
    return request.query().first(name).orElse("");
  }

  /** A person who is signed in, with a fresh proof, is about to link an account. */
  void link(ServerRequest request, ServerResponse response, Person person) {
    send(
        request,
        response,
        query(request, "name"),
        new Errand(flow.home(request), false, "", "", person.subject()));
  }

  private void send(ServerRequest request, ServerResponse response, String name, Errand errand) {
    try {
      Federation.Sent sent = federation.begin(name, errand, cookies.form(request, response));
      cookies.setUpstream(response, sent.cookie());
      Browsers.go(response, sent.location().toString());
    } catch (UpstreamRefusedException e) {
      trouble(request, response, Optional.of(errand), e);
    } catch (IOException e) {
      unreachable(request, response, Optional.of(errand), name, e);
    }
  }

  private void trouble(
      ServerRequest request,
      ServerResponse response,
      Optional<Errand> errand,
      UpstreamRefusedException e) {
    LOG.log(System.Logger.Level.WARNING, "sign-in at an upstream was refused: {0}", e.getMessage());
    flow.refused(request, Optional.empty(), "upstream-" + e.code());
    page(
        request,
        response,
        401,
        errand,
        switch (e.code()) {
          case "not-linked", "tenant", "disabled", "directory" -> "upstream.not-linked";
          case "taken" -> "upstream.link-failed";
          case "auth-time" -> "upstream.stale";
          case "denied" -> "upstream.denied";
          case "too-long" -> "upstream.too-long";
          case "state" -> "sign-in.old";
          default -> "upstream.failed";
        });
  }

  private void unreachable(
      ServerRequest request,
      ServerResponse response,
      Optional<Errand> errand,
      String name,
      Exception e) {
    LOG.log(System.Logger.Level.WARNING, "upstream " + name + ": " + e.getMessage());
    page(request, response, 503, errand, "upstream.failed");
  }

  private void page(
      ServerRequest request,
      ServerResponse response,
      int status,
      Optional<Errand> errand,
      String key) {
    flow.trouble(
        request,
        response,
        status,
        errand.map(Errand::to).orElseGet(() -> flow.home(request)),
        errand.filter(Errand::again).isPresent(),
        errand.map(Errand::language).orElse(""),
        key);
  }

  /** The browser comes back to the address of a provider. */
  void back(String name, ServerRequest request, ServerResponse response) throws IOException {
    String cookie = cookies.upstream(request).orElse("");
    Optional<Errand> errand = federation.errand(cookie);
    if (!cookie.isEmpty()) {
      cookies.endUpstream(response);
    }
    try {
      Back back = federation.back(name, request, cookie, cookies.form(request, response));
      if (back.errand().linking().isEmpty()) {
        signIn(request, response, back);
      } else {
        ask(request, response, back);
      }
    } catch (UpstreamRefusedException e) {
      trouble(request, response, errand, e);
    } catch (Federation.UnreachableException e) {
      unreachable(request, response, errand, name, e);
    }
  }

  private void signIn(ServerRequest request, ServerResponse response, Back back)
      throws UpstreamRefusedException, IOException {
    String secret = back.errand().invitation();
    Optional<Person> invited = secret.isEmpty() ? Optional.empty() : recovery.enrolling(secret);
    if (!secret.isEmpty() && invited.isEmpty()) {
      recovery.gone(request, response, secret);
      return;
    }
    FederatedSteps.Step step = federation.step(back, invited);
    // Used up before the account is linked: a recovery takes away what was linked before.
    if (invited.isPresent()
        && !recovery.use(secret, invited.get(), () -> signIn.endAll(invited.get().subject()))) {
      recovery.gone(request, response, secret);
      return;
    }
    Person person = federation.carryOut(request, back, step);
    Instant now = answers.now();
    // A provider that does not say when gives no fresh proof here.
    Instant proved =
        back.errand().again()
            ? now
            : back.identity()
                .authTime()
                .filter(at -> at.isBefore(now))
                .orElse(now.minus(Account.FRESH));
    flow.complete(
        request,
        response,
        person,
        new SignInFlow.Proof(Federation.BY_UPSTREAM, Session.FEDERATED, proved),
        back.errand().to());
  }

  /** Of an account that another person is signed in with, at the provider, the person would see. */
  private void ask(ServerRequest request, ServerResponse response, Back back)
      throws UpstreamRefusedException {
    Person person =
        signIn
            .kept(request)
            .flatMap(kept -> signIn.person(kept.session()))
            .filter(one -> one.subject().equals(back.errand().linking()))
            .orElseThrow(
                () -> new UpstreamRefusedException("state", "another person is signed in now"));
    Sheet sheet = answers.sheet(request, Locale.ROOT);
    Notice notice =
        new Notice(
            "ask-link",
            sheet.say(
                "upstream.ask",
                Federation.label(back.upstream(), back.identity()),
                person.username()),
            sheet.say("upstream.ask-help"),
            Optional.empty(),
            Optional.of(
                new Notice.NextStep(
                    "/account/upstream/add",
                    sheet.say("upstream.link-now"),
                    Map.of(
                        SignIn.FORM_TOKEN,
                        cookies.token(request, response),
                        "proposal",
                        federation.proposal(back)))));
    PageAnswers.send(response, 200, Pages.notice(sheet, notice));
  }
}
