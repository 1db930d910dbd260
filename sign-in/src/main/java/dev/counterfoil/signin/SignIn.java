package dev.counterfoil.signin;

import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.http.answers.BusyException;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.outbound.OutboundGuard;
import dev.counterfoil.pages.ConsentForm;
import dev.counterfoil.pages.Notice;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.Sheet;
import dev.counterfoil.signin.attempts.Attempts;
import dev.counterfoil.signin.browser.Cookies;
import dev.counterfoil.signin.browser.FormAction;
import dev.counterfoil.signin.browser.KnownBrowsers;
import dev.counterfoil.signin.browser.SignInKey;
import dev.counterfoil.signin.codes.OneTimeCodes;
import dev.counterfoil.signin.passkeys.Passkeys;
import dev.counterfoil.signin.passkeys.RelatedOrigins;
import dev.counterfoil.signin.passwords.NobodysHash;
import dev.counterfoil.signin.passwords.PasswordLimits;
import dev.counterfoil.signin.passwords.Passwords;
import dev.counterfoil.signin.sessions.HeldSession;
import dev.counterfoil.signin.sessions.Session;
import dev.counterfoil.signin.sessions.Sessions;
import dev.counterfoil.signin.upstream.Upstream;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.PathMatchers;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Signs the people of one issuer in. The face of this room: who is signed in at a request, how a
 * browser is sent to sign in and comes back, what a person is asked, and how a session ends. For
 * all threads.
 */
public final class SignIn implements AutoCloseable {
  /** The field of a form in which {@link #isFromOurPage} looks. */
  public static final String FORM_TOKEN = "form_token";

  private final Settings settings;
  private final Directory directory;
  private final Map<String, Attempts> shared;
  private final Beside beside;
  private final Sessions sessions;
  private final Cookies cookies;
  private final PageAnswers answers;
  private final SignInFlow flow;
  private final Account account;
  private final Federation federation;
  private final FederatedFlow federated;
  private final AccountRecovery recovery;
  private final PersonReports reports;

  /**
   * What an issuer's sign-in is told.
   *
   * @param issuer its URL
   * @param brand whose pages they are, for people
   * @param sessions file in which sessions are kept
   * @param key file with the key of this room: of its own cookies, and of what it seals at rest
   * @param sessionLife after which a person signs in again
   * @param passwords whether people may have passwords
   * @param upstreams other providers at which people may sign in
   * @param outbound where what others name may be asked
   * @param passkeyHost whose passkeys are used; empty for the issuer's own
   * @param relatedOrigins that may use the passkeys of the issuer's host
   * @param signInDomains what stands behind the {@code @} of people's names, by tenant
   */
  public record Settings(
      URI issuer,
      String brand,
      Path sessions,
      Path key,
      Duration sessionLife,
      boolean passwords,
      List<Upstream> upstreams,
      OutboundGuard outbound,
      Optional<String> passkeyHost,
      List<URI> relatedOrigins,
      Map<String, List<String>> signInDomains) {
    public Settings {
      relatedOrigins = List.copyOf(relatedOrigins);
      signInDomains = Map.copyOf(signInDomains);
      upstreams = List.copyOf(upstreams);
    }

    /** How long a session holds unless it is said otherwise. */
    public static final Duration SESSION_LIFE = Duration.ofHours(12);

    String base() {
      String path = Objects.requireNonNullElse(issuer.getRawPath(), "");
      return path.equals("/") ? "" : path;
    }
  }

  private SignIn(
      Settings settings,
      Directory directory,
      Beside beside,
      Sessions sessions,
      SignInKey key,
      FailedRequests failed,
      SecureRandom random,
      InstantSource clock) {
    this.settings = settings;
    this.directory = directory;
    this.beside = beside;
    this.sessions = sessions;
    sessions.announcing(beside.listener()::sessionEnds);
    this.cookies = new Cookies(settings.issuer, random);
    this.answers = new PageAnswers(settings.base(), settings.brand, random, clock, failed);
    Optional<Passkeys> passkeys =
        Passkeys.canHave(settings.issuer)
            ? Optional.of(
                new Passkeys(settings.issuer, settings.passkeyHost, settings.brand, random, clock))
            : Optional.empty();
    AccountRecovery recovery = new AccountRecovery(directory, beside, cookies, answers, clock);
    this.recovery = recovery;
    this.reports = new PersonReports(beside, cookies, answers, clock);
    this.federation = new Federation(settings, directory, beside, key, random, clock);
    OneTimeCodes codes = new OneTimeCodes(directory, key, beside.attempts(), random, clock);
    PasswordLimits limits = new PasswordLimits(new KnownBrowsers(key), beside.attempts(), clock);
    this.shared =
        Stream.concat(limits.all().stream(), codes.limits().stream())
            .collect(Collectors.toUnmodifiableMap(Attempts::name, one -> one));
    this.flow =
        new SignInFlow(
            this,
            directory,
            beside,
            sessions,
            cookies,
            answers,
            passkeys,
            settings.passwords
                ? Optional.of(
                    new Passwords(
                        random,
                        new NobodysHash(directory.importedPasswords()::kinds, key, clock)::of))
                : Optional.empty(),
            limits,
            codes,
            recovery,
            federation,
            new SignInNames(settings.signInDomains));
    this.federated = new FederatedFlow(this, flow, federation, recovery, cookies, answers);
    this.account =
        new Account(
            this,
            directory,
            beside,
            sessions,
            cookies,
            answers,
            passkeys,
            codes,
            recovery,
            federation,
            federated,
            clock);
  }

