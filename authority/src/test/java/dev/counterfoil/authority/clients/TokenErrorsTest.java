package dev.counterfoil.authority.clients;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.basic;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.http.Form;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a token request can be wrong; after each, the honest request still works. */
class TokenErrorsTest {
  private static final String OTHER = "https://files.example";
  private static RunningDomain domain;
  private static String secret;
  private static String postSecret;
  private static String idleSecret;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    domain = new RunningDomain(folder);
    secret =
        domain
            .admin
            .register(
                ClientRegistration.withSecret(
                    "app", "acme", List.of(AUDIENCE, OTHER), List.of("mail.read", "mail.send")))
            .orElseThrow();
    ClientRegistration basic =
        ClientRegistration.withSecret("poster", "acme", List.of(AUDIENCE), List.of());
    postSecret =
        domain
            .admin
            .register(
                new ClientRegistration(
                    basic.clientId(),
                    basic.name(),
                    basic.tenant(),
                    basic.subject(),
                    AuthenticationMethod.CLIENT_SECRET_POST,
                    basic.jwks(),
                    basic.audiences(),
                    basic.scopes(),
                    false,
                    false,
                    basic.tokenLife(),
                    basic.tokenAlgorithm(),
                    basic.concessions(),
                    basic.signIn()))
            .orElseThrow();
    idleSecret =
        domain
            .admin
            .register(ClientRegistration.withSecret("idle", "acme", List.of(), List.of()))
            .orElseThrow();
  }

  @AfterAll
  static void stop() throws Exception {
    domain.close();
  }

  @AfterEach
  void theHonestRequestStillWorks() throws Exception {
    assertThat(domain.send(domain.tokenRequest("app", secret)).statusCode()).isEqualTo(200);
  }

  private static HttpRequest.Builder raw(String contentType, String body) {
    return HttpRequest.newBuilder(domain.at("/token"))
        .header("Content-Type", contentType)
        .header("Authorization", basic("app", secret))
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static HttpRequest.Builder authenticated(String... form) {
    return domain.form("/token", form).header("Authorization", basic("app", secret));
  }

  private static HttpResponse<String> refused(HttpRequest.Builder request, int status, String error)
      throws Exception {
    HttpResponse<String> response = domain.send(request);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(json(response).string("error")).isEqualTo(error);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(response.body()).doesNotContain("Exception").doesNotContain("dev.counterfoil");
    return response;
  }

  private static void unauthorized(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> response = refused(request, 401, "invalid_client");
    assertThat(response.headers().firstValue("WWW-Authenticate").orElse("")).startsWith("Basic ");
  }

  @Test
  void otherMethods() throws Exception {
    for (String method : List.of("GET", "PUT", "DELETE", "HEAD")) {
      HttpResponse<String> response =
          domain.send(
              HttpRequest.newBuilder(domain.at("/token"))
                  .method(method, HttpRequest.BodyPublishers.noBody()));
      assertThat(response.statusCode()).as(method).isEqualTo(405);
      assertThat(response.headers().firstValue("Allow")).contains("POST");
    }
  }

  @Test
  void otherContentTypes() throws Exception {
    String form = "grant_type=client_credentials";
    refused(
        raw("application/json", "{\"grant_type\":\"client_credentials\"}"), 400, "invalid_request");
    refused(raw("text/plain", form), 400, "invalid_request");
    refused(raw("multipart/form-data; boundary=x", form), 400, "invalid_request");
    refused(raw("application/x-www-form-urlencoded; charset=utf-16", form), 400, "invalid_request");
    assertThat(
            domain.send(raw("application/x-www-form-urlencoded; charset=UTF-8", form)).statusCode())
        .isEqualTo(200);
    assertThat(domain.send(raw("Application/X-WWW-Form-Urlencoded", form)).statusCode())
        .isEqualTo(200);
  }

  @Test
  void contentEncodings() throws Exception {
    refused(
        raw("application/x-www-form-urlencoded", "grant_type=client_credentials")
            .header("Content-Encoding", "gzip"),
        400,
        "invalid_request");
  }

  @Test
  void malformedForms() throws Exception {
    String type = "application/x-www-form-urlencoded";
    refused(raw(type, ""), 400, "invalid_request");
    refused(
        raw(type, "grant_type=client_credentials&grant_type=client_credentials"),
        400,
        "invalid_request");
    refused(
        raw(type, "grant_type=client_credentials&scope=mail.read&scope=mail.send"),
        400,
        "invalid_request");
    refused(raw(type, "grant_type=client_credentials&&x=y"), 400, "invalid_request");
    refused(raw(type, "grant_type=client_credentials&=y"), 400, "invalid_request");
    refused(raw(type, "grant_type=client%5Fcredential"), 400, "unsupported_grant_type");
    refused(raw(type, "grant_type=%"), 400, "invalid_request");
    refused(raw(type, "grant_type=%zz"), 400, "invalid_request");
    refused(raw(type, "grant_type=client_credentials&x=%ff%fe"), 400, "invalid_request");
    refused(raw(type, "grant_type=client_credentials&x=%00"), 400, "invalid_request");
    refused(raw(type, "grant_type=client_credentials" + manyParameters()), 400, "invalid_request");
    refused(raw(type, "{\"grant_type\""), 400, "invalid_request");
  }

  private static String manyParameters() {
    StringBuilder parameters = new StringBuilder();
    for (int i = 0; i < Form.PARAMETERS_MAX; i++) {
      parameters.append("&p").append(i).append("=x");
    }
    return parameters.toString();
  }

  @Test
  void parametersInTheUri() throws Exception {
    refused(
        HttpRequest.newBuilder(domain.at("/token?client_id=app&client_secret=x"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString("grant_type=client_credentials")),
        400,
        "invalid_request");
  }

  @Test
  void grantTypes() throws Exception {
    refused(authenticated("scope", "mail.read"), 400, "invalid_request");
    refused(authenticated("grant_type", ""), 400, "invalid_request");
    refused(authenticated("grant_type", "password"), 400, "unsupported_grant_type");
    refused(
        authenticated("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        400,
        "unsupported_grant_type");
    refused(authenticated("grant_type", "authorization_code"), 400, "unauthorized_client");
    refused(authenticated("grant_type", "refresh_token"), 400, "unauthorized_client");
  }

  @Test
  void clientsThatDoNotProveThemselves() throws Exception {
    String[] grant = {"grant_type", "client_credentials"};
    unauthorized(domain.form("/token", grant));
    unauthorized(domain.form("/token", grant).header("Authorization", basic("app", "wrong")));
    unauthorized(domain.form("/token", grant).header("Authorization", basic("nobody", secret)));
    unauthorized(domain.form("/token", grant).header("Authorization", basic("app", "")));
    unauthorized(domain.form("/token", grant).header("Authorization", basic("", "")));
    unauthorized(domain.form("/token", grant).header("Authorization", "Basic"));
    unauthorized(domain.form("/token", grant).header("Authorization", "Basic !!!"));
    unauthorized(
        domain
            .form("/token", grant)
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder()
                        .encodeToString("no colon".getBytes(StandardCharsets.UTF_8))));
    unauthorized(domain.form("/token", grant).header("Authorization", "Bearer " + secret));
    unauthorized(domain.form("/token", grant).header("Authorization", "Basic " + "A".repeat(4000)));
    unauthorized(domain.form("/token", "grant_type", "client_credentials", "client_id", "app"));
    unauthorized(
        domain.form(
            "/token",
            "grant_type",
            "client_credentials",
            "client_id",
            "poster",
            "client_secret",
            "wrong"));
  }

  @Test
  void aSecretIsTakenInTheHeaderAndInTheBody() throws Exception {
    assertThat(domain.send(domain.tokenRequest("poster", postSecret)).statusCode()).isEqualTo(200);
    assertThat(
            domain
                .send(
                    domain.form(
                        "/token",
                        "grant_type",
                        "client_credentials",
                        "client_id",
                        "app",
                        "client_secret",
                        secret))
                .statusCode())
        .isEqualTo(200);
    unauthorized(domain.tokenRequest("poster", secret));
    assertThat(
            domain
                .send(
                    domain.form(
                        "/token",
                        "grant_type",
                        "client_credentials",
                        "client_id",
                        "poster",
                        "client_secret",
                        postSecret))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void twoMethodsAtOnce() throws Exception {
    refused(
        authenticated("grant_type", "client_credentials", "client_secret", secret),
        400,
        "invalid_request");
    refused(
        authenticated(
            "grant_type",
            "client_credentials",
            "client_assertion_type",
            ClientAssertions.TYPE,
            "client_assertion",
            "a.b.c"),
        400,
        "invalid_request");
    refused(
        authenticated("grant_type", "client_credentials", "client_id", "poster"),
        400,
        "invalid_request");
    assertThat(
            domain
                .send(authenticated("grant_type", "client_credentials", "client_id", "app"))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void twoAuthorizationHeaders() throws Exception {
    refused(
        authenticated("grant_type", "client_credentials")
            .header("Authorization", basic("app", secret)),
        400,
        "invalid_request");
  }

  @Test
  void scopes() throws Exception {
    String[] good = {"grant_type", "client_credentials", "scope", "mail.send"};
    assertThat(json(domain.send(authenticated(good))).string("scope")).isEqualTo("mail.send");
    for (String scope :
        List.of("admin", "mail.read admin", "mail.read  mail.send", " mail.read", "a\"b", "*")) {
      refused(
          authenticated("grant_type", "client_credentials", "scope", scope), 400, "invalid_scope");
    }
    refused(
        authenticated("grant_type", "client_credentials", "scope", "x".repeat(5000)),
        400,
        "invalid_scope");
  }

  @Test
  void targets() throws Exception {
    String[] good = {"grant_type", "client_credentials", "resource", OTHER, "audience", AUDIENCE};
    String token = json(domain.send(authenticated(good))).string("access_token");
    assertThat(RunningDomain.claims(token).strings("aud")).containsExactly(OTHER, AUDIENCE);
    refused(
        authenticated("grant_type", "client_credentials", "resource", "https://evil.example"),
        400,
        "invalid_target");
    refused(
        authenticated("grant_type", "client_credentials", "audience", "evil"),
        400,
        "invalid_target");
    refused(
        authenticated("grant_type", "client_credentials", "resource", "not-absolute"),
        400,
        "invalid_target");
    refused(
        authenticated("grant_type", "client_credentials", "resource", OTHER + "#fragment"),
        400,
        "invalid_target");
    refused(
        authenticated(
            "grant_type", "client_credentials", "resource", OTHER, "resource", "https://evil"),
        400,
        "invalid_target");
  }

  @Test
  void aClientWithoutAudiencesIsNotAuthorizedForTheGrant() throws Exception {
    refused(domain.tokenRequest("idle", idleSecret), 400, "unauthorized_client");
  }

  @Test
  void pathsThatAreNotThere() throws Exception {
    for (String path : List.of("/", "/tokens", "/token/", "/../token", "/logs", "/%2e%2e/x")) {
      HttpResponse<String> response = domain.get(path);
      assertThat(response.statusCode()).as(path).isIn(400, 404);
      assertThat(json(response).string("error")).isEqualTo("invalid_request");
    }
  }
}
