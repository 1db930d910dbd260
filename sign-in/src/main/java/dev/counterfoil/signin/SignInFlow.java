package dev.counterfoil.signin;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Passkey;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.answers.Browsers;
import dev.counterfoil.http.answers.BusyException;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.pages.CodeForm;
import dev.counterfoil.pages.EnrolForm;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.Sheet;
import dev.counterfoil.pages.SignInForm;
import dev.counterfoil.signin.browser.BrowserWords;
import dev.counterfoil.signin.browser.Cookies;
import dev.counterfoil.signin.browser.FormAction;
import dev.counterfoil.signin.codes.OneTimeCodes;
import dev.counterfoil.signin.passkeys.PasskeyRefusedException;
import dev.counterfoil.signin.passkeys.Passkeys;
import dev.counterfoil.signin.passwords.PasswordHash;
import dev.counterfoil.signin.passwords.PasswordLimits;
import dev.counterfoil.signin.passwords.Passwords;
import dev.counterfoil.signin.sessions.Session;
import dev.counterfoil.signin.sessions.Sessions;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How a person signs in.
 *
 * <ol>
 *   <li>A page asks who is there: a passkey answers by itself, or a username is typed.
 *   <li>A form that is not ours, or of another browser, does nothing: the page comes again.
 *   <li>The proof is checked: a passkey, or a password within its limits. A username that nobody
 *       has gets the same answers in the same time. Behind a password comes a one-time code, for
 *       people who have them: it is used up, synced, before anything else.
 *   <li>The audit log's event is kept. Without it nobody signs in.
 *   <li>The session begins, synced, under a secret that the browser did not know before. A crash
 *       before this leaves nobody signed in; after it a session whose secret nobody has, which
 *       expires.
 *   <li>The browser goes back to where it was sent from, on this issuer and nowhere else.
 * </ol>
 *
 * An invitation goes the same way: its proof is the secret of its link, which is used up before the
 * passkey or password is kept. A crash between the two leaves an invitation that does not hold any
 * more, and the administrator invites again.
 */
final class SignInFlow {
  private static final int USERNAME_MAX = 64;

  /** No person's subject: these have 22 characters. */
  private static final String NOBODY = "nobody";

  private final SignIn signIn;
  private final Directory directory;
  private final Beside beside;
  private final Sessions sessions;
  private final Cookies cookies;
  private final PageAnswers answers;
  private final Optional<Passkeys> passkeys;
  private final Optional<Passwords> passwords;
  private final PasswordLimits limits;
  private final OneTimeCodes codes;
  private final AccountRecovery recovery;
  private final Federation federation;
  private final SignInNames names;

  SignInFlow(
      SignIn signIn,
      Directory directory,
      Beside beside,
      Sessions sessions,
      Cookies cookies,
      PageAnswers answers,
      Optional<Passkeys> passkeys,
      Optional<Passwords> passwords,
      PasswordLimits limits,
      OneTimeCodes codes,
      AccountRecovery recovery,
      Federation federation,
      SignInNames names) {
    this.signIn = signIn;
    this.directory = directory;
    this.beside = beside;
    this.sessions = sessions;
    this.cookies = cookies;
    this.answers = answers;
    this.passkeys = passkeys;
    this.passwords = passwords;
    this.limits = limits;
    this.codes = codes;
    this.recovery = recovery;
    this.federation = federation;
    this.names = names;
  }

  /** What went wrong: the name of its text, and how long to wait. */
  private record Trouble(String key, long seconds) {
    static Optional<Trouble> of(String key) {
      return Optional.of(new Trouble(key, 0));
    }
  }

  String home(ServerRequest request) {
    return answers.sheet(request, Locale.ROOT).path("/account");
  }

