package dev.counterfoil.authority.connect;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.connect.AuthorizationRequest.Decision;
import dev.counterfoil.authority.connect.AuthorizationSteps.Step;
import dev.counterfoil.authority.connect.grants.Grant;
import dev.counterfoil.authority.connect.grants.Grants;
import dev.counterfoil.authority.connect.grants.GrantsUnavailableException;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.directory.Consent;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.PersonConsent;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.signin.ConsentQuestion;
import dev.counterfoil.signin.Demand;
import dev.counterfoil.signin.SignIn;
import dev.counterfoil.signin.sessions.Session;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The authorization endpoint (RFC 6749 3.1, OpenID Connect Core 3.1.2): where a client sends a
 * person's browser. A crash loses at most what the browser asks for again.
 */
public final class AuthorizationEndpoint {
  /** Where it lies. */
  public static final String PATH = "/authorize";

  /** Where the person's answer is posted. */
  public static final String ANSWER_PATH = "/authorize/answer";

  /** Scope values about the person alone; groups is for clients that are registered so. */
  public static final List<String> SCOPES =
      Stream.concat(AuthorizationRequest.STANDARD_SCOPES.stream(), Stream.of(PersonTokens.GROUPS))
          .toList();

  /** Longest request, so that a browser can bring it back from sign-in. */
  static final int QUERY_MAX = 3_000;

  private static final String REQUEST = "request";
  private static final String REQUEST_URI = "request_uri";

  private static final String TOO_OLD =
      "This request is too old, or was answered before. Go back to the application.";

  private static final Header NO_REFERRER =
      HeaderValues.createCached(HeaderNames.create("Referrer-Policy"), "no-referrer");

  private final ClientDirectory clients;
  private final Directory people;
  private final SignIn pages;
  private final Grants grants;
  private final IdTokenHints hints;
  private final PushedRequests pushed;
  private final SealedRequests seals;
  private final AuthorityAudit audit;
  private final Site site;
  private final SecureRandom random;
  private final InstantSource clock;

  /**
   * What it is part of.
   *
   * @param issuer the {@code iss}
   * @param path of the issuer, empty or starting with a slash
   * @param defaultAudiences the domain's
   */
  public record Site(String issuer, String path, List<String> defaultAudiences) {
    public Site {
      defaultAudiences = List.copyOf(defaultAudiences);
    }
  }

  public AuthorizationEndpoint(
      ClientDirectory clients,
      Directory people,
      SignIn pages,
      Grants grants,
      IdTokenHints hints,
      PushedRequests pushed,
      Function<byte[], Hash> keyed,
      AuthorityAudit audit,
      Site site,
      SecureRandom random,
      InstantSource clock) {
    this.clients = clients;
    this.people = people;
    this.pages = pages;
    this.grants = grants;
    this.hints = hints;
    this.pushed = pushed;
    this.seals = new SealedRequests(keyed, clock);
    this.audit = audit;
    this.site = site;
    this.random = random;
    this.clock = clock;
  }

  /** A request of a client, or one that comes back from sign-in. */
  public void ask(ServerRequest request, ServerResponse response, Asked asked)
      throws InterruptedException {
    try {
      if (request.prologue().method().equals(Method.POST)) {
        // Browsers bring no session with what another site posts, and bring it with a link.
        send(response, site.path + PATH + "?" + SealedRequests.query(FormRequests.form(request)));
        return;
      }
      Form form =
          Form.query(request.prologue().hasQuery() ? request.prologue().query().rawValue() : "");
      answer(request, response, asked, form, Optional.empty());
    } catch (RequestRefusedException e) {
      page(request, response, asked, "The application sent a request that cannot be read.");
    }
  }