  /**
   * Opens the sessions of an issuer.
   *
   * @param failed counts requests at which this process failed
   * @throws IOException when a file cannot be read or made
   */
  public static SignIn open(
      Settings settings,
      Directory directory,
      Beside beside,
      FailedRequests failed,
      SecureRandom random,
      InstantSource clock)
      throws IOException {
    return new SignIn(
        settings,
        directory,
        beside,
        Sessions.open(settings.sessions, settings.sessionLife, random, clock),
        SignInKey.open(settings.key, random),
        failed,
        random,
        clock);
  }

  /**
   * Takes an attempt for another authority.
   *
   * @return how long to wait, zero where it may be tried now; empty where there is no such limit
   */
  public Optional<Duration> takeHere(String limit, String key) {
    return Optional.ofNullable(shared.get(limit))
        .map(one -> one.takeHere(key).orElse(Duration.ZERO));
  }

  /** Forgets attempts that another authority had counted here. */
  public void forgetHere(String limit, String key) {
    Optional.ofNullable(shared.get(limit)).ifPresent(one -> one.forgetHere(key));
  }

  /** Whether people of an issuer can have passkeys: its host is a name, on https or localhost. */
  public static boolean takesPasskeys(URI issuer) {
    return Passkeys.canHave(issuer);
  }

  /**
   * Lays out its pages below the issuer: {@code /sign-in}, {@code /account}, and {@code
   * /enrol?invitation=} with the secret of an invitation.
   */
  public void register(HttpRouting.Builder routing) {
    at(routing, Method.GET, "/sign-in", flow::show);
    at(routing, Method.POST, "/sign-in", flow::password);
    at(routing, Method.POST, "/sign-in/code", flow::code);
    at(routing, Method.POST, "/sign-in/passkey", flow::passkey);
    at(routing, Method.GET, "/sign-in/upstream", federated::begin);
    for (String name : federation.names()) {
      Action back = (request, response) -> federated.back(name, request, response);
      at(routing, Method.GET, Federation.callback(name), back);
    }
    at(routing, Method.GET, "/sign-in/lost", recovery::show);
    at(routing, Method.POST, "/sign-in/lost", recovery::ask);
    at(routing, Method.GET, PersonReports.PATH, reports::show);
    at(routing, Method.POST, PersonReports.PATH, reports::take);
    at(routing, Method.GET, "/enrol", flow::showEnrol);
    at(routing, Method.POST, "/enrol", flow::enrol);
    if (!settings.relatedOrigins.isEmpty()) {
      // Of the host, and of no issuer below a path of it (WebAuthn 5.11.1).
      routing.route(
          Method.predicate(Method.GET),
          PathMatchers.exact(RelatedOrigins.PATH),
          new RelatedOrigins(settings.relatedOrigins));
    }
    account.places().forEach(place -> at(routing, place.method(), place.path(), place.action()));
  }

  /** What answers a request for a page. */
  @FunctionalInterface
  interface Action {
    void answer(ServerRequest request, ServerResponse response)
        throws RefusedRequestException, IOException;
  }

  private void at(HttpRouting.Builder routing, Method method, String path, Action action) {
    routing.route(
        Method.predicate(method),
        PathMatchers.exact(settings.base() + path),
        handler(path, action));
  }

