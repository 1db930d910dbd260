package dev.counterfoil.authority.logs;

import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.FakeRegistrar;
import dev.counterfoil.authority.FakeSigner;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.StatusList;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.SignedStatement;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Status lists over HTTP, for services that read no key log. */
class StatusListEndpointTest {
  private static final String LIST = "/status/" + FakeSigner.LOG + "/0";
  @TempDir Path folder;
  private RunningDomain domain;
  private StatusList list;
  private String app;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    list = new StatusList(domain.issuer, FakeSigner.LOG, 0);
    app =
        domain
            .admin
            .register(
                ClientRegistration.withSecret(
                    "app", "acme", List.of(RunningDomain.AUDIENCE), List.of()))
            .orElseThrow();
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private JsonObject signed(HttpResponse<String> response) throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type"))
        .contains("application/statuslist+jwt");
    return SignedStatement.verify(
        StatusList.TYPE, response.body(), domain.registrar.statementKey());
  }

  private String lst(HttpResponse<String> response) throws Exception {
    return signed(response).object("status_list").string("lst");
  }

  @Test
  void aRevocationIsInTheNextListThatIsFetched() throws Exception {
    String token = domain.token("app", app);
    String before = lst(domain.get(LIST));
    assertThat(before)
        .isEqualTo(list.content(List.of(), Instant.now()).object("status_list").string("lst"));
    assertThat(
            domain
                .send(
                    domain
                        .form("/revoke", "token", token)
                        .header("Authorization", RunningDomain.basic("app", app)))
                .statusCode())
        .isEqualTo(200);
    HttpResponse<String> after = domain.get(LIST);
    assertThat(lst(after))
        .isEqualTo(
            list.content(domain.registrar.revoked(), Instant.now())
                .object("status_list")
                .string("lst"))
        .isNotEqualTo(before);
    assertThat(signed(after).string("sub")).isEqualTo(domain.issuer + LIST);
  }

  @Test
  void aListIsSignedOnceWhileNothingChanges() throws Exception {
    domain.token("app", app);
    HttpResponse<String> first = domain.get(LIST);
    for (int i = 0; i < 20; i++) {
      signed(domain.get(LIST));
    }
    assertThat(domain.registrar.statusListsSigned()).isLessThan(5);
    String tag = first.headers().firstValue("ETag").orElseThrow();
    assertThat(
            domain
                .send(HttpRequest.newBuilder(domain.at(LIST)).header("If-None-Match", tag))
                .statusCode())
        .isEqualTo(304);
  }

  @Test
  void itsKeysStandInASetOfTheirOwn() throws Exception {
    HttpResponse<String> response = domain.get("/status/jwks");
    List<JsonObject> keys = json(response).objects("keys");
    assertThat(keys).hasSize(1);
    PublicJwk statementKey = domain.registrar.statementKey();
    assertThat(keys.getFirst().string("kid")).isEqualTo(statementKey.thumbprint());
    assertThat(keys.getFirst().string("alg")).isEqualTo("EdDSA");
    assertThat(domain.get("/jwks").body())
        .as("who checks tokens must not believe it")
        .doesNotContain(statementKey.thumbprint());
    assertThat(domain.get("/.well-known/oauth-authorization-server").body())
        .contains(domain.issuer + "/status/jwks");
  }

  @Test
  void nothingLiesWhereNoTokenIs() throws Exception {
    domain.token("app", app);
    assertThat(domain.get(LIST).statusCode()).isEqualTo(200);
    for (String path :
        List.of(
            "/status/" + FakeSigner.LOG + "/1",
            "/status/" + FakeSigner.LOG + "/00",
            "/status/" + FakeSigner.LOG + "/-1",
            "/status/" + FakeSigner.LOG + "/x",
            "/status/s9g9/0",
            "/status/keys/0",
            "/status/../0")) {
      assertThat(domain.get(path).statusCode()).as(path).isEqualTo(404);
    }
    assertThat(domain.registrar.statusListsSigned()).isOne();
  }

  @Test
  void aListOfAnotherKeyIsNotServed() throws Exception {
    domain.token("app", app);
    domain.registrar.signStatusListsWith(new FakeRegistrar.Ed25519());
    assertThat(domain.get(LIST).statusCode()).isEqualTo(503);
    domain.registrar.signStatusListsWith(domain.registrar.signer());
    signed(domain.get(LIST));
  }

  @Test
  void withoutTheRegistrarTheLastListIsServedUnlessItLacksARevocation() throws Exception {
    String token = domain.token("app", app);
    signed(domain.get(LIST));
    domain.registrar.stop();
    signed(domain.get(LIST));
    long position = Long.parseLong(RunningDomain.claims(token).string("jti").split("\\.", -1)[1]);
    domain.registrar.revoke(
        JsonObject.builder()
            .put("log", FakeSigner.LOG)
            .put("position", position)
            .put("until", Instant.now().getEpochSecond() + 600)
            .build());
    int status = 200;
    for (int i = 0; i < 2_000 && status == 200; i++) {
      status = domain.get(LIST).statusCode();
      Thread.sleep(10);
    }
    assertThat(status).isEqualTo(503);
  }
}