  void demand(ServerRequest request, ServerResponse response, Demand demand) {
    if (!SignInStep.isReturn(demand.returnTo())) {
      throw new IllegalArgumentException("a browser returns to a path on this issuer");
    }
    SignInStep step =
        new SignInStep(
            demand.returnTo(),
            demand.freshly(),
            demand.locale().toLanguageTag(),
            demand.tenant().orElse(""),
            "");
    String username =
        signIn
            .kept(request)
            .flatMap(kept -> signIn.person(kept.session()))
            .map(Person::username)
            .or(demand::loginHint)
            .orElse("");
    page(request, response, 200, step, username, false, Optional.empty());
  }

  void show(ServerRequest request, ServerResponse response) {
    if (signIn.session(request).isPresent()) {
      Browsers.go(response, home(request));
      return;
    }
    SignInStep step = new SignInStep(home(request), false, "", "", "");
    page(request, response, 200, step, "", false, Optional.empty());
  }

  private void page(
      ServerRequest request,
      ServerResponse response,
      int status,
      SignInStep step,
      String username,
      boolean asksPassword,
      Optional<Trouble> trouble) {
    page(request, response, status, step, username, asksPassword, trouble, Optional.empty());
  }

  private void page(
      ServerRequest request,
      ServerResponse response,
      int status,
      SignInStep step,
      String username,
      boolean asksPassword,
      Optional<Trouble> trouble,
      Optional<String> unknownPasskey) {
    Sheet sheet = answers.sheet(request, step.locale());
    SignInForm form =
        new SignInForm(
            hidden(request, response, step),
            username.length() > USERNAME_MAX ? "" : username,
            asksPassword,
            step.again(),
            passkeys.map(all -> all.toSignIn(cookies.form(request, response))),
            unknownPasskey,
            asksPassword && names.of(username.toLowerCase(Locale.ROOT), step.fixed(), "").asks()
                ? Optional.of(step.organisation())
                : Optional.empty(),
            federation.offers(step.fixed()),
            "&to=%s&again=%s&lang=%s"
                .formatted(encoded(step.to()), step.again(), encoded(step.language())),
            trouble.map(what -> sheet.say(what.key(), what.seconds())));
    PageAnswers.send(response, status, Pages.signIn(sheet, form, leadsTo(request, step)));
  }