  private Handler handler(String path, Action action) {
    return (request, response) -> {
      try {
        if (request.prologue().method().equals(Method.GET)) {
          turn(request, response);
        }
        action.answer(request, response);
      } catch (RefusedRequestException e) {
        answers.problem(request, response, e.problem().status(), "error.form");
      } catch (BusyException e) {
        answers.problem(request, response.header(HeaderNames.RETRY_AFTER, "5"), 503, "error.busy");
      } catch (IOException | RuntimeException e) {
        answers.failed(request, response, path, e);
      }
    };
  }

  /** Who is signed in at a request; empty when nobody is, or the person is refused. */
  public Optional<Session> session(ServerRequest request) {
    return kept(request).map(Sessions.Kept::session);
  }

  /**
   * The session of a request, whose person the caller looks up, and whether they are refused. The
   * browser gets its next secret where that is due: for pages that a browser goes to.
   */
  public Optional<Session> presented(ServerRequest request, ServerResponse response) {
    Optional<Session> session = presented(request).map(Sessions.Kept::session);
    if (session.isPresent()) {
      turn(request, response);
    }
    return session;
  }

  /** Whether a person's session with this handle lasts. */
  public boolean lasts(String subject, String session) {
    return sessions.of(subject).stream().anyMatch(kept -> kept.session().id().equals(session));
  }

  /** A person's sessions here, the latest first. */
  public List<HeldSession> of(String subject) {
    return sessions.of(subject).stream()
        .map(
            kept ->
                new HeldSession(
                    kept.session(), kept.began(), kept.expires(), kept.address(), kept.browser()))
        .toList();
  }

  /**
   * Ends a person's session with this handle, and what was issued on it. The caller keeps the
   * event.
   *
   * @return whether it lasted here until now
   */
  public boolean end(String subject, String session) {
    boolean isEnded = false;
    for (Sessions.Kept kept : sessions.of(subject)) {
      if (kept.session().id().equals(session) && sessions.end(kept)) {
        beside.listener().sessionEnded(kept.session());
        isEnded = true;
      }
    }
    return isEnded;
  }

  /**
   * Whether a key of another provider made a token's signature; what the token says is not looked
   * at.
   *
   * @throws IOException when the provider's keys cannot be fetched now
   */
  public boolean isSignedByUpstream(String upstream, String token) throws IOException {
    return federation.isSigned(upstream, token);
  }

  /** Ends a person's session with this handle, where it lasts; the listener knows of it. */
  public void endQuietly(String subject, String session) {
    sessions.of(subject).stream()
        .filter(kept -> kept.session().id().equals(session))
        .forEach(sessions::end);
  }

  private void turn(ServerRequest request, ServerResponse response) {
    cookies
        .session(request)
        .flatMap(sessions::turn)
        .ifPresent(secret -> cookies.setSession(response, secret));
  }

  Optional<Sessions.Kept> kept(ServerRequest request) {
    return presented(request).filter(kept -> person(kept.session()).isPresent());
  }

  private Optional<Sessions.Kept> presented(ServerRequest request) {
    Optional<Sessions.Presented> presented = cookies.session(request).flatMap(sessions::presented);
    if (presented.filter(Sessions.Presented::isHeldByTwo).isPresent()) {
      heldByTwo(request, presented.get().kept());
      return Optional.empty();
    }
    return presented.map(Sessions.Presented::kept);
  }

  /** Nobody can tell which of the two is the thief: it ends for both. */
  private void heldByTwo(ServerRequest request, Sessions.Kept kept) {
    if (sessions.end(kept)) {
      beside.events().recordEnd(SignInDrafts.heldByTwo(request, directory, kept.session()));
      beside.listener().sessionHeldByTwo(kept.session());
    }
  }

  /** The person of a session, unless they are refused. */
  Optional<Person> person(Session session) {
    return directory.bySubject(session.subject()).filter(person -> !person.disabled());
  }

  /** Whether a browser brings a session's secret, of whatever authority. */
  public boolean hasSessionCookie(ServerRequest request) {
    return cookies.session(request).isPresent();
  }

  /** The number of the authority that a browser belongs to. */
  public Optional<Integer> home(ServerRequest request) {
    return cookies.home(request);
  }

  /** Has a browser belong to an authority. */
  public void setHome(ServerResponse response, int number) {
    cookies.setHome(response, number);
  }

  /** Says that the authority that a browser belongs to does not answer. */
  public void homeAway(ServerRequest request, ServerResponse response) {
    answers.problem(request, response.header(HeaderNames.RETRY_AFTER, "5"), 503, "error.away");
  }

  /** Says that what a browser sent cannot be read, with a status of its own. */
  public void unreadable(ServerRequest request, ServerResponse response, int status) {
    answers.problem(request, response, status, "error.form");
  }

