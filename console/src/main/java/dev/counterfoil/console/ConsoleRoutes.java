package dev.counterfoil.console;

import dev.counterfoil.console.session.ConsoleClient;
import dev.counterfoil.console.session.ConsoleSession;
import dev.counterfoil.console.session.ConsoleSessions;
import dev.counterfoil.console.session.SignInDraft;
import dev.counterfoil.console.views.ContainmentView;
import dev.counterfoil.console.views.DeskView;
import dev.counterfoil.console.views.DisclosureReads;
import dev.counterfoil.console.views.FindingView;
import dev.counterfoil.console.views.IncidentView;
import dev.counterfoil.console.views.KeysView;
import dev.counterfoil.console.views.LookUpView;
import dev.counterfoil.console.views.LookedUp;
import dev.counterfoil.console.views.MonitorReads;
import dev.counterfoil.console.views.NoticeView;
import dev.counterfoil.console.views.ShownPage;
import dev.counterfoil.console.views.SuppressionView;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.answers.Browsers;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.pages.ConsolePage;
import dev.counterfoil.pages.ConsolePage.Place;
import dev.counterfoil.pages.Sheet;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The console's addresses. Without a session there is only the door, where people sign in. */
final class ConsoleRoutes {
  /** How often a page that fills is asked for again, in seconds. */
  private static final String AGAIN_AFTER = "2";

  private static final String FORM_TOKEN = "form_token";
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
  private static final Pattern CODE =
      Pattern.compile("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}");

  private final ConsoleSessions sessions;
  private final ConsoleCookies cookies;
  private final ConsoleAnswers answers;
  private final MonitorReads monitor;
  private final Optional<DisclosureReads> disclosure;
  private final LookUpView lookUp;
  private final URI url;
  private final SecureRandom random;

  ConsoleRoutes(
      ConsoleSessions sessions,
      ConsoleCookies cookies,
      ConsoleAnswers answers,
      MonitorReads monitor,
      Optional<DisclosureReads> disclosure,
      URI url,
      SecureRandom random) {
    this.sessions = sessions;
    this.cookies = cookies;
    this.answers = answers;
    this.monitor = monitor;
    this.disclosure = disclosure;
    this.lookUp = new LookUpView(monitor);
    this.url = url;
    this.random = random;
  }

  /** A request of a person who is signed in. */
  private record Visit(
      ServerRequest request,
      ServerResponse response,
      ConsoleSession session,
      String secret,
      Sheet sheet,
      boolean isJson) {
    String query(String name) {
      return request.query().first(name).orElse("");
    }
  }

  /** Makes the page that a signed-in person asked for. */
  @FunctionalInterface
  private interface Look {
    ShownPage shown(Visit visit) throws IOException, RefusedRequestException;
  }

  /** Does what a signed-in person asked for with a form. */
  @FunctionalInterface
  private interface Act {
    void act(Visit visit, BrowserForm form) throws IOException, RefusedRequestException;
  }

  void register(HttpRouting.Builder routing) {
    routing.get("/health/live", (_, response) -> Answers.live(response));
    routing.get(
        "/health/ready",
        (_, response) -> Answers.send(response, JsonObject.builder().put("ready", true).build()));
    look(routing, "/", Place.OVERVIEW, false, this::overview);
    look(routing, "/overview", Place.OVERVIEW, false, this::overview);
    look(routing, "/incidents", Place.INCIDENTS, false, this::incidents);
    look(routing, "/incidents/{id}", Place.INCIDENTS, false, this::incident);
    look(routing, "/findings", Place.FINDINGS, false, this::findings);
    look(routing, "/findings/{id}", Place.FINDINGS, false, this::finding);
    look(routing, "/containment", Place.CONTAINMENT, true, this::containment);
    look(
        routing,
        "/keys",
        Place.KEYS,
        true,
        visit -> KeysView.of(visit.sheet(), get(visit, "/view/keys")));
    look(routing, "/look-up", Place.LOOK_UP, false, this::lookUp);
    if (disclosure.isPresent()) {
      look(routing, "/notices", Place.NOTICES, false, this::notices);
      look(routing, "/notices/{code}", Place.NOTICES, false, this::notice);
      act(routing, "/notices/{code}", false, this::answerNotice);
      look(routing, "/desk", Place.DESK, true, this::desk);
      look(routing, "/desk/{id}", Place.DESK, true, this::deskIncident);
      act(routing, "/desk/{id}", true, this::approve);
    }
    act(routing, "/incidents/{id}", true, this::changeIncident);
    act(routing, "/findings/{id}", true, this::suppress);
    act(routing, "/look-up", false, this::askLookUp);
    act(routing, "/sign-out", false, this::signOut);
    routing.post("/sign-in", answers.caught("/sign-in", this::beginSignIn));
    routing.get("/signed-in", answers.caught("/signed-in", this::endSignIn));
    routing.any(
        answers.caught(
            "any",
            (request, response) -> answers.problem(request, response, 404, "error.missing")));
  }

