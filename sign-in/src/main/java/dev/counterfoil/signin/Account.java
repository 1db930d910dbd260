package dev.counterfoil.signin;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.directory.Consent;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Passkey;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.UpstreamLinks;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.answers.Browsers;
import dev.counterfoil.pages.AccountPage;
import dev.counterfoil.pages.AllowedApplication;
import dev.counterfoil.pages.CodesOffer;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.Sheet;
import dev.counterfoil.pages.SignInWays;
import dev.counterfoil.signin.browser.Cookies;
import dev.counterfoil.signin.codes.OneTimeCodes;
import dev.counterfoil.signin.codes.TimeCodes;
import dev.counterfoil.signin.passkeys.PasskeyRefusedException;
import dev.counterfoil.signin.passkeys.Passkeys;
import dev.counterfoil.signin.sessions.Session;
import dev.counterfoil.signin.sessions.Sessions;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The pages where a person sees what stands in their name, and ends it. */
final class Account {
  /** How recent a proof is that allows a change of a credential. */
  static final Duration FRESH = Duration.ofMinutes(5);

  private static final int ID_MAX = 2048;

  /** What a page may say was done, by the address to which the browser went after it. */
  private static final Set<String> DONE =
      Set.of(
          "passkey.added",
          "passkey.removed",
          "codes.removed",
          "recovery.stopped",
          "upstream.linked",
          "upstream.removed",
          "sessions.ended",
          "sessions.others-ended",
          "applications.withdrawn",
          "issued.revoke-done",
          "issued.not-me-done");

  private final SignIn signIn;
  private final Directory directory;
  private final Beside beside;
  private final Sessions sessions;
  private final Cookies cookies;
  private final PageAnswers answers;
  private final Optional<Passkeys> passkeys;
  private final OneTimeCodes codes;
  private final AccountRecovery recovery;
  private final Federation federation;
  private final FederatedFlow federated;
  private final InstantSource clock;

  Account(
      SignIn signIn,
      Directory directory,
      Beside beside,
      Sessions sessions,
      Cookies cookies,
      PageAnswers answers,
      Optional<Passkeys> passkeys,
      OneTimeCodes codes,
      AccountRecovery recovery,
      Federation federation,
      FederatedFlow federated,
      InstantSource clock) {
    this.signIn = signIn;
    this.directory = directory;
    this.beside = beside;
    this.sessions = sessions;
    this.cookies = cookies;
    this.answers = answers;
    this.passkeys = passkeys;
    this.codes = codes;
    this.recovery = recovery;
    this.federation = federation;
    this.federated = federated;
    this.clock = clock;
  }

  record Place(Method method, String path, SignIn.Action action) {}

  /** What one who is signed in asks for. */
  record Own(ServerRequest request, ServerResponse response, Sessions.Kept kept, Person person) {
    boolean isFresh(Instant now) {
      return now.isBefore(kept.session().authTime().plus(FRESH));
    }
  }

  interface Shown {
    void answer(Own own) throws IOException;
  }

  interface Changed {
    void answer(Own own, BrowserForm form) throws IOException;
  }

  List<Place> places() {
    String applications = AccountPage.Place.APPLICATIONS.path();
    List<Place> places = new ArrayList<>(new IssuedPages(this, beside, answers, clock).places());
    places.addAll(
        List.of(
            shown("/account", own -> waysPage(own, Optional.empty())),
            shown(applications, own -> applicationsPage(own)),
            changed("/account/sign-out", "/account", this::signOut),
            changed("/account/sessions/end", "/account", this::endSession),
            changed("/account/sessions/end-others", "/account", this::endOthers),
            changed("/account/passkeys/begin", "/account", this::beginPasskey),
            changed("/account/passkeys/add", "/account", this::addPasskey),
            changed("/account/passkeys/remove", "/account", this::removePasskey),
            shown("/account/recovery", own -> recoveryPage(own)),
            changed("/account/recovery/stop", "/account", this::stopRecovery),
            shown("/account/upstream/link", own -> linkUpstream(own)),
            changed("/account/upstream/add", "/account", this::addUpstream),
            changed("/account/upstream/remove", "/account", this::removeUpstream),
            shown("/account/codes", own -> codesPage(own)),
            changed("/account/codes/add", "/account/codes", this::addCodes),
            changed("/account/codes/renew", "/account", this::renewRecovery),
            changed("/account/codes/remove", "/account", this::removeCodes),
            changed("/account/applications/withdraw", applications, this::withdraw)));
    return places;
  }