  /** The sign-in page again, after something did not work at another provider. */
  void trouble(
      ServerRequest request,
      ServerResponse response,
      int status,
      String to,
      boolean again,
      String language,
      String key) {
    SignInStep step = new SignInStep(to, again, language, "", "");
    page(request, response, status, step, "", false, Trouble.of(key));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private Map<String, String> hidden(
      ServerRequest request, ServerResponse response, SignInStep step) {
    return Map.of(
        SignIn.FORM_TOKEN,
        cookies.token(request, response),
        "to",
        step.to(),
        "again",
        Boolean.toString(step.again()),
        "lang",
        step.language(),
        "tenant",
        step.tenant());
  }

  private Optional<String> leadsTo(ServerRequest request, SignInStep step) {
    return step.to().startsWith(home(request)) ? FormAction.HERE : FormAction.of(step.to());
  }

  private void codePage(
      ServerRequest request,
      ServerResponse response,
      int status,
      SignInStep step,
      Person person,
      Optional<Trouble> trouble) {
    Sheet sheet = answers.sheet(request, step.locale());
    Map<String, String> hidden = new HashMap<>(hidden(request, response, step));
    hidden.put("username", person.username());
    hidden.put("proof", codes.proof(cookies.form(request, response), person));
    CodeForm form =
        new CodeForm(
            hidden, person.username(), trouble.map(what -> sheet.say(what.key(), what.seconds())));
    PageAnswers.send(response, status, Pages.code(sheet, form, leadsTo(request, step)));
  }

  /** A username, then a password. */
  void password(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    BrowserForm form = BrowserForm.read(request);
    SignInStep step = SignInStep.of(form, home(request));
    String username = form.field("username").strip().toLowerCase(Locale.ROOT);
    String password = form.field("password");
    if (!cookies.isOurs(request, form.field(SignIn.FORM_TOKEN))) {
      page(request, response, 400, step, username, false, Trouble.of("sign-in.old"));
      return;
    }
    if (passwords.isEmpty()) {
      page(request, response, 400, step, username, false, Trouble.of("passkey.failed"));
      return;
    }
    if (username.isEmpty() || password.isEmpty()) {
      page(request, response, 200, step, username, !username.isEmpty(), Optional.empty());
      return;
    }
    SignInNames.Meant meant = names.of(username, step.fixed(), step.organisation());
    if (meant.asks()) {
      page(request, response, 200, step, username, true, Optional.empty());
      return;
    }
    String address = ClientAddress.ofClient(request);
    // All are looked up, or the time would say which of them there is.
    Optional<Person> person =
        meant.usernames().stream()
            .flatMap(name -> directory.byUsername(name).stream())
            .filter(one -> !one.disabled() && meant.isOf().test(one))
            .toList()
            .stream()
            .findFirst();
    Optional<String> subject = person.map(Person::subject);
    Optional<String> known = cookies.known(request);
    Optional<Duration> wait = limits.take(meant.key(), subject, known, address);
    if (wait.isPresent()) {
      refused(request, person, "attempts");
      long seconds = wait.get().toSeconds() + 1;
      response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds));
      Trouble slow = new Trouble("sign-in.slow", seconds);
      page(request, response, 429, step, username, true, Optional.of(slow));
      return;
    }
    // What is read of nobody takes as long.
    Optional<String> hash = directory.password(subject.orElse(NOBODY));
    boolean right =
        Passwords.length(password) <= Passwords.LENGTH_MAX
            && passwords.get().isRight(password, meant.key(), hash, address);
    if (!right || person.isEmpty() || hash.isEmpty()) {
      refused(request, person, "password");
      page(request, response, 401, step, username, true, Trouble.of("sign-in.refused"));
      return;
    }
    limits.right(meant.key(), subject, known);
    rehash(person.get(), password, hash.get(), address);
    if (codes.isAsked(person.get())) {
      codePage(request, response, 200, step, person.get(), Optional.empty());
      return;
    }
    complete(request, response, person.get(), byPassword(), step.to());
  }

  /** Another system's hash gives way to ours, now that its password is known. */
  private void rehash(Person person, String password, String hash, String address) {
    if (PasswordHash.parse(hash).isOurs()) {
      return;
    }
    try {
      directory
          .importedPasswords()
          .replace(person.subject(), hash, passwords.orElseThrow().hash(password, address));
    } catch (BusyException _) {
      // At the next sign-in.
    }
  }

  /** A one-time code, behind the password. */
  void code(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    BrowserForm form = BrowserForm.read(request);
    SignInStep step = SignInStep.of(form, home(request));
    String username = form.field("username");
    String proof = form.field("proof");
    Optional<Person> asked =
        Person.isUsername(username)
            ? directory.byUsername(username).filter(one -> !one.disabled())
            : Optional.empty();
    // Of nobody the same is done, or the time it takes would say whose names there are.
    String subject = asked.map(Person::subject).orElse(NOBODY);
    boolean isProof = codes.isProof(proof, cookies.form(request, response), subject);
    if (!cookies.isOurs(request, form.field(SignIn.FORM_TOKEN)) || asked.isEmpty() || !isProof) {
      page(request, response, 400, step, username, false, Trouble.of("sign-in.old"));
      return;
    }
    Person person = asked.get();
    switch (codes.use(person, proof, form.field("code"), cookies.known(request))) {
      case OneTimeCodes.Verdict.Slow slow -> {
        refused(request, asked, "attempts");
        long seconds = slow.pause().toSeconds() + 1;
        response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds));
        Trouble trouble = new Trouble("code.slow", seconds);
        codePage(request, response, 429, step, person, Optional.of(trouble));
      }
      case OneTimeCodes.Verdict.Wrong _ -> {
        refused(request, asked, "code");
        codePage(request, response, 401, step, person, Trouble.of("code.refused"));
      }
      case OneTimeCodes.Verdict.Right _ ->
          complete(request, response, person, byPasswordAndCode(), step.to());
    }
  }

  /** A passkey, which says by itself whose it is. */
  void passkey(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    BrowserForm form = BrowserForm.read(request);
    SignInStep step = SignInStep.of(form, home(request));
    if (passkeys.isEmpty() || !cookies.isOurs(request, form.field(SignIn.FORM_TOKEN))) {
      page(request, response, 400, step, "", false, Trouble.of("sign-in.old"));
      return;
    }
    try {
      Passkeys.Used used =
          passkeys
              .get()
              .used(form.field("credential"), cookies.form(request, response), directory::passkey);
      Passkey passkey = used.passkey();
      Person person =
          directory
              .bySubject(passkey.subject())
              .filter(one -> !one.disabled())
              .orElseThrow(() -> new PasskeyRefusedException("unknown", "the person is refused"));
      if (!directory.usedPasskey(passkey.id(), used.signCount(), used.backedUp(), answers.now())) {
        throw new PasskeyRefusedException("counter", "the passkey's counter went back");
      }
      complete(request, response, person, byPasskey(), step.to());
    } catch (PasskeyRefusedException e) {
      refused(request, Optional.empty(), "passkey-" + e.code());
      page(
          request,
          response,
          401,
          step,
          "",
          false,
          Trouble.of("passkey.refused"),
          passkeys.get().signalUnknown(form.field("credential"), directory::passkey));
    }
  }

  /**
   * Filed under the tenant of the person, else under the domain's own. What was typed as a name and
   * is none stays out: it may be a password.
   */
  void refused(ServerRequest request, Optional<Person> person, String code) {
    String who = person.map(Person::username).orElse("unknown");
    beside
        .events()
        .refused(
            SignInDrafts.signIn(request, who, "")
                .tenant(person.map(Person::tenant).orElse(KeyCeiling.OWN_TENANT))
                .refused(code, "the proof was not accepted"),
            Operation.PERSON_SIGN_IN,
            code,
            who);
  }

  /**
   * How a person proved who they are.
   *
   * @param at when
   */
  record Proof(List<String> amr, String acr, Instant at) {}

  private Proof byPasskey() {
    return new Proof(List.of("pop", "user", "mfa"), Session.PHISHING_RESISTANT, answers.now());
  }

  private Proof byPasswordAndCode() {
    return new Proof(List.of("pwd", "otp", "mfa"), Session.TWO_FACTORS, answers.now());
  }

  private Proof byPassword() {
    return new Proof(List.of("pwd"), Session.PASSWORD, answers.now());
  }

  void complete(
      ServerRequest request, ServerResponse response, Person person, Proof proof, String to)
      throws IOException {
    Optional<Sessions.Kept> before = signIn.kept(request);
    String id = sessions.idAfter(before, person.subject());
    beside
        .events()
        .record(
            SignInDrafts.signIn(request, person.subject(), proof.acr())
                .tenant(person.tenant())
                .session(id));
    Sessions.Begun begun =
        sessions.begin(
            before,
            id,
            person.subject(),
            proof.amr(),
            proof.acr(),
            proof.at(),
            ClientAddress.ofClient(request),
            BrowserWords.of(request.headers().first(HeaderNames.USER_AGENT).orElse("")));
    begun.ended().forEach(ended -> signIn.ended(request, ended));
    cookies.setSession(response, begun.secret());
    cookies.setKnown(response, limits.known().cookie(person.subject()));
    // Who does not look at the account sees it here.
    Browsers.go(
        response,
        recovery.pending(person.subject()).isPresent()
            ? answers.sheet(request, Locale.ROOT).path("/account/recovery?to=") + encoded(to)
            : to);
  }

  void showEnrol(ServerRequest request, ServerResponse response) {
    enrolPage(
        request, response, 200, request.query().first("invitation").orElse(""), Optional.empty());
  }

  private void enrolPage(
      ServerRequest request,
      ServerResponse response,
      int status,
      String secret,
      Optional<String> problem) {
    Optional<Person> invited = recovery.enrolling(secret);
    if (invited.isEmpty()) {
      recovery.gone(request, response, secret);
      return;
    }
    Person person = invited.get();
    Sheet sheet = answers.sheet(request, Locale.ROOT);
    EnrolForm form =
        new EnrolForm(
            Map.of(SignIn.FORM_TOKEN, cookies.token(request, response), "invitation", secret),
            person.name(),
            person.username(),
            passkeys.map(
                all ->
                    all.toEnrol(
                        cookies.form(request, response),
                        person,
                        directory.passkeys(person.subject()))),
            passwords.isPresent(),
            federation.offers(Optional.of(person.tenant())),
            "&invitation=" + encoded(secret),
            problem.map(sheet::say));
    PageAnswers.send(response, status, Pages.enrol(sheet, form));
  }

  /** The first passkey or the password of an invited person, who is signed in with it. */
  void enrol(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    BrowserForm form = BrowserForm.read(request);
    String secret = form.field("invitation");
    if (!cookies.isOurs(request, form.field(SignIn.FORM_TOKEN))) {
      enrolPage(request, response, 400, secret, Optional.of("sign-in.old"));
      return;
    }
    Optional<Person> invited = recovery.enrolling(secret);
    if (invited.isEmpty()) {
      recovery.gone(request, response, secret);
      return;
    }
    try {
      if (form.field("credential").isEmpty()) {
        enrolPassword(request, response, secret, invited.get(), form.field("password"));
      } else {
        enrolPasskey(request, response, secret, invited.get(), form.field("credential"));
      }
    } catch (DirectoryRefusedException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void enrolPassword(
      ServerRequest request, ServerResponse response, String secret, Person person, String password)
      throws IOException, DirectoryRefusedException {
    int length = Passwords.length(password);
    if (passwords.isEmpty() || length < Passwords.LENGTH_MIN || length > Passwords.LENGTH_MAX) {
      enrolPage(
          request,
          response,
          400,
          secret,
          Optional.of(
              length > Passwords.LENGTH_MAX ? "enrol.password-long" : "enrol.password-short"));
      return;
    }
    String phc = passwords.get().hash(password, ClientAddress.ofClient(request));
    beside
        .events()
        .record(
            SignInDrafts.own(Operation.PASSWORD_SET, request, person, "person", person.subject()));
    if (!recovery.use(secret, person, () -> signIn.endAll(person.subject()))) {
      recovery.gone(request, response, secret);
      return;
    }
    directory.setPassword(person.subject(), Optional.of(phc));
    complete(request, response, person, byPassword(), home(request));
  }

  private void enrolPasskey(
      ServerRequest request,
      ServerResponse response,
      String secret,
      Person person,
      String credential)
      throws IOException, DirectoryRefusedException {
    Passkey passkey;
    try {
      passkey =
          passkeys
              .orElseThrow(() -> new PasskeyRefusedException("none", "no passkeys here"))
              .enrolled(
                  credential,
                  cookies.form(request, response),
                  person,
                  label(request, answers.sheet(request, Locale.ROOT)));
    } catch (PasskeyRefusedException e) {
      refused(request, Optional.of(person), "passkey-" + e.code());
      enrolPage(request, response, 400, secret, Optional.of("passkey.refused"));
      return;
    }
    beside
        .events()
        .record(
            SignInDrafts.own(
                Operation.PASSKEY_ADD, request, person, "passkey", Base64Url.encode(passkey.id())));
    if (!recovery.use(secret, person, () -> signIn.endAll(person.subject()))) {
      recovery.gone(request, response, secret);
      return;
    }
    directory.addPasskey(passkey);
    complete(request, response, person, byPasskey(), home(request) + "?done=passkey.added");
  }

  /** What a passkey is called until its person says otherwise: where it was made. */
  static String label(ServerRequest request, Sheet sheet) {
    return sheet.say(
        "passkey.label",
        BrowserWords.of(request.headers().first(HeaderNames.USER_AGENT).orElse("")));
  }
}