  /** The person's answer to what a client asked. */
  public void answered(ServerRequest request, ServerResponse response, Asked asked)
      throws InterruptedException {
    try {
      Form posted = FormRequests.form(request);
      Optional<String> answer = posted.value("answer");
      if (!pages.isFromOurPage(request, posted::value) || answer.isEmpty()) {
        page(request, response, asked, "This page is too old. Go back to the application.");
        return;
      }
      Form form = Form.query(posted.value(REQUEST).orElse(""));
      if (seals.askedAt(form).isEmpty()) {
        page(request, response, asked, "This page is too old. Go back to the application.");
        return;
      }
      answer(request, response, asked, form, answer.map("accept"::equals));
    } catch (RequestRefusedException e) {
      page(request, response, asked, "The page sent an answer that cannot be read.");
    }
  }

  private void answer(
      ServerRequest request,
      ServerResponse response,
      Asked asked,
      Form form,
      Optional<Boolean> answered)
      throws InterruptedException, RequestRefusedException {
    // 1. What is asked, by whom? Of a client that is not known nobody is sent anywhere. What was
    // pushed counts alone, and stays until its client is answered (RFC 9126 4, 7.3).
    Optional<String> uri =
        form.value(REQUEST_URI).filter(text -> text.startsWith(PushedRequests.PREFIX));
    Form wanted = form;
    if (uri.isPresent()) {
      Optional<Form> found =
          pushed.find(uri.get(), form.value("client_id"), seals.askedAt(form).isPresent());
      if (found.isEmpty()) {
        page(request, response, asked, TOO_OLD);
        return;
      }
      wanted = found.get();
    }
    Decision decision =
        AuthorizationRequest.decide(
            wanted,
            id -> clients.find(id).filter(clients::admits),
            site.defaultAudiences,
            site.issuer,
            uri.isPresent());
    switch (decision) {
      case Decision.Page refused -> page(request, response, asked, refused.sentence());
      case Decision.Refuse refused -> {
        uri.ifPresent(pushed::use);
        refuse(request, response, asked, refused.answer(), refused.code(), refused.description());
      }
      case Decision.Ask ask ->
          answer(
              request,
              response,
              asked,
              uri.isPresent() ? onlyPushed(form, uri.get()) : form,
              ask.request(),
              answered);
    }
  }

  /** What a browser brings back of a request that was pushed: nothing that it added. */
  private static Form onlyPushed(Form form, String uri) throws RequestRefusedException {
    String seal =
        form.value(SealedRequests.SEAL)
            .map(text -> "&" + SealedRequests.SEAL + "=" + ClientAnswer.encode(text))
            .orElse("");
    return Form.query(
        "client_id="
            + ClientAnswer.encode(form.value("client_id").orElse(""))
            + "&"
            + REQUEST_URI
            + "="
            + ClientAnswer.encode(uri)
            + seal);
  }

  /** Whether a client may be answered now: a request that was pushed is answered once. */
  private boolean isFirstAnswer(Form form) {
    return form.value(REQUEST_URI).map(pushed::use).orElse(true);
  }