  private void look(
      HttpRouting.Builder routing, String path, Place place, boolean isForOperators, Look look) {
    Handler handler =
        answers.caught(
            path,
            (request, response) -> {
              Optional<Visit> visit = visit(request, response);
              if (visit.isEmpty()) {
                return;
              }
              if (isForOperators && !visit.get().session().isOperator()) {
                answers.problem(request, response, 403, "console.denied");
                return;
              }
              show(visit.get(), place, look.shown(visit.get()), Optional.empty());
            });
    routing.get(path, handler);
    if (!path.equals("/") && !path.endsWith("}")) {
      routing.get(path + ".json", handler);
    }
  }

  private void act(HttpRouting.Builder routing, String path, boolean isForOperators, Act act) {
    routing.post(
        path,
        answers.caught(
            path,
            (request, response) -> {
              BrowserForm form = BrowserForm.read(request);
              Optional<Visit> visit = visit(request, response);
              if (visit.isEmpty()) {
                return;
              }
              if (!cookies.isOurs(request, visit.get().secret(), form.field(FORM_TOKEN))) {
                answers.problem(request, response, 403, "error.form");
              } else if (isForOperators && !visit.get().session().isOperator()) {
                answers.problem(request, response, 403, "console.denied");
              } else {
                act.act(visit.get(), form);
              }
            }));
  }

  /** The signed-in visitor; empty where there is none, and the door was sent. */
  private Optional<Visit> visit(ServerRequest request, ServerResponse response) throws IOException {
    Optional<String> secret = cookies.session(request);
    Optional<ConsoleSession> session =
        secret.isPresent() ? sessions.find(secret.get()) : Optional.empty();
    if (session.isEmpty()) {
      answers.door(request, response, sessions.asksTenant(), "", Optional.empty());
      return Optional.empty();
    }
    return Optional.of(
        new Visit(
            request,
            response,
            session.get(),
            secret.orElseThrow(),
            answers.sheet(request),
            ConsoleAnswers.wantsJson(request)));
  }

  private void show(Visit visit, Place place, ShownPage shown, Optional<String> problem) {
    if (visit.isJson()) {
      Answers.send(visit.response().header(HeaderNames.VARY, "Accept"), shown.json());
      return;
    }
    Sheet sheet = visit.sheet();
    ConsoleSession session = visit.session();
    List<Place> places = new ArrayList<>(List.of(Place.values()));
    if (!session.isOperator()) {
      places.remove(Place.CONTAINMENT);
      places.remove(Place.KEYS);
    }
    if (session.isOperator() || disclosure.isEmpty()) {
      places.remove(Place.NOTICES);
    }
    if (!session.isOperator() || disclosure.isEmpty()) {
      places.remove(Place.DESK);
    }
    String done = visit.query("done");
    String doneKey = "console.done." + done;
    answers.page(
        visit.request(),
        visit.response(),
        new ConsolePage(
            place,
            shown.title(),
            new ConsolePage.Who(
                session.name(),
                session.isOperator()
                    ? sheet.say("console.operator")
                    : sheet.say("console.of-tenant", session.tenant()),
                Map.of(FORM_TOKEN, ConsoleSessions.formToken(visit.secret())),
                places),
            !done.isEmpty() && sheet.messages().has(doneKey)
                ? Optional.of(sheet.say(doneKey))
                : Optional.empty(),
            problem,
            json(visit),
            shown.blocks()));
  }

  /** The same address as JSON. */
  private static String json(Visit visit) {
    String path = visit.request().path().rawPath();
    String query = visit.request().query().rawValue();
    return (path.equals("/") ? "/overview" : path) + ".json" + (query.isEmpty() ? "" : "?" + query);
  }

  private JsonObject get(Visit visit, String path) throws IOException {
    return monitor.get(visit.session().accessToken(), path);
  }

  /** The number of one thing, whatever form of it is asked for. */
  private static String id(Visit visit) throws RefusedRequestException {
    String text = visit.request().path().pathParameters().get("id");
    String id = text.endsWith(".json") ? text.substring(0, text.length() - 5) : text;
    if (!NUMBER.matcher(id).matches()) {
      throw new RefusedRequestException(new Problem(404, "not-found", "there is no such number"));
    }
    return id;
  }

  private ShownPage overview(Visit visit) throws IOException {
    return IncidentView.overview(
        visit.sheet(), get(visit, "/view/incidents"), get(visit, "/view/findings"));
  }

  private ShownPage incidents(Visit visit) throws IOException {
    return IncidentView.list(visit.sheet(), get(visit, "/view/incidents?all"));
  }