  /** Answers with the page that signs in, which sends the browser back to where it was. */
  public void demand(ServerRequest request, ServerResponse response, Demand demand) {
    flow.demand(request, response, demand);
  }

  /** Answers with the page that asks a person whether a client may do something. */
  public void askConsent(ServerRequest request, ServerResponse response, ConsentQuestion question) {
    Sheet sheet = answers.sheet(request, question.locale());
    Map<String, String> hidden = new HashMap<>(question.fields());
    hidden.put(FORM_TOKEN, cookies.token(request, response));
    ConsentForm form =
        new ConsentForm(
            question.target(),
            hidden,
            question.clientName(),
            shown(question.redirect()),
            directory.bySubject(question.session().subject()).map(Person::username).orElse(""),
            ScopeWords.effects(sheet, question.scopes()));
    PageAnswers.send(
        response, 200, Pages.consent(sheet, form, FormAction.leadingTo(question.redirect())));
  }

  /** The host of a redirect URI, or the scheme by which an application on the device is called. */
  private static String shown(URI redirect) {
    return redirect.getHost() == null ? redirect.getScheme() + ":" : redirect.getHost();
  }

  /**
   * Whether a form was sent by a page of ours to the same browser: nothing is to be done otherwise.
   *
   * @param fields finds a field of the form
   */
  public boolean isFromOurPage(ServerRequest request, Function<String, Optional<String>> fields) {
    return cookies.isOurs(request, fields.apply(FORM_TOKEN).orElse(""));
  }

  /** Signs out here: the session ends, and its cookie. */
  public void end(ServerRequest request, ServerResponse response, Session session) {
    sessions.of(session.subject()).stream()
        .filter(kept -> kept.session().id().equals(session.id()))
        .forEach(kept -> endNow(request, kept));
    cookies.endSession(response);
  }

  /**
   * Ends every session of a person, whom the operator refuses or takes out. No event is kept of
   * each: what the operator did is one.
   */
  public void endAll(String subject) {
    endAll(subject, Instant.MAX);
  }

  /** The same of those that began before a time. */
  public void endAll(String subject, Instant before) {
    for (Sessions.Kept kept : sessions.of(subject)) {
      if (kept.began().isBefore(before) && sessions.end(kept)) {
        beside.listener().sessionEnded(kept.session());
      }
    }
  }

  /** Ends one, and what was issued on it. */
  void endNow(ServerRequest request, Sessions.Kept kept) {
    if (sessions.end(kept)) {
      ended(request, kept.session());
    }
  }

  /** Tells of one that ended. */
  void ended(ServerRequest request, Session session) {
    beside.events().recordEnd(SignInDrafts.signedOut(request, directory, session));
    beside.listener().sessionEnded(session);
  }

  /** Answers with the page that asks the person at this browser whether to sign out. */
  public void askSignOut(ServerRequest request, ServerResponse response) {
    Sheet sheet = answers.sheet(request, Locale.ROOT);
    Notice notice =
        new Notice(
            "ask-sign-out",
            sheet.say("sign-out.title"),
            sheet.say("sign-out.sentence"),
            Optional.empty(),
            Optional.of(
                new Notice.NextStep(
                    "/account/sign-out",
                    sheet.say("sign-out"),
                    Map.of(FORM_TOKEN, cookies.token(request, response)))));
    PageAnswers.send(response, 200, Pages.notice(sheet, notice));
  }

  /** Answers with the page that says that nobody is signed in at this browser. */
  public void signedOut(ServerRequest request, ServerResponse response) {
    Sheet sheet = answers.sheet(request, Locale.ROOT);
    Notice notice =
        new Notice(
            "signed-out",
            sheet.say("signed-out.title"),
            sheet.say("signed-out.sentence"),
            Optional.empty(),
            Optional.of(new Notice.NextStep("/sign-in", sheet.say("signed-out.again"))));
    PageAnswers.send(response, 200, Pages.notice(sheet, notice));
  }

  /**
   * Answers with a page about what did not work.
   *
   * @param sentence what the person can do
   * @param reference that support can look up; empty for none
   */
  public void error(
      ServerRequest request,
      ServerResponse response,
      int status,
      String sentence,
      String reference) {
    answers.error(
        request,
        response,
        status,
        sentence,
        reference.isEmpty() ? Optional.empty() : Optional.of(reference));
  }

  /** How many sessions there are. */
  public int sessions() {
    return sessions.size();
  }

  /** How many there may be. */
  public int sessionsMax() {
    return sessions.max();
  }

  @Override
  public void close() {
    sessions.close();
  }
}
