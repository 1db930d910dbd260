package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.ProtocolTerms;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients may use beyond the code flow: pushed requests, claims, signed userinfo, CORS. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PushedRequestTest {
  private static final String ISSUER = "http://127.0.0.1:8480";

  @SuppressWarnings("NullAway.Init") // by start
  private RunningDomain domain;

  @SuppressWarnings("NullAway.Init") // by start
  private String secret;

  @SuppressWarnings("NullAway.Init") // by start
  private String otherSecret;

  @SuppressWarnings("NullAway.Init") // by start
  private TestBrowser browser;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    domain = new RunningDomain(folder, "enterprise", ISSUER, List.of());
    secret =
        register("web", new ProtocolTerms(Optional.empty(), false, true, Optional.of("ES256")));
    otherSecret = register("other", ProtocolTerms.NONE);
    domain.admin.register(
        ClientRegistration.withoutSecret(
            "page",
            "acme",
            List.of(RunningDomain.AUDIENCE),
            List.of(),
            SignedInPerson.terms(ProtocolTerms.NONE)));
    domain.admin.people().add("acme", "alice", "Alice Example", Optional.of("alice@acme.example"));
    browser = TestBrowser.enrolled(domain, "alice");
  }

  private String register(String id, ProtocolTerms protocol) throws Exception {
    return domain
        .admin
        .register(
            ClientRegistration.withSecret(id, "acme", List.of(RunningDomain.AUDIENCE), List.of())
                .signingIn(SignedInPerson.terms(protocol)))
        .orElseThrow();
  }

  @AfterAll
  void stop() throws Exception {
    domain.close();
  }

  private static Map<String, String> request(String... more) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("response_type", "code");
    all.put("redirect_uri", SignedInPerson.CALLBACK);
    all.put("scope", "openid");
    all.put("state", "pushed");
    all.put("code_challenge", SignedInPerson.CHALLENGE);
    all.put("code_challenge_method", "S256");
    return TestBrowser.changed(all, more);
  }

  private HttpResponse<String> push(String... more) throws Exception {
    String[] form =
        request(more).entrySet().stream()
            .flatMap(one -> Stream.of(one.getKey(), one.getValue()))
            .toArray(String[]::new);
    return domain.send(
        domain.form("/par", form).header("Authorization", RunningDomain.basic("web", secret)));
  }

  private String pushed(String... more) throws Exception {
    HttpResponse<String> answer = push(more);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(RunningDomain.json(answer).number("expires_in")).isEqualTo(60);
    return RunningDomain.json(answer).string("request_uri");
  }

  private HttpResponse<String> authorize(String clientId, String uri) throws Exception {
    return authorize(Map.of("client_id", clientId, "request_uri", uri));
  }

  private HttpResponse<String> authorize(Map<String, String> parameters) throws Exception {
    return browser.accepted(browser.open("/authorize?" + TestBrowser.query(parameters)));
  }

  private JsonObject redeem(String client, String itsSecret, HttpResponse<String> answer)
      throws Exception {
    String code = TestBrowser.parameter(answer, "code").orElseThrow();
    return RunningDomain.json(
        SignedInPerson.redeem(domain, client, itsSecret, code, SignedInPerson.CALLBACK));
  }

  @Test
  void whatIsPushedIsAskedOnceAndNothingBesideIt() throws Exception {
    String uri = pushed();
    HttpResponse<String> answer =
        authorize(
            Map.of(
                "client_id", "web",
                "state", "of-the-browser",
                "scope", "email",
                "request_uri", uri));
    assertThat(TestBrowser.parameter(answer, "state")).contains("pushed");
    assertThat(redeem("web", secret, answer).string("scope")).isEqualTo("openid");
    HttpResponse<String> again = authorize("web", uri);
    assertThat(again.statusCode()).isEqualTo(400);
    assertThat(again.headers().firstValue("Location")).isEmpty();
  }

  /** FAPI 2.0 counts a use when the client is answered, not when the browser comes first. */
  @Test
  void whoSignsInFirstComesBackToIt() throws Exception {
    String uri = pushed("prompt", "login");
    HttpResponse<String> page = authorize("web", uri);
    String location = browser.signIn(page, "alice");
    assertThat(location).doesNotContain("state").contains("request_uri");
    HttpResponse<String> answer = browser.accepted(browser.open(location));
    assertThat(TestBrowser.parameter(answer, "code")).isPresent();
    assertThat(browser.open(location).statusCode()).isEqualTo(400);
  }

  @Test
  void aPushedRequestIsItsClientsAlone() throws Exception {
    String uri = pushed();
    assertThat(authorize("other", uri).statusCode()).isEqualTo(400);
    assertThat(authorize("web", uri + "A").statusCode()).isEqualTo(400);
    assertThat(TestBrowser.parameter(authorize("web", uri), "code")).isPresent();
  }

  @Test
  void whoHasToPushIsNotHeardOtherwise() throws Exception {
    Map<String, String> plain = request("client_id", "web");
    assertThat(TestBrowser.parameter(authorize(plain), "error")).contains("invalid_request");
    plain.put("client_id", "other");
    assertThat(TestBrowser.parameter(authorize(plain), "code")).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "request_uri, urn:ietf:params:oauth:request_uri:x, invalid_request",
    "request, e30, invalid_request",
    "redirect_uri, https://evil.example/, invalid_request",
    "redirect_uri, '', invalid_request",
    "response_type, token, invalid_request",
    "scope, admin, invalid_scope",
    "resource, https://other.example, invalid_target",
    "code_challenge_method, plain, invalid_request",
    "client_id, other, invalid_request",
    "claims, no, invalid_request",
  })
  void whatCouldNotBeAskedIsNotKept(String name, String value, String error) throws Exception {
    HttpResponse<String> answer = push(name, value);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(RunningDomain.json(answer).string("error")).isEqualTo(error);
  }

  @Test
  void onlyTheClientPushes() throws Exception {
    HttpResponse<String> answer =
        domain.send(
            domain
                .form("/par", "response_type", "code")
                .header("Authorization", RunningDomain.basic("web", otherSecret)));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(domain.get("/par").statusCode()).isEqualTo(405);
  }

  @Test
  void claimsThatAreAskedForSinglyAreGivenWithTheirScope() throws Exception {
    String claims =
        "{\"userinfo\":{\"name\":{\"essential\":true},\"height\":null},"
            + "\"id_token\":{\"email\":null,\"auth_time\":{\"essential\":true}}}";
    JsonObject tokens =
        redeem("other", otherSecret, authorize(request("client_id", "other", "claims", claims)));
    assertThat(tokens.string("scope")).isEqualTo("email openid profile");
    JsonObject id = RunningDomain.claims(tokens.string("id_token"));
    assertThat(id.string("email")).isEqualTo("alice@acme.example");
    assertThat(id.has("name")).isFalse();
    assertThat(
            RunningDomain.json(
                    domain.send(
                        domain.form("/userinfo", "access_token", tokens.string("access_token"))))
                .string("name"))
        .isEqualTo("Alice Example");
  }

  @Test
  void howWellAPersonSignedInIsHeeded() throws Exception {
    // A password is all that this person has.
    String essential = "{\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"phr\"]}}}";
    for (Map<String, String> more :
        List.of(
            request("client_id", "other", "claims", essential, "prompt", "none"),
            request("client_id", "other", "claims", essential))) {
      HttpResponse<String> answer = browser.open("/authorize?" + TestBrowser.query(more));
      if (!more.containsKey("prompt")) {
        answer = browser.open(browser.signIn(answer, "alice"));
      }
      assertThat(TestBrowser.parameter(answer, "error"))
          .contains("unmet_authentication_requirements");
    }
    HttpResponse<String> met = authorize(request("client_id", "other", "acr_values", "phr pwd"));
    assertThat(
            RunningDomain.claims(redeem("other", otherSecret, met).string("access_token"))
                .string("acr"))
        .isEqualTo("pwd");
  }

  @Test
  void userinfoIsSignedForWhoIsRegisteredSo() throws Exception {
    JsonObject tokens = redeem("web", secret, authorize("web", pushed("scope", "openid profile")));
    HttpResponse<String> answer =
        domain.send(domain.form("/userinfo", "access_token", tokens.string("access_token")));
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/jwt");
    JsonObject header =
        StrictJson.object(Base64.getUrlDecoder().decode(answer.body().split("\\.", -1)[0]), 4096);
    assertThat(header.string("typ")).isEqualTo("userinfo+jwt");
    JsonObject claims = RunningDomain.claims(answer.body());
    assertThat(claims.string("name")).isEqualTo("Alice Example");
    assertThat(claims.string("aud")).isEqualTo("web");
    assertThat(claims.string("sub"))
        .isEqualTo(RunningDomain.claims(tokens.string("id_token")).string("sub"));
    // It is no ID token.
    assertThat(new TestBrowser(domain).open("/logout?id_token_hint=" + answer.body()).statusCode())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource({
    "https://app.example, true",
    "https://app.example:8443, false",
    "http://app.example, false",
    "https://evil.example, false",
    "null, false",
  })
  void pagesOfRegisteredOriginsMayAskAndNoOthers(String origin, boolean isAllowed)
      throws Exception {
    for (String path :
        List.of(
            "/token",
            "/revoke",
            "/userinfo",
            "/par",
            "/jwks",
            "/.well-known/openid-configuration")) {
      HttpResponse<String> preflight =
          domain.send(
              HttpRequest.newBuilder(domain.at(path))
                  .header("Origin", origin)
                  .header("Access-Control-Request-Method", "POST")
                  .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
      HttpResponse<String> get =
          domain.send(HttpRequest.newBuilder(domain.at(path)).header("Origin", origin).GET());
      for (HttpResponse<String> answer : List.of(preflight, get)) {
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
            .as(path)
            .isEqualTo(isAllowed ? Optional.of(origin) : Optional.empty());
        assertThat(answer.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
        assertThat(answer.headers().firstValue("Vary")).contains("Origin");
      }
      assertThat(preflight.statusCode()).as(path).isEqualTo(isAllowed ? 204 : 405);
    }
    HttpResponse<String> page =
        domain.send(HttpRequest.newBuilder(domain.at("/authorize")).header("Origin", origin).GET());
    assertThat(page.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }
}
