package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenID Connect over HTTP, with the pages of sign-in, and a signer and registrar in memory. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignInProtocolTest {
  private static final String ISSUER = "http://127.0.0.1:8480";
  private static final String CALLBACK = "https://app.example/cb?a=b";
  private static final String GOODBYE = "https://app.example/bye";
  private static final String VERIFIER = SignedInPerson.VERIFIER;
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  @SuppressWarnings("NullAway.Init") // by start
  private RunningDomain domain;

  @SuppressWarnings("NullAway.Init") // by start
  private String secret;

  @SuppressWarnings("NullAway.Init") // by start
  private String subject;

  @SuppressWarnings("NullAway.Init") // by start
  private TestBrowser known;

  @SuppressWarnings("NullAway.Init") // by start
  private Path database;

  @SuppressWarnings("NullAway.Init") // by fresh
  private TestBrowser browser;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    database = folder.resolve("people.db");
    domain = new RunningDomain(folder, "enterprise", ISSUER, List.of());
    SignInTerms terms =
        new SignInTerms(
            Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN),
            List.of(CALLBACK, "http://127.0.0.1/cb"),
            List.of(GOODBYE),
            Optional.empty(),
            false);
    secret =
        domain
            .admin
            .register(
                ClientRegistration.withSecret(
                        "web", "acme", List.of(RunningDomain.AUDIENCE), List.of("mail"))
                    .signingIn(terms))
            .orElseThrow();
    domain.admin.register(
        ClientRegistration.withoutSecret(
            "native", "acme", List.of(RunningDomain.AUDIENCE), List.of("mail"), terms));
    domain.admin.register(
        ClientRegistration.withSecret(
                "elsewhere", "other", List.of(RunningDomain.AUDIENCE), List.of("mail"))
            .signingIn(terms));
    domain.admin.register(
        ClientRegistration.withSecret(
            "machine", "acme", List.of(RunningDomain.AUDIENCE), List.of("mail")));
    subject =
        domain
            .admin
            .people()
            .add("acme", "alice", "Alice Example", Optional.of("alice@acme.example"))
            .subject();
    known = TestBrowser.enrolled(domain, "alice");
  }

  @AfterAll
  void stop() throws Exception {
    domain.close();
  }

  @BeforeEach
  void fresh() {
    browser = known.signedOut();
  }

  private static Map<String, String> request(String... more) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("response_type", "code");
    all.put("client_id", "web");
    all.put("redirect_uri", CALLBACK);
    all.put("scope", "openid profile email mail");
    all.put("state", "s t");
    all.put("nonce", "n-0");
    all.put("code_challenge", SignedInPerson.CHALLENGE);
    all.put("code_challenge_method", "S256");
    return TestBrowser.changed(all, more);
  }

  private HttpResponse<String> authorize(String... more) throws Exception {
    return browser.open("/authorize?" + TestBrowser.query(request(more)));
  }

  /** Signs in on the page of an answer, and follows it back to here. */
  private HttpResponse<String> signIn(HttpResponse<String> page) throws Exception {
    return browser.open(browser.signIn(page, "alice"));
  }

  /** A code, whatever is to be done for it. */
  private String code(String... more) throws Exception {
    HttpResponse<String> answer = authorize(more);
    if (answer.body().contains("id=\"username\"")) {
      answer = signIn(answer);
    }
    answer = browser.accepted(answer);
    assertThat(TestBrowser.parameter(answer, "iss")).as(answer.body()).contains(ISSUER);
    assertThat(answer.headers().firstValue("Referrer-Policy")).contains("no-referrer");
    return TestBrowser.parameter(answer, "code").orElseThrow();
  }

  private HttpResponse<String> token(String... fields) throws Exception {
    return domain.send(
        domain.form("/token", fields).header("Authorization", RunningDomain.basic("web", secret)));
  }

  private HttpResponse<String> redeem(String code) throws Exception {
    return SignedInPerson.redeem(domain, "web", secret, code, CALLBACK);
  }

  private HttpResponse<String> refresh(String token) throws Exception {
    return token("grant_type", "refresh_token", "refresh_token", token);
  }

  private JsonObject tokens() throws Exception {
    HttpResponse<String> answer = redeem(code());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return RunningDomain.json(answer);
  }

  private HttpResponse<String> userinfo(String token) throws Exception {
    return domain.send(
        HttpRequest.newBuilder(domain.at("/userinfo"))
            .header("Authorization", "Bearer " + token)
            .GET());
  }

  private void endsWithinTwoSeconds(String accessToken, Runnable ending) throws Exception {
    assertThat(userinfo(accessToken).statusCode()).isEqualTo(200);
    long before = System.nanoTime();
    ending.run();
    while (userinfo(accessToken).statusCode() == 200) {
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(TWO_SECONDS);
    }
    assertThat(userinfo(accessToken).statusCode()).isEqualTo(401);
  }

  private interface Work {
    void run() throws Exception;
  }

  private static Runnable unchecked(Work work) {
    return () -> {
      try {
        work.run();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    };
  }

  @Test
  void aPersonSignsInAndTheClientGetsWhatTheyAllowed() throws Exception {
    HttpResponse<String> page = authorize();
    assertThat(page.statusCode()).isEqualTo(200);
    HttpResponse<String> question = signIn(page);
    if (question.body().contains("id=\"accept\"")) {
      assertThat(question.body()).contains("id=\"reject\"", "app.example");
      question = browser.submit(question, Map.of("answer", "accept"));
    }
    // No redirect follows a form: Chromium would hold the client's next one against us.
    assertThat(question.statusCode()).isEqualTo(200);
    assertThat(TestBrowser.leadsTo(question))
        .startsWith(CALLBACK + "&code=")
        .contains("&state=s%20t", "&iss=http");
    HttpResponse<String> answer = redeem(TestBrowser.parameter(question, "code").orElseThrow());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
    JsonObject tokens = RunningDomain.json(answer);
    String access = tokens.string("access_token");
    JsonObject claims = RunningDomain.claims(access);
    assertThat(claims.string("sub")).isEqualTo(subject);
    assertThat(claims.string("client_id")).isEqualTo("web");
    assertThat(claims.string("tenant")).isEqualTo("acme");
    assertThat(claims.strings("aud")).containsExactly(RunningDomain.AUDIENCE, ISSUER);
    assertThat(claims.string("scope")).isEqualTo("email mail openid profile");
    assertThat(claims.string("acr")).isEqualTo("pwd");
    JsonObject id = RunningDomain.claims(tokens.string("id_token"));
    assertThat(id.string("sub")).isEqualTo(subject);
    assertThat(id.string("aud")).isEqualTo("web");
    assertThat(id.string("nonce")).isEqualTo("n-0");
    assertThat(id.number("auth_time")).isEqualTo(claims.number("auth_time"));
    assertThat(id.string("sid")).isNotEmpty();
    assertThat(id.strings("amr")).containsExactly("pwd");
    assertThat(id.string("at_hash")).hasSize(22);
    assertThat(domain.signer.requests().getLast().tokenType()).isEqualTo("JWT");
    assertThat(domain.signer.requests().getLast().algorithm()).isEqualTo("RS256");

    JsonObject person = RunningDomain.json(userinfo(access));
    assertThat(person.string("sub")).isEqualTo(subject);
    assertThat(person.string("name")).isEqualTo("Alice Example");
    assertThat(person.string("preferred_username")).isEqualTo("alice");
    assertThat(person.string("email")).isEqualTo("alice@acme.example");
    assertThat(person.truth("email_verified")).isFalse();
    HttpResponse<String> posted = domain.send(domain.form("/userinfo", "access_token", access));
    assertThat(RunningDomain.json(posted).string("sub")).isEqualTo(subject);
  }

  private void webLearns(GroupsClaim when) throws Exception {
    ClientRegistration web = domain.admin.find("web").orElseThrow();
    SignInTerms terms = web.signIn();
    var _ = domain.admin.update(web.signingIn(terms.using(terms.protocol().saying(when))));
  }

  @Test
  void tokensSayGroupsToAClientThatIsRegisteredForThem() throws Exception {
    domain.admin.groups().add("acme", "staff");
    domain.admin.groups().addMember("staff", "alice", OptionalLong.empty());
    assertThat(TestBrowser.parameter(authorize("scope", "openid groups"), "error"))
        .contains("invalid_scope");
    try {
      webLearns(GroupsClaim.SCOPE);
      assertThat(RunningDomain.claims(tokens().string("access_token")).has("groups")).isFalse();
      JsonObject tokens = RunningDomain.json(redeem(code("scope", "openid groups")));
      String access = tokens.string("access_token");
      assertThat(RunningDomain.claims(access).strings("groups")).containsExactly("staff");
      assertThat(RunningDomain.claims(tokens.string("id_token")).strings("groups"))
          .containsExactly("staff");
      assertThat(RunningDomain.json(userinfo(access)).strings("groups")).containsExactly("staff");

      domain.admin.groups().removeMember("staff", "alice", OptionalLong.empty());
      JsonObject refreshed = RunningDomain.json(refresh(tokens.string("refresh_token")));
      assertThat(RunningDomain.claims(refreshed.string("access_token")).strings("groups"))
          .isEmpty();
      webLearns(GroupsClaim.NEVER);
      JsonObject later = RunningDomain.json(refresh(refreshed.string("refresh_token")));
      assertThat(RunningDomain.claims(later.string("access_token")).has("groups")).isFalse();
      assertThat(RunningDomain.json(userinfo(access)).has("groups")).isFalse();

      webLearns(GroupsClaim.ALWAYS);
      JsonObject always = RunningDomain.json(redeem(code("scope", "openid")));
      JsonObject claims = RunningDomain.claims(always.string("access_token"));
      assertThat(claims.strings("groups")).isEmpty();
      assertThat(claims.string("scope")).isEqualTo("groups openid");
    } finally {
      webLearns(GroupsClaim.NEVER);
    }
  }

  @Test
  void whatIsServedIsSaidInTheMetadata() throws Exception {
    JsonObject metadata = RunningDomain.json(domain.get("/.well-known/openid-configuration"));
    String other = domain.get("/.well-known/oauth-authorization-server").body();
    // mod_auth_openidc takes signed keys wherever they are named, and cannot read them.
    assertThat(metadata.has("signed_jwks_uri")).isFalse();
    assertThat(other.replaceFirst(",\"signed_jwks_uri\":\"[^\"]*\"", ""))
        .isNotEqualTo(other)
        .isEqualTo(metadata.toString());
    assertThat(metadata.strings("response_types_supported")).containsExactly("code");
    assertThat(metadata.strings("code_challenge_methods_supported")).containsExactly("S256");
    assertThat(metadata.strings("id_token_signing_alg_values_supported")).startsWith("RS256");
    for (String name : List.of("registration", "device_authorization")) {
      assertThat(metadata.has(name + "_endpoint")).as(name).isFalse();
    }
    for (String name : List.of("authorization", "token", "userinfo", "end_session")) {
      URI uri = URI.create(metadata.string(name + "_endpoint"));
      assertThat(domain.get(uri.getPath()).statusCode()).as(name).isNotEqualTo(404);
    }
  }

  @Test
  void aCodeIsGoodOnceAndItsSecondUseEndsTheTokensOfTheFirst() throws Exception {
    String code = code();
    JsonObject tokens = RunningDomain.json(redeem(code));
    endsWithinTwoSeconds(
        tokens.string("access_token"),
        unchecked(() -> assertThat(error(redeem(code))).isEqualTo("invalid_grant")));
    assertThat(error(refresh(tokens.string("refresh_token")))).isEqualTo("invalid_grant");
  }

  @Test
  void ofTwentyRequestsWithOneCodeOneIsAnswered() throws Exception {
    String code = code();
    List<Thread> threads = new ArrayList<>();
    List<Integer> statuses = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 20; i++) {
      threads.add(
          Thread.ofVirtual().start(unchecked(() -> statuses.add(redeem(code).statusCode()))));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(statuses).hasSize(20).filteredOn(status -> status == 200).hasSize(1);
  }

  @Test
  void whileTheSignerIsAwayNothingIsUsedUp() throws Exception {
    String code = code();
    domain.signer.refuse(Answer.Code.BUSY);
    assertThat(redeem(code).statusCode()).isEqualTo(503);
    domain.signer.refuse(null);
    String token = RunningDomain.json(redeem(code)).string("refresh_token");
    domain.signer.refuse(Answer.Code.BUSY);
    assertThat(refresh(token).statusCode()).isEqualTo(503);
    domain.signer.refuse(null);
    assertThat(refresh(token).statusCode()).isEqualTo(200);
  }

  @Test
  void aRefreshTokenRotatesAndALostAnswerIsGivenAgainAlsoAfterARestart() throws Exception {
    String first = tokens().string("refresh_token");
    String second = RunningDomain.json(refresh(first)).string("refresh_token");
    assertThat(second).isNotEqualTo(first);
    domain.restart();
    assertThat(RunningDomain.json(refresh(first)).string("refresh_token")).isEqualTo(second);
    JsonObject third = RunningDomain.json(refresh(second));
    assertThat(error(refresh(first))).isEqualTo("invalid_grant");
    assertThat(error(refresh(third.string("refresh_token")))).isEqualTo("invalid_grant");
    assertThat(third.has("id_token")).isFalse();
  }

  @Test
  void aRefreshedTokenMaySayLessAndNeverMore() throws Exception {
    String token = tokens().string("refresh_token");
    assertThat(
            error(token("grant_type", "refresh_token", "refresh_token", token, "scope", "other")))
        .isEqualTo("invalid_scope");
    JsonObject less =
        RunningDomain.json(
            token("grant_type", "refresh_token", "refresh_token", token, "scope", "mail"));
    assertThat(less.string("scope")).isEqualTo("mail");
  }

  @Test
  void aClientThatGivesUpItsRefreshTokenGivesUpItsAccessToken() throws Exception {
    JsonObject tokens = tokens();
    endsWithinTwoSeconds(
        tokens.string("access_token"),
        unchecked(
            () ->
                assertThat(
                        domain
                            .send(
                                domain
                                    .form("/revoke", "token", tokens.string("refresh_token"))
                                    .header("Authorization", RunningDomain.basic("web", secret)))
                            .statusCode())
                    .isEqualTo(200)));
    assertThat(error(refresh(tokens.string("refresh_token")))).isEqualTo("invalid_grant");
  }

  @Test
  void signingOutEndsTheAccessTokensOfTheSessionAndOfNoOther() throws Exception {
    JsonObject other = tokens();
    TestBrowser second = known.signedOut();
    browser = second;
    JsonObject tokens = tokens();
    String query =
        "?id_token_hint="
            + tokens.string("id_token")
            + "&state=x%26y&post_logout_redirect_uri="
            + TestBrowser.encode(GOODBYE);
    endsWithinTwoSeconds(
        tokens.string("access_token"),
        unchecked(
            () ->
                assertThat(second.open("/logout" + query).headers().firstValue("Location"))
                    .contains(GOODBYE + "?state=x%26y")));
    assertThat(error(refresh(tokens.string("refresh_token")))).isEqualTo("invalid_grant");
    assertThat(TestBrowser.parameter(authorize("prompt", "none"), "error"))
        .contains("login_required");
    assertThat(userinfo(other.string("access_token")).statusCode()).isEqualTo(200);
  }

  @Test
  void offlineAccessOutlivesTheSession() throws Exception {
    String code = code("scope", "openid mail offline_access", "prompt", "consent");
    JsonObject tokens = RunningDomain.json(redeem(code));
    assertThat(browser.open("/logout?id_token_hint=" + tokens.string("id_token")).statusCode())
        .isEqualTo(200);
    assertThat(refresh(tokens.string("refresh_token")).statusCode()).isEqualTo(200);
    assertThat(userinfo(tokens.string("access_token")).statusCode()).isEqualTo(200);
  }

  /** RP-Initiated Logout 1.0, 2: any page could send the browser there. */
  @Test
  void whoseSessionIsNotShownIsAsked() throws Exception {
    JsonObject tokens = tokens();
    TestBrowser first = browser;
    browser = known.signedOut();
    String ofAnother = tokens().string("id_token");
    for (String query : List.of("", "?client_id=web", "?id_token_hint=" + ofAnother)) {
      assertThat(first.open("/logout" + query).body()).as(query).contains("id=\"ask-sign-out\"");
      assertThat(userinfo(tokens.string("access_token")).statusCode()).as(query).isEqualTo(200);
    }
    HttpResponse<String> answer = first.submit(first.open("/logout"), Map.of());
    assertThat(answer.body()).contains("id=\"signed-out\"");
    assertThat(first.open("/logout").body()).contains("id=\"signed-out\"");
  }

  @Test
  void aLogoutThatIsNotTheClientsSendsNobodyOn() throws Exception {
    JsonObject tokens = tokens();
    String id = tokens.string("id_token");
    String goodbye = "&post_logout_redirect_uri=" + TestBrowser.encode(GOODBYE);
    for (String query :
        List.of(
            "id_token_hint=" + id + "&post_logout_redirect_uri=https%3A%2F%2Fevil.example",
            "id_token_hint=" + id.substring(0, id.length() - 4) + "AAAA" + goodbye,
            "id_token_hint=" + id + "&client_id=native" + goodbye,
            "client_id=web" + goodbye,
            "x=y" + goodbye)) {
      HttpResponse<String> answer = browser.open("/logout?" + query);
      assertThat(answer.statusCode()).as(query).isEqualTo(400);
      assertThat(answer.headers().firstValue("Location")).isEmpty();
    }
    assertThat(userinfo(tokens.string("access_token")).statusCode()).isEqualTo(200);
    assertThat(
            browser.open("/logout?id_token_hint=" + id + goodbye).headers().firstValue("Location"))
        .contains(GOODBYE);
  }

  @Test
  void promptsAndAgesAreHeeded() throws Exception {
    assertThat(TestBrowser.parameter(authorize("prompt", "none"), "error"))
        .contains("login_required");
    String first = code();
    assertThat(TestBrowser.parameter(authorize("prompt", "none"), "code")).isPresent();
    long before = idToken(first).number("auth_time");
    assertThat(authorize("prompt", "login").body()).contains("id=\"username\"");
    // Seconds are what tokens count in.
    while (System.currentTimeMillis() / 1000 <= before + 1) {
      Thread.onSpinWait();
    }
    assertThat(authorize("max_age", "1").body()).contains("id=\"username\"");
    assertThat(TestBrowser.parameter(authorize("max_age", "3600"), "code")).isPresent();
    long again = idToken(code("prompt", "login")).number("auth_time");
    assertThat(again).isGreaterThan(before);
    assertThat(authorize("prompt", "consent").body()).contains("id=\"accept\"");
  }

  private JsonObject idToken(String code) throws Exception {
    return RunningDomain.claims(RunningDomain.json(redeem(code)).string("id_token"));
  }

  @Test
  void whoSaysNoIsHeard() throws Exception {
    code();
    HttpResponse<String> question = authorize("prompt", "consent");
    HttpResponse<String> answer = browser.submit(question, Map.of("answer", "reject"));
    assertThat(TestBrowser.parameter(answer, "error")).contains("access_denied");
    assertThat(TestBrowser.parameter(answer, "state")).contains("s t");
  }

  @Test
  void anAnswerThatIsNotOfOurPageIsNone() throws Exception {
    code();
    HttpResponse<String> question = authorize("prompt", "consent");
    HttpResponse<String> forged =
        browser.submit(question, Map.of("answer", "accept", "form_token", "x"));
    assertThat(forged.statusCode()).isEqualTo(400);
    HttpResponse<String> changed =
        browser.submit(
            question, Map.of("answer", "accept", "request", "client_id=web&scope=openid"));
    assertThat(changed.statusCode()).isEqualTo(400);
    assertThat(TestBrowser.parameter(browser.submit(question, Map.of("answer", "accept")), "code"))
        .isPresent();
  }

  @Test
  void aPersonOfAnotherTenantIsNotSignedIn() throws Exception {
    code();
    assertThat(TestBrowser.parameter(authorize("client_id", "elsewhere"), "error"))
        .contains("access_denied");
  }

  @Test
  void aFormIsPostedWhereTheClientWantsThat() throws Exception {
    code();
    HttpResponse<String> answer = authorize("response_mode", "form_post");
    assertThat(answer.body()).contains("action=\"https://app.example/cb?a=b\"", "name=\"code\"");
    assertThat(answer.headers().firstValue("Content-Security-Policy").orElseThrow())
        // Chromium would apply a form-action to where the application sends the browser next.
        .doesNotContain("form-action")
        .contains("default-src 'none'");
    HttpResponse<String> posted = browser.post("/authorize", request("prompt", "none"));
    assertThat(posted.statusCode()).isEqualTo(303);
    HttpResponse<String> followed =
        browser.open(posted.headers().firstValue("Location").orElseThrow());
    assertThat(TestBrowser.parameter(followed, "code")).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "client_id, nobody",
    "client_id, machine",
    "redirect_uri, https://evil.example/cb",
    "redirect_uri, https://app.example/cb",
    "redirect_uri, ''",
    "response_type, ''",
    "redirect_uri, https://app.example/cb?a=b&c=d",
    "response_mode, fragment",
    "redirect_uri, https://app.example%2f@evil.example/cb",
    "redirect_uri, http://127.0.0.1x/cb",
    "id_token_hint, x.y.z"
  })
  void nobodyIsSentWhereNobodyIsRegistered(String name, String value) throws Exception {
    HttpResponse<String> answer = authorize(name, value);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Location")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "response_type, token, unsupported_response_type",
    "code_challenge, '', invalid_request",
    "code_challenge_method, plain, invalid_request",
    "code_challenge_method, '', invalid_request",
    "scope, openid other, invalid_scope",
    "resource, https://other.example, invalid_target",
    "prompt, none login, invalid_request",
    "max_age, -1, invalid_request",
    "request, x, request_not_supported",
    "request_uri, https://x, request_uri_not_supported"
  })
  void theClientHearsWhatIsWrong(String name, String value, String code) throws Exception {
    HttpResponse<String> answer = authorize(name, value);
    assertThat(TestBrowser.parameter(answer, "error")).contains(code);
    assertThat(TestBrowser.parameter(answer, "state")).contains("s t");
    assertThat(TestBrowser.parameter(answer, "iss")).contains(ISSUER);
  }

  @Test
  void aCodeIsGoodForItsClientAndItsVerifierAlone() throws Exception {
    String code = code();
    assertThat(
            error(
                token(
                    "grant_type",
                    "authorization_code",
                    "code",
                    code,
                    "redirect_uri",
                    CALLBACK,
                    "code_verifier",
                    "w".repeat(43))))
        .isEqualTo("invalid_grant");
    assertThat(error(token("grant_type", "authorization_code", "code", code)))
        .isEqualTo("invalid_grant");
    assertThat(
            error(
                domain.send(
                    domain.form(
                        "/token",
                        "grant_type",
                        "authorization_code",
                        "code",
                        code,
                        "client_id",
                        "native",
                        "redirect_uri",
                        CALLBACK,
                        "code_verifier",
                        VERIFIER))))
        .isEqualTo("invalid_grant");
    assertThat(redeem(code).statusCode()).isEqualTo(200);
  }

  @Test
  void aNativeClientNeedsNoSecretAndTakesAnyLoopbackPort() throws Exception {
    String code = code("client_id", "native", "redirect_uri", "http://127.0.0.1:51234/cb");
    HttpResponse<String> answer =
        domain.send(
            domain.form(
                "/token",
                "grant_type",
                "authorization_code",
                "code",
                code,
                "client_id",
                "native",
                "redirect_uri",
                "http://127.0.0.1:51234/cb",
                "code_verifier",
                VERIFIER));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(
            error(
                domain.send(
                    domain.form(
                        "/token", "grant_type", "client_credentials", "client_id", "native"))))
        .isEqualTo("unauthorized_client");
    assertThat(error(domain.send(domain.form("/token", "client_id", "web"))))
        .isEqualTo("invalid_client");
  }

  @Test
  void aPersonOrClientThatIsRefusedTakesItsTokensWithIt() throws Exception {
    JsonObject tokens = tokens();
    endsWithinTwoSeconds(
        tokens.string("access_token"),
        unchecked(() -> domain.admin.people().admit("alice", false)));
    assertThat(error(refresh(tokens.string("refresh_token")))).isEqualTo("invalid_grant");
    domain.admin.people().admit("alice", true);
    JsonObject more = tokens();
    endsWithinTwoSeconds(
        more.string("access_token"), unchecked(() -> domain.admin.admit("web", false)));
    domain.admin.admit("web", true);
    assertThat(error(refresh(more.string("refresh_token")))).isEqualTo("invalid_grant");
  }

  /** The answer is held up behind its event, by the database, while the person signs out. */
  @Test
  void noCodeIsGivenOnASessionThatEndsMeanwhile() throws Exception {
    domain.admin.register(
        ClientRegistration.withSecret("late", "acme", List.of(), List.of())
            .signingIn(
                new SignInTerms(
                    Set.of(GrantType.AUTHORIZATION_CODE),
                    List.of(CALLBACK),
                    List.of(),
                    Optional.empty(),
                    false)));
    HttpResponse<String> question = signIn(authorize("client_id", "late", "scope", "openid"));
    Spool spool = domain.server().audit().client().spool();
    long events = spool.size();
    List<HttpResponse<String>> answers = new ArrayList<>();
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      Thread answering =
          Thread.ofVirtual()
              .start(
                  unchecked(
                      () -> answers.add(browser.submit(question, Map.of("answer", "accept")))));
      while (spool.size() == events) {
        Thread.sleep(5);
      }
      assertThat(browser.submit(browser.open("/logout"), Map.of()).body()).contains("signed-out");
      statement.execute("ROLLBACK");
      answering.join();
    }
    assertThat(TestBrowser.parameter(answers.getFirst(), "error")).contains("access_denied");
  }

  /** The database takes the consent back as soon as it is kept, as another request may. */
  @Test
  void noCodeIsGivenForWhatThePersonTakesBackMeanwhile() throws Exception {
    domain.admin.register(
        ClientRegistration.withSecret("taken-back", "acme", List.of(), List.of())
            .signingIn(
                new SignInTerms(
                    Set.of(GrantType.AUTHORIZATION_CODE),
                    List.of(CALLBACK),
                    List.of(),
                    Optional.empty(),
                    false)));
    HttpResponse<String> question = signIn(authorize("client_id", "taken-back", "scope", "openid"));
    HttpResponse<String> refused;
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = other.createStatement()) {
      statement.execute(
          "CREATE TRIGGER taken_back AFTER INSERT ON consent BEGIN"
              + " DELETE FROM consent WHERE client_id = NEW.client_id; END");
      refused = browser.submit(question, Map.of("answer", "accept"));
      statement.execute("DROP TRIGGER taken_back");
    }
    assertThat(TestBrowser.parameter(refused, "error")).contains("access_denied");
    assertThat(TestBrowser.parameter(browser.submit(question, Map.of("answer", "accept")), "code"))
        .isPresent();
  }

  private static String error(HttpResponse<String> answer) throws Exception {
    return Objects.requireNonNull(RunningDomain.json(answer).string("error"));
  }
}