  Place shown(String path, Shown shown) {
    return new Place(
        Method.GET,
        path,
        (request, response) -> {
          Optional<Own> own = own(request, response);
          if (own.isPresent()) {
            shown.answer(own.get());
          } else {
            demand(request, response, path, false);
          }
        });
  }

  Place changed(String path, String page, Changed changed) {
    return new Place(
        Method.POST,
        path,
        (request, response) -> {
          BrowserForm form = BrowserForm.read(request);
          Optional<Own> own = own(request, response);
          if (own.isEmpty()) {
            demand(request, response, page, false);
          } else if (!cookies.isOurs(request, form.field(SignIn.FORM_TOKEN))) {
            answers.problem(request, response, 400, "error.form");
          } else {
            changed.answer(own.get(), form);
          }
        });
  }

  private Optional<Own> own(ServerRequest request, ServerResponse response) {
    return signIn
        .kept(request)
        .flatMap(
            kept ->
                signIn
                    .person(kept.session())
                    .map(person -> new Own(request, response, kept, person)));
  }

  private void demand(
      ServerRequest request, ServerResponse response, String path, boolean freshly) {
    signIn.demand(
        request,
        response,
        new Demand(
            answers.sheet(request, Locale.ROOT).path(path),
            Optional.empty(),
            freshly,
            Locale.ROOT));
  }

  void done(Own own, String page, String key) {
    Browsers.go(own.response, answers.sheet(own.request, Locale.ROOT).path(page) + "?done=" + key);
  }

  AccountPage page(Own own, Sheet sheet, AccountPage.Place place, Optional<String> problem) {
    return new AccountPage(
        place,
        Map.of(SignIn.FORM_TOKEN, cookies.token(own.request, own.response)),
        own.person.username(),
        query(own, "done").filter(DONE::contains).map(sheet::say),
        problem.map(sheet::say),
        recovery.pending(own.person.subject()));
  }

  /** Where a browser goes after a sign-in while there is one. */
  private void recoveryPage(Own own) {
    Sheet sheet = answers.sheet(own.request, Locale.ROOT);
    String to = own.request.query().first("to").orElse("");
    String next = SignInStep.isReturn(to) ? to : sheet.path("/account");
    AccountPage page = page(own, sheet, AccountPage.Place.SIGN_IN, Optional.empty());
    if (page.recovery().isEmpty()) {
      Browsers.go(own.response, next);
    } else {
      PageAnswers.send(own.response, 200, Pages.recovery(sheet, page, next));
    }
  }

  /** Without a fresh proof: it only keeps what is. */
  private void stopRecovery(Own own, BrowserForm form) {
    recovery.stop(own.request, own.person);
    done(own, "/account", "recovery.stopped");
  }

  static Optional<String> query(Own own, String name) {
    return own.request.query().first(name).asOptional().filter(text -> text.length() <= ID_MAX);
  }

  // How the person signs in.