  private void answer(
      ServerRequest request,
      ServerResponse response,
      Asked asked,
      Form form,
      AuthorizationRequest wanted,
      Optional<Boolean> answered)
      throws InterruptedException {
    asked.about(wanted.client());
    Optional<IdTokenHints.Hint> hint = Optional.empty();
    if (wanted.idTokenHint().isPresent()) {
      try {
        hint = hints.read(request, PATH, wanted.idTokenHint().get());
      } catch (RequestRefusedException e) {
        page(request, response, asked, IdTokenHints.UNDECIDED);
        return;
      }
      if (hint.isEmpty()) {
        page(request, response, asked, IdTokenHints.NOT_OURS);
        return;
      }
    }
    if (SealedRequests.query(form).length() > QUERY_MAX) {
      page(request, response, asked, "The application sent a request that is too long.");
      return;
    }
    // 2. Who is the person, and what did they allow before?
    Optional<Session> presented = pages.presented(request, response);
    Optional<PersonConsent> known =
        presented.flatMap(one -> admitted(one.subject(), wanted.client().id()));
    Optional<Session> session = presented.filter(_ -> known.isPresent());
    Optional<Person> person = known.map(PersonConsent::person);
    Instant now = clock.instant();
    Set<String> consented = known.map(one -> scopes(one, now)).orElse(Set.of());
    Optional<Instant> askedAt = seals.askedAt(form);
    // 3. What comes next?
    Step step =
        AuthorizationSteps.next(
            wanted,
            new AuthorizationSteps.Known(session, person.map(Person::tenant), consented),
            new AuthorizationSteps.Before(
                askedAt,
                answered,
                hint.map(IdTokenHints.Hint::subject).or(() -> wanted.claims().subject())),
            now);
    switch (step) {
      case Step.SignIn signIn ->
          // The browser comes back with the same request; what was demanded is sealed with it.
          pages.demand(
              request,
              response,
              new Demand(
                  site.path + PATH + "?" + seals.seal(form, askedAt.orElse(now)),
                  wanted.loginHint(),
                  signIn.freshly(),
                  wanted.locale(),
                  Optional.of(wanted.client().registration().tenant())));
      case Step.AskConsent ask ->
          pages.askConsent(
              request,
              response,
              new ConsentQuestion(
                  session.orElseThrow(),
                  wanted.client().registration().name(),
                  URI.create(wanted.answer().redirectUri()),
                  wanted.scopes().stream().sorted().toList(),
                  site.path + ANSWER_PATH,
                  Map.of(REQUEST, seals.seal(form, askedAt.orElse(now))),
                  wanted.locale()));
      case Step.Refuse refused -> {
        if (isFirstAnswer(form)) {
          refuse(request, response, asked, wanted.answer(), refused.code(), refused.description());
        } else {
          page(request, response, asked, TOO_OLD);
        }
      }
      case Step.GiveCode give -> {
        if (isFirstAnswer(form)) {
          giveCode(
              request,
              response,
              asked,
              wanted,
              session.orElseThrow(),
              person.orElseThrow(),
              consented);
        } else {
          page(request, response, asked, TOO_OLD);
        }
      }
    }
  }

  /** A person who is not refused, with what they agreed to for a client. */
  private Optional<PersonConsent> admitted(String subject, String clientId) {
    return people.withConsent(subject, clientId).filter(one -> !one.person().disabled());
  }

  private static Set<String> scopes(PersonConsent known, Instant now) {
    return known
        .consent()
        .filter(consent -> consent.covers(Set.of(), now))
        .map(Consent::scopes)
        .orElse(Set.of());
  }

  private void giveCode(
      ServerRequest request,
      ServerResponse response,
      Asked asked,
      AuthorizationRequest wanted,
      Session session,
      Person person,
      Set<String> consented) {
    Client client = wanted.client();
    try {
      // 4. It is on the record before it is so.
      String id = grants.newId();
      audit.record(
          asked
              .draft(Operation.GRANT_GIVE)
              .tenant(person.tenant())
              .user(person.subject())
              .session(session.id())
              .entity("grant", id)
              .message("scope " + wanted.scope()));
      // 5. What the person allowed is kept. A crash behind this leaves that they are not asked
      // again.
      if (!consented.containsAll(wanted.scopes())) {
        Set<String> all = new TreeSet<>(consented);
        all.addAll(wanted.scopes());
        people.consent(
            new Consent(person.subject(), client.id(), all, clock.instant(), Optional.empty()));
      }
      // 6. The grant and its code are on disk. A crash behind this leaves a code that nobody has.
      String code =
          grants.begin(
              id,
              allowed(wanted, session, person),
              client.registration().signIn().protocol().backChannelLogoutUri().isPresent());
      // 7. Who ended the session meanwhile, or refused the person, found no such grant to end.
      Optional<PersonConsent> still = admitted(person.subject(), client.id());
      if (still.isEmpty() || !pages.lasts(session.subject(), session.id())) {
        grants.end(person.subject(), one -> one.allowed().session().equals(session.id()));
        refuse(request, response, asked, wanted.answer(), "access_denied", "the session has ended");
        return;
      }
      // The same of a person who took back meanwhile what they had allowed.
      if (!wanted.scopes().isEmpty()
          && !scopes(still.get(), clock.instant()).containsAll(wanted.scopes())) {
        grants.end(person.subject(), one -> one.allowed().clientId().equals(client.id()));
        refuse(
            request, response, asked, wanted.answer(), "access_denied", "the person took it back");
        return;
      }
      // 8. The browser brings the code to the client.
      send(request, response, wanted.answer(), Map.of("code", code));
    } catch (RequestRefusedException e) {
      refuse(
          request,
          response,
          asked,
          wanted.answer(),
          "temporarily_unavailable",
          e.error().description());
    } catch (DirectoryRefusedException e) {
      // The person was removed a moment ago, or has agreed to as many clients as there may be.
      refuse(
          request,
          response,
          asked,
          wanted.answer(),
          "access_denied",
          String.valueOf(e.getMessage()));
    } catch (GrantsUnavailableException e) {
      refuse(
          request,
          response,
          asked,
          wanted.answer(),
          "temporarily_unavailable",
          "no code can be given out at this time");
    }
  }

