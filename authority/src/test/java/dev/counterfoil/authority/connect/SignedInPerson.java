package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.ProtocolTerms;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.format.bytes.Hash;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A person who is signed in, and a client that they may allow everything. */
public final class SignedInPerson {
  static final String CALLBACK = "https://app.example/cb";
  static final String VERIFIER = "v".repeat(43);
  static final String CHALLENGE =
      Hash.sha256(VERIFIER.getBytes(StandardCharsets.US_ASCII)).base64Url();

  private final RunningDomain domain;
  private final TestBrowser browser;
  private final String client;
  private final String secret;

  /**
   * Puts both into a domain.
   *
   * @param name the person's username, and the client's id
   */
  public SignedInPerson(RunningDomain domain, String name) throws Exception {
    this(domain, name, ProtocolTerms.NONE);
  }

  /** The same with a client that uses more than the code flow. */
  SignedInPerson(RunningDomain domain, String name, ProtocolTerms protocol) throws Exception {
    this(domain, enrolled(domain, name), name, protocol);
  }

  private static TestBrowser enrolled(RunningDomain domain, String name) throws Exception {
    domain.admin.people().add("acme", name, name, Optional.empty());
    return TestBrowser.enrolled(domain, name);
  }

  private SignedInPerson(
      RunningDomain domain, TestBrowser browser, String name, ProtocolTerms protocol)
      throws Exception {
    this.domain = domain;
    this.browser = browser;
    this.client = name;
    this.secret =
        domain
            .admin
            .register(
                ClientRegistration.withSecret(
                        client, "acme", List.of(RunningDomain.AUDIENCE), List.of())
                    .signingIn(terms(protocol)))
            .orElseThrow();
  }

  /** With {@link #CALLBACK}, for codes and refresh tokens. */
  static SignInTerms terms(ProtocolTerms protocol) {
    return new SignInTerms(
        Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN),
        List.of(CALLBACK),
        List.of(),
        Optional.empty(),
        false,
        protocol);
  }

  /** Says yes to what the client asks. */
  public void allow() throws Exception {
    assertThat(
            TestBrowser.parameter(browser.submit(authorize(), Map.of("answer", "accept")), "code"))
        .isPresent();
  }

  /** The person's username, and the client's id. */
  String name() {
    return client;
  }

  /** The session's browser. */
  TestBrowser browser() {
    return browser;
  }

  /** The answer to what the client asks. */
  public HttpResponse<String> authorize() throws Exception {
    return browser.open(
        "/authorize?response_type=code&client_id="
            + client
            + "&scope=openid&code_challenge_method=S256"
            + "&redirect_uri="
            + TestBrowser.encode(CALLBACK)
            + "&code_challenge="
            + CHALLENGE);
  }

  /** A code. */
  public String code() throws Exception {
    return TestBrowser.parameter(authorize(), "code").orElseThrow();
  }

  /** The answer to a code. */
  public HttpResponse<String> redeem(String code) throws Exception {
    return redeem(domain, client, secret, code, CALLBACK);
  }

  /** The answer to a code of a request with {@link #CHALLENGE}. */
  static HttpResponse<String> redeem(
      RunningDomain domain, String client, String secret, String code, String redirectUri)
      throws Exception {
    return domain.send(
        domain
            .form(
                "/token",
                "grant_type",
                "authorization_code",
                "code",
                code,
                "redirect_uri",
                redirectUri,
                "code_verifier",
                VERIFIER)
            .header("Authorization", RunningDomain.basic(client, secret)));
  }

  /** Pushes the request to an authority (RFC 9126); its {@code request_uri}. */
  String pushTo(RunningDomain other) throws Exception {
    return RunningDomain.json(
            other.send(
                other
                    .form(
                        "/par",
                        "response_type",
                        "code",
                        "client_id",
                        client,
                        "scope",
                        "openid",
                        "code_challenge_method",
                        "S256",
                        "redirect_uri",
                        CALLBACK,
                        "code_challenge",
                        CHALLENGE)
                    .header("Authorization", RunningDomain.basic(client, secret))))
        .string("request_uri");
  }

  /** What the browser is answered to a request that was pushed. */
  HttpResponse<String> opened(String requestUri) throws Exception {
    return browser.open(
        "/authorize?client_id=" + client + "&request_uri=" + TestBrowser.encode(requestUri));
  }

  /** The code of a request that was pushed. */
  String codeOf(String requestUri) throws Exception {
    return TestBrowser.parameter(opened(requestUri), "code").orElseThrow();
  }

  /** The answer of another authority of the domain to a code. */
  HttpResponse<String> redeemAt(RunningDomain other, String code) throws Exception {
    return redeem(other, client, secret, code, CALLBACK);
  }

  /** The answer of another authority of the domain to a refresh token. */
  HttpResponse<String> refreshAt(RunningDomain other, String token) throws Exception {
    return other.send(
        other
            .form("/token", "grant_type", "refresh_token", "refresh_token", token)
            .header("Authorization", RunningDomain.basic(client, secret)));
  }

  /** A refresh token. */
  public String refreshToken() throws Exception {
    return RunningDomain.json(redeem(code())).string("refresh_token");
  }

  /** The answer to a refresh token. */
  public HttpResponse<String> refresh(String token) throws Exception {
    return refreshAt(domain, token);
  }

  /** The same person, whose client is registered again under the same id. */
  SignedInPerson registeredAgain() throws Exception {
    return new SignedInPerson(domain, browser, client, ProtocolTerms.NONE);
  }

  /** Has the client give a token up. */
  public void giveUp(String token) throws Exception {
    HttpResponse<String> answer =
        domain.send(
            domain
                .form("/revoke", "token", token)
                .header("Authorization", RunningDomain.basic(client, secret)));
    assertThat(answer.statusCode()).isEqualTo(200);
  }

  /** Signs out. */
  public void signOut() throws Exception {
    // Without an ID token it asks, and the person presses the button.
    assertThat(browser.submit(browser.open("/logout"), Map.of()).body()).contains("signed-out");
  }
}