  private void waysPage(Own own, Optional<String> problem) {
    boolean adds = own.request.query().contains("add") && passkeys.isPresent();
    if (adds && !own.isFresh(clock.instant())) {
      demand(own.request, own.response, "/account?add=1", true);
      return;
    }
    Sheet sheet = answers.sheet(own.request, Locale.ROOT);
    String subject = own.person.subject();
    List<Passkey> present = directory.passkeys(subject);
    List<SignInWays.SessionRow> rows = new ArrayList<>();
    for (Sessions.Kept kept : sessions.of(subject)) {
      boolean isThis = kept.hash().equals(own.kept.hash());
      rows.add(
          isThis ? 0 : rows.size(),
          new SignInWays.SessionRow(
              kept.session().id(),
              kept.browser(),
              kept.address(),
              sheet.say("way." + way(kept.session())),
              kept.began(),
              kept.expires(),
              isThis));
    }
    SignInWays ways =
        new SignInWays(
            present.stream()
                .map(
                    passkey ->
                        new SignInWays.PasskeyRow(
                            Base64Url.encode(passkey.id()),
                            passkey.label(),
                            passkey.backedUp(),
                            passkey.createdAt(),
                            passkey.usedAt()))
                .toList(),
            rows,
            directory.password(subject).isPresent(),
            codes.recoveryLeft(own.person),
            directory.upstreamLinks().of(subject).stream()
                .map(
                    link ->
                        new SignInWays.LinkRow(
                            link.issuer(), link.account(), link.label(), link.madeAt()))
                .toList(),
            federation.offers(Optional.of(own.person.tenant())),
            passkeys.isPresent(),
            passkeys
                .filter(_ -> adds)
                .map(
                    all ->
                        all.toEnrol(cookies.form(own.request, own.response), own.person, present)),
            passkeys
                .filter(_ -> query(own, "done").filter("passkey.removed"::equals).isPresent())
                .map(all -> all.signal(subject, present)));
    PageAnswers.send(
        own.response,
        problem.isPresent() ? 400 : 200,
        Pages.account(sheet, page(own, sheet, AccountPage.Place.SIGN_IN, problem), ways));
  }

  private void signOut(Own own, BrowserForm form) {
    signIn.end(own.request, own.response, own.kept.session());
    signIn.signedOut(own.request, own.response);
  }

  private void endSession(Own own, BrowserForm form) {
    sessions.of(own.person.subject()).stream()
        .filter(kept -> kept.session().id().equals(form.field("id")))
        .forEach(kept -> signIn.endNow(own.request, kept));
    done(own, "/account", "sessions.ended");
  }

  private void endOthers(Own own, BrowserForm form) {
    sessions.of(own.person.subject()).stream()
        .filter(kept -> !kept.hash().equals(own.kept.hash()))
        .forEach(kept -> signIn.endNow(own.request, kept));
    beside.listener().otherSessionsEnded(own.person.subject());
    done(own, "/account", "sessions.others-ended");
  }

  private void beginPasskey(Own own, BrowserForm form) {
    Browsers.go(own.response, answers.sheet(own.request, Locale.ROOT).path("/account?add=1"));
  }

  private void addPasskey(Own own, BrowserForm form) throws IOException {
    if (passkeys.isEmpty() || !own.isFresh(clock.instant())) {
      demand(own.request, own.response, "/account?add=1", true);
      return;
    }
    try {
      Passkey passkey =
          passkeys
              .get()
              .enrolled(
                  form.field("credential"),
                  cookies.form(own.request, own.response),
                  own.person,
                  SignInFlow.label(own.request, answers.sheet(own.request, Locale.ROOT)));
      beside
          .events()
          .record(
              SignInDrafts.own(
                  Operation.PASSKEY_ADD,
                  own.request,
                  own.person,
                  "passkey",
                  Base64Url.encode(passkey.id())));
      directory.addPasskey(passkey);
      done(own, "/account", "passkey.added");
    } catch (PasskeyRefusedException | DirectoryRefusedException e) {
      waysPage(own, Optional.of("passkey.refused"));
    }
  }