  private static Grant.Allowed allowed(
      AuthorizationRequest wanted, Session session, Person person) {
    return new Grant.Allowed(
        wanted.client().id(),
        person.subject(),
        person.tenant(),
        session.id(),
        wanted.scopes().contains(AuthorizationRequest.OFFLINE_ACCESS),
        wanted.client().mayUse(GrantType.REFRESH_TOKEN),
        wanted.scope(),
        wanted.audiences(),
        wanted.answer().redirectUri(),
        wanted.challenge(),
        wanted.nonce(),
        wanted.key(),
        session.authTime(),
        session.amr(),
        session.acr(),
        wanted.claims().of(person));
  }

  private void refuse(
      ServerRequest request,
      ServerResponse response,
      Asked asked,
      ClientAnswer answer,
      String code,
      String description) {
    refused(asked, code, description);
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("error", code);
    parameters.put("error_description", description);
    send(request, response, answer, parameters);
  }

  private void refused(Asked asked, String code, String description) {
    audit.refused(
        asked.draft(Operation.GRANT_REFUSE).refused(code, description),
        Operation.GRANT_REFUSE,
        code,
        asked.who());
  }

  private void page(ServerRequest request, ServerResponse response, Asked asked, String sentence) {
    byte[] reference = new byte[6];
    random.nextBytes(reference);
    String text = Base64Url.encode(reference);
    refused(asked, OAuthError.Code.INVALID_REQUEST.text(), sentence + " Reference " + text);
    pages.error(request, response, Status.BAD_REQUEST_400.code(), sentence, text);
  }

  private void send(
      ServerRequest request,
      ServerResponse response,
      ClientAnswer answer,
      Map<String, String> own) {
    Map<String, String> parameters = answer.parameters(own, site.issuer);
    if (answer.isFormPost()) {
      OnwardPage.post(unseen(response), answer.redirectUri(), parameters);
      return;
    }
    String location = ClientAnswer.withQuery(answer.redirectUri(), parameters);
    if (isBehindOurForm(request) && OnwardPage.isForBrowsers(location)) {
      OnwardPage.go(unseen(response), location);
    } else {
      send(response, location);
    }
  }

  /** Whether the browser comes from a form of ours: of sign-in, or of consent. */
  private static boolean isBehindOurForm(ServerRequest request) {
    return request.prologue().method().equals(Method.POST)
        || (request.prologue().hasQuery()
            && request.prologue().query().rawValue().contains(SealedRequests.SEAL + "="));
  }

  private static void send(ServerResponse response, String location) {
    // RFC 9700 4.12: a form that was posted here is not posted on.
    unseen(response).status(Status.SEE_OTHER_303).header(HeaderNames.LOCATION, location).send();
  }

  /** Nobody keeps it, and nobody behind it sees where the browser came from (RFC 9700 4.2.4). */
  private static ServerResponse unseen(ServerResponse response) {
    return response.header(HeaderNames.CACHE_CONTROL, "no-store").header(NO_REFERRER);
  }
}