  private ShownPage incident(Visit visit) throws IOException, RefusedRequestException {
    return IncidentView.one(
        visit.sheet(),
        get(visit, "/view/incidents/" + id(visit)),
        visit.session().isOperator(),
        visit.session().name());
  }

  private ShownPage findings(Visit visit) throws IOException {
    String before = visit.query("before");
    return FindingView.list(
        visit.sheet(),
        get(
            visit,
            "/view/findings" + (NUMBER.matcher(before).matches() ? "?before=" + before : "")));
  }

  private ShownPage finding(Visit visit) throws IOException, RefusedRequestException {
    JsonObject finding = get(visit, "/view/findings/" + id(visit));
    return visit.session().isOperator()
        ? FindingView.ofOperator(
            visit.sheet(), finding, get(visit, "/view/suppressions"), visit.session().name())
        : FindingView.one(visit.sheet(), finding);
  }

  /** Whether it takes a second person, and who that may be, the monitor decides. */
  private void suppress(Visit visit, BrowserForm form) throws IOException, RefusedRequestException {
    String id = id(visit);
    JsonObject asked =
        SuppressionView.asked(get(visit, "/view/findings/" + id), form::field)
            .orElseThrow(
                () ->
                    new RefusedRequestException(
                        new Problem(400, "malformed", "there is no such form on this page")));
    try {
      JsonObject kept = monitor.post(visit.session().accessToken(), "/view/suppressions", asked);
      Browsers.go(
          visit.response(),
          "/findings/" + id + "?done=suppression-" + kept.optionalString("state").orElse(""));
    } catch (MonitorReads.RefusedException e) {
      if (e.status() != 400) {
        throw e;
      }
      show(
          visit,
          Place.FINDINGS,
          finding(visit),
          Optional.of(
              visit.sheet().say("console.suppress.refused", String.valueOf(e.getMessage()))));
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood", e);
    }
  }

  /** Reloads itself, without a script, until every verifier has answered or the person stops it. */
  private ShownPage containment(Visit visit) throws IOException {
    String kid = visit.query("kid");
    ShownPage shown =
        ContainmentView.of(
            visit.sheet(), get(visit, "/view/acknowledgements"), kid.length() > 200 ? "" : kid);
    if (!visit.isJson()
        && !visit.request().query().contains("still")
        && !ContainmentView.isComplete(shown)) {
      visit.response().header(HeaderNames.create("Refresh"), AGAIN_AFTER);
    }
    return shown;
  }

  private ShownPage lookUp(Visit visit) throws IOException {
    Optional<LookedUp> asked = LookedUp.of(visit.query("about"), visit.query("digest"));
    return asked.isEmpty()
        ? LookUpView.box(visit.sheet(), Optional.empty())
        : lookUp.look(
            visit.sheet(),
            asked.get(),
            visit.session().accessToken(),
            visit.session().isOperator());
  }

  /** A token that was pasted goes no further: its identifier and digest do. */
  private void askLookUp(Visit visit, BrowserForm form) {
    Optional<LookedUp> asked = LookedUp.parse(form.field("about"));
    if (asked.isPresent()) {
      Browsers.go(visit.response(), asked.get().path());
      return;
    }
    show(
        visit,
        Place.LOOK_UP,
        LookUpView.box(visit.sheet(), Optional.of(visit.sheet().say("console.look-up.refused"))),
        Optional.empty());
  }

  private void changeIncident(Visit visit, BrowserForm form)
      throws IOException, RefusedRequestException {
    String id = id(visit);
    String change = form.field("do");
    String text = form.field("text").strip();
    String verdict = form.field("verdict");
    try {
      monitor.post(
          visit.session().accessToken(),
          "/view/incidents/" + id,
          JsonObject.builder()
              .put("do", change)
              .put("text", (verdict.isEmpty() ? text : verdict + " " + text).strip())
              .put("name", visit.session().name())
              .build());
    } catch (MonitorReads.RefusedException e) {
      if (e.status() != 400) {
        throw e;
      }
      // The incident with what is wrong beside it.
      show(
          visit,
          Place.INCIDENTS,
          incident(visit),
          Optional.of(visit.sheet().say("console.change.refused")));
      return;
    }
    Browsers.go(visit.response(), "/incidents/" + id + "?done=" + change);
  }

  private ShownPage notices(Visit visit) throws IOException, RefusedRequestException {
    return NoticeView.list(visit.sheet(), told(visit));
  }

  private ShownPage notice(Visit visit) throws IOException, RefusedRequestException {
    return NoticeView.one(visit.sheet(), told(visit), code(visit))
        .orElseThrow(
            () ->
                new RefusedRequestException(
                    new Problem(404, "not-found", "your tenant has no such notice")));
  }

  /** What the tenant of the person's session was told; operators read it at their desk. */
  private JsonObject told(Visit visit) throws IOException, RefusedRequestException {
    return disclosure.orElseThrow().notices(tenant(visit), visit.session().subject());
  }