  private void removePasskey(Own own, BrowserForm form) throws IOException {
    if (!own.isFresh(clock.instant())) {
      demand(own.request, own.response, "/account", true);
      return;
    }
    String subject = own.person.subject();
    List<Passkey> present = directory.passkeys(subject);
    Optional<byte[]> id =
        present.stream()
            .map(Passkey::id)
            .filter(one -> Base64Url.encode(one).equals(form.field("id")))
            .findFirst();
    if (id.isEmpty()) {
      // No event of what never was; one that is removed already is what was asked for.
      done(own, "/account", "passkey.removed");
      return;
    }
    if (present.size() < 2
        && directory.password(subject).isEmpty()
        && directory.upstreamLinks().of(subject).isEmpty()) {
      waysPage(own, Optional.of("passkey.last"));
      return;
    }
    beside
        .events()
        .record(
            SignInDrafts.own(
                Operation.PASSKEY_REMOVE, own.request, own.person, "passkey", form.field("id")));
    directory.removePasskey(subject, id.get());
    done(own, "/account", "passkey.removed");
  }

  private static String way(Session session) {
    return session.amr().contains("otp") ? "otp" : session.amr().getFirst();
  }

  // Accounts at other providers.

  private void linkUpstream(Own own) {
    if (own.isFresh(clock.instant())) {
      federated.link(own.request, own.response, own.person);
      return;
    }
    String name = own.request.query().first("name").orElse("");
    demand(
        own.request,
        own.response,
        federation.named(name).isPresent() ? "/account/upstream/link?name=" + name : "/account",
        true);
  }

  private void addUpstream(Own own, BrowserForm form) throws IOException {
    if (!own.isFresh(clock.instant())) {
      demand(own.request, own.response, "/account", true);
    } else if (federation.accept(own.request, own.person, form.field("proposal"))) {
      done(own, "/account", "upstream.linked");
    } else {
      waysPage(own, Optional.of("upstream.link-failed"));
    }
  }

  private void removeUpstream(Own own, BrowserForm form) throws IOException {
    if (!own.isFresh(clock.instant())) {
      demand(own.request, own.response, "/account", true);
      return;
    }
    String subject = own.person.subject();
    List<UpstreamLinks.Link> links = directory.upstreamLinks().of(subject);
    Optional<UpstreamLinks.Link> link =
        links.stream()
            .filter(
                one ->
                    one.issuer().equals(form.field("issuer"))
                        && one.account().equals(form.field("account")))
            .findFirst();
    if (link.isPresent()
        && links.size() < 2
        && directory.passkeys(subject).isEmpty()
        && directory.password(subject).isEmpty()) {
      waysPage(own, Optional.of("passkey.last"));
      return;
    }
    if (link.isPresent()) {
      beside
          .events()
          .record(
              ofPerson(Operation.UPSTREAM_UNLINK, own)
                  .message("account at " + link.get().issuer()));
      directory.upstreamLinks().unlink(subject, link.get().issuer(), link.get().account());
    }
    done(own, "/account", "upstream.removed");
  }

  // One-time codes.

  private void codesPage(Own own) {
    if (!own.isFresh(clock.instant())) {
      demand(own.request, own.response, "/account/codes", true);
    } else if (directory.password(own.person.subject()).isEmpty()) {
      Browsers.go(own.response, answers.sheet(own.request, Locale.ROOT).path("/account"));
    } else {
      offer(own, codes.offer(own.kept.session()), Optional.empty());
    }
  }

  private void offer(Own own, OneTimeCodes.Offer offer, Optional<String> problem) {
    Sheet sheet = answers.sheet(own.request, Locale.ROOT);
    PageAnswers.send(
        own.response,
        problem.isPresent() ? 400 : 200,
        Pages.offerCodes(
            sheet,
            page(own, sheet, AccountPage.Place.SIGN_IN, problem),
            new CodesOffer(
                Map.of("offer", offer.sealed()),
                TimeCodes.text(offer.secret()),
                TimeCodes.uri(sheet.brand(), own.person.username(), offer.secret()))));
  }