  private static String tenant(Visit visit) throws RefusedRequestException {
    if (visit.session().isOperator()) {
      throw new RefusedRequestException(
          new Problem(403, "denied", "notices are for the people of the tenant that gets them"));
    }
    return visit.session().tenant();
  }

  private static String code(Visit visit) throws RefusedRequestException {
    String text = visit.request().path().pathParameters().get("code");
    String code = text.endsWith(".json") ? text.substring(0, text.length() - 5) : text;
    if (!CODE.matcher(code).matches()) {
      throw new RefusedRequestException(
          new Problem(404, "not-found", "your tenant has no such notice"));
    }
    return code;
  }

  private void answerNotice(Visit visit, BrowserForm form)
      throws IOException, RefusedRequestException {
    String code = code(visit);
    String tenant = tenant(visit);
    String change = form.field("do");
    try {
      switch (change) {
        case "read" ->
            disclosure
                .orElseThrow()
                .acknowledge(tenant, code, visit.session().name(), visit.session().subject());
        case "ask" ->
            disclosure
                .orElseThrow()
                .question(
                    tenant,
                    code,
                    visit.session().name(),
                    visit.session().subject(),
                    form.field("text").strip());
        default ->
            throw new RefusedRequestException(
                new Problem(400, "malformed", "a notice is read or asked about"));
      }
    } catch (DisclosureReads.SaysNoException e) {
      show(
          visit,
          Place.NOTICES,
          notice(visit),
          Optional.of(
              visit.sheet().say("console.notice." + (e.isOfPerson() ? "affected" : "refused"))));
      return;
    }
    Browsers.go(visit.response(), "/notices/" + code + "?done=" + change);
  }

  private ShownPage desk(Visit visit) throws IOException {
    return DeskView.list(visit.sheet(), disclosure.orElseThrow().desk(visit.session().subject()));
  }

  private ShownPage deskIncident(Visit visit) throws IOException, RefusedRequestException {
    String document = visit.query("document");
    try {
      return DeskView.one(
          visit.sheet(),
          disclosure
              .orElseThrow()
              .incident(
                  id(visit), document.isEmpty() ? "text" : document, visit.session().subject()));
    } catch (DisclosureReads.SaysNoException e) {
      throw new RefusedRequestException(
          new Problem(404, "not-found", "the desk has no such incident or document"));
    }
  }

  /** What is approved is the draft that the page showed, whatever it has become since. */
  private void approve(Visit visit, BrowserForm form) throws IOException, RefusedRequestException {
    String id = id(visit);
    try {
      disclosure.orElseThrow().approve(id, form.field("draft"), visit.session().subject());
    } catch (DisclosureReads.SaysNoException e) {
      if (!e.isOutdated()) {
        throw e;
      }
      show(
          visit,
          Place.DESK,
          deskIncident(visit),
          Optional.of(visit.sheet().say("console.desk.changed")));
      return;
    }
    Browsers.go(visit.response(), "/desk/" + id + "?done=approve");
  }

  private void beginSignIn(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    BrowserForm form = BrowserForm.read(request);
    if (!cookies.isFromHere(request)) {
      answers.problem(request, response, 403, "error.form");
      return;
    }
    String tenant = form.field("tenant").strip();
    Optional<ConsoleClient> client = sessions.client(tenant);
    if (client.isEmpty()) {
      Sheet sheet = answers.sheet(request);
      answers.door(request, response, true, tenant, Optional.of(sheet.say("console.door.unknown")));
      return;
    }
    SignInDraft draft = SignInDraft.begin(client.get().tenant(), form.field("to"), random);
    cookies.setDraft(response, draft);
    Browsers.go(response, client.get().authorize(draft));
  }

  private void endSignIn(ServerRequest request, ServerResponse response) throws IOException {
    Optional<SignInDraft> draft = cookies.draft(request);
    cookies.endDraft(response);
    String code = request.query().first("code").orElse("");
    if (draft.isEmpty() || code.isEmpty()) {
      answers.problem(request, response, 400, "console.sign-in.refused");
      return;
    }
    try {
      switch (sessions.signIn(draft.get(), request.query().first("state").orElse(""), code)) {
        case ConsoleSessions.SignedIn in -> {
          cookies.setSession(response, in.secret());
          Browsers.go(response, draft.get().to());
        }
        case ConsoleSessions.Denied _ ->
            answers.problem(request, response, 403, "console.denied.group");
      }
    } catch (ConsoleClient.RefusedException e) {
      answers.problem(request, response, 400, "console.sign-in.refused");
    }
  }

  private void signOut(Visit visit, BrowserForm form) {
    sessions.end(visit.session());
    cookies.endSession(visit.response());
    Browsers.go(visit.response(), visit.session().logout(url));
  }
}