  /** The offer was made after a fresh proof, to this session, and holds for some minutes. */
  private void addCodes(Own own, BrowserForm form) throws IOException {
    Optional<OneTimeCodes.Offer> offer = codes.offered(own.kept.session(), form.field("offer"));
    if (offer.isEmpty() || directory.password(own.person.subject()).isEmpty()) {
      Browsers.go(own.response, answers.sheet(own.request, Locale.ROOT).path("/account/codes"));
      return;
    }
    OptionalLong step = codes.confirmed(offer.get(), form.field("code"));
    if (step.isEmpty()) {
      offer(own, offer.get(), Optional.of("codes.refused"));
      return;
    }
    beside.events().record(ofPerson(Operation.ONE_TIME_CODE_ADD, own));
    try {
      recoveryCodes(own, codes.set(own.person, offer.get(), step.getAsLong()), "codes.added");
    } catch (DirectoryRefusedException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static EventDraft ofPerson(Operation operation, Own own) {
    return SignInDrafts.own(operation, own.request, own.person, "person", own.person.subject());
  }

  private void renewRecovery(Own own, BrowserForm form) throws IOException {
    if (!own.isFresh(clock.instant())) {
      demand(own.request, own.response, "/account", true);
    } else if (!codes.isAsked(own.person)) {
      Browsers.go(own.response, answers.sheet(own.request, Locale.ROOT).path("/account"));
    } else {
      beside.events().record(ofPerson(Operation.RECOVERY_CODES_RENEW, own));
      recoveryCodes(own, codes.renewRecovery(own.person), "codes.recovery");
    }
  }

  private void recoveryCodes(Own own, List<String> made, String done) {
    Sheet sheet = answers.sheet(own.request, Locale.ROOT);
    AccountPage page =
        new AccountPage(
            AccountPage.Place.SIGN_IN,
            Map.of(SignIn.FORM_TOKEN, cookies.token(own.request, own.response)),
            own.person.username(),
            Optional.of(sheet.say(done)),
            Optional.empty(),
            Optional.empty());
    PageAnswers.send(own.response, 200, Pages.recoveryCodes(sheet, page, made));
  }

  private void removeCodes(Own own, BrowserForm form) throws IOException {
    if (!own.isFresh(clock.instant())) {
      demand(own.request, own.response, "/account", true);
      return;
    }
    if (codes.isAsked(own.person)) {
      beside.events().record(ofPerson(Operation.ONE_TIME_CODE_REMOVE, own));
      codes.remove(own.person);
    }
    done(own, "/account", "codes.removed");
  }

  // What the person allowed.

  private void applicationsPage(Own own) {
    Sheet sheet = answers.sheet(own.request, Locale.ROOT);
    Instant now = clock.instant();
    List<AllowedApplication> rows =
        directory.consents(own.person.subject()).stream()
            .filter(consent -> consent.until().map(now::isBefore).orElse(true))
            .map(consent -> row(sheet, consent))
            .toList();
    PageAnswers.send(
        own.response,
        200,
        Pages.applications(
            sheet, page(own, sheet, AccountPage.Place.APPLICATIONS, Optional.empty()), rows));
  }

  private AllowedApplication row(Sheet sheet, Consent consent) {
    return new AllowedApplication(
        consent.clientId(),
        beside.clientName().apply(consent.clientId()),
        ScopeWords.effects(sheet, consent.scopes()),
        consent.at(),
        consent.until());
  }

  private void withdraw(Own own, BrowserForm form) throws IOException {
    String client = form.field("id");
    if (directory.consent(own.person.subject(), client).isPresent()) {
      beside
          .events()
          .recordEnd(
              SignInDrafts.own(
                  Operation.CONSENT_WITHDRAW, own.request, own.person, "client", client));
      if (directory.withdraw(own.person.subject(), client)) {
        beside.listener().consentWithdrawn(own.person.subject(), client);
      }
    }
    done(own, AccountPage.Place.APPLICATIONS.path(), "applications.withdrawn");
  }
}
