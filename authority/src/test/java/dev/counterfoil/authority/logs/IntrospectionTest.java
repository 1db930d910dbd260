package dev.counterfoil.authority.logs;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.basic;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.token.RevocationQuota;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.verifier.RefusalCode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Introspection (RFC 7662) and revocation (RFC 7009). */
class IntrospectionTest {
  private static final String OTHER = "https://files.example";

  @TempDir Path folder;
  private RunningDomain domain;
  private String app;
  private String mail;
  private String files;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    app =
        register(
            ClientRegistration.withSecret(
                    "app", "acme", List.of(AUDIENCE, OTHER), List.of("mail.read"))
                .actingFor("alice@acme.example"));
    mail =
        register(
            ClientRegistration.withSecret("mail", "acme", List.of(AUDIENCE), List.of())
                .introspecting());
    files =
        register(
            ClientRegistration.withSecret("files", "acme", List.of(OTHER), List.of())
                .introspecting());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private String register(ClientRegistration registration) throws Exception {
    return domain.admin.register(registration).orElseThrow();
  }

  private HttpResponse<String> ask(String path, String client, String secret, String token)
      throws Exception {
    return domain.send(
        domain.form(path, "token", token).header("Authorization", basic(client, secret)));
  }

  private boolean isActive(String token) throws Exception {
    HttpResponse<String> response = ask("/introspect", "mail", mail, token);
    assertThat(response.statusCode()).isEqualTo(200);
    return json(response).truth("active");
  }

  @Test
  void aServiceLearnsWhomATokenIsFor() throws Exception {
    String token = domain.token("app", app);

    HttpResponse<String> response = ask("/introspect", "mail", mail, token);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
    JsonObject answer = json(response);
    assertThat(answer.truth("active")).isTrue();
    assertThat(answer.string("username")).isEqualTo("alice@acme.example");
    assertThat(answer.string("sub")).isEqualTo("alice@acme.example");
    assertThat(answer.string("client_id")).isEqualTo("app");
    assertThat(answer.string("tenant")).isEqualTo("acme");
    assertThat(answer.string("scope")).isEqualTo("mail.read");
    assertThat(answer.string("aud")).isEqualTo(AUDIENCE);
    assertThat(answer.string("token_type")).isEqualTo("Bearer");
    assertThat(answer.string("iss")).isEqualTo("https://login.example");
  }

  @Test
  void aForgedTokenIsNotActive() throws Exception {
    String honest = domain.token("app", app);

    assertThat(isActive(honest)).isTrue();
    assertThat(isActive(domain.signer.forge("alice@acme.example", AUDIENCE, 0))).isFalse();
  }

  @Test
  void garbageIsNotActiveAndAMissingTokenIsAnError() throws Exception {
    assertThat(isActive("garbage")).isFalse();
    assertThat(isActive("a.b.c")).isFalse();
    assertThat(isActive("x".repeat(20_000))).isFalse();
    HttpResponse<String> response =
        domain.send(domain.form("/introspect").header("Authorization", basic("mail", mail)));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(json(response).string("error")).isEqualTo("invalid_request");
  }

  @Test
  void aTokenForAnotherServiceIsNotActive() throws Exception {
    String token = domain.token("app", app);

    assertThat(isActive(token)).isTrue();
    assertThat(json(ask("/introspect", "files", files, token)).names()).containsExactly("active");
    assertThat(json(ask("/introspect", "files", files, token)).truth("active")).isFalse();
  }

  @Test
  void whoIsNotRegisteredToIntrospectIsRefused() throws Exception {
    String token = domain.token("app", app);

    HttpResponse<String> response = ask("/introspect", "app", app, token);
    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(json(response).string("error")).isEqualTo("access_denied");
    assertThat(ask("/introspect", "mail", app, token).statusCode()).isEqualTo(401);
    assertThat(isActive(token)).isTrue();
  }

  @Test
  void aRevokedTokenIsInactiveAtOnceAndItsNeighbourIsNot() throws Exception {
    String token = domain.token("app", app);
    String neighbour = domain.token("app", app);
    assertThat(isActive(token)).isTrue();

    HttpResponse<String> response = ask("/revoke", "app", app, token);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(domain.registrar.revoked()).hasSize(1);
    assertThat(domain.registrar.revoked().getFirst().position()).isZero();
    assertThat(isActive(token)).isFalse();
    assertThat(isActive(neighbour)).isTrue();
  }

  @Test
  void aClientCannotRevokeAnothersToken() throws Exception {
    String token = domain.token("app", app);

    HttpResponse<String> response = ask("/revoke", "mail", mail, token);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(json(response).string("error")).isEqualTo("unauthorized_client");
    assertThat(domain.registrar.revoked()).isEmpty();
    assertThat(isActive(token)).isTrue();
  }

  @Test
  void aTokenThatDoesNotHoldIsNoErrorWhenRevoked() throws Exception {
    domain.token("app", app);
    assertThat(ask("/revoke", "app", app, "garbage").statusCode()).isEqualTo(200);
    String forged = domain.signer.forge("alice@acme.example", AUDIENCE, 0);
    assertThat(ask("/revoke", "app", app, forged).statusCode()).isEqualTo(200);
    assertThat(domain.registrar.revoked()).isEmpty();
  }

  @Test
  void aTokenThatTheLogDoesNotShowYetIsNotSaidToBeRevoked() throws Exception {
    String token = domain.token("app", app);
    String beyond = domain.signer.forge("alice@acme.example", AUDIENCE, 5);

    HttpResponse<String> response = ask("/revoke", "app", app, beyond);

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    assertThat(domain.registrar.revoked()).isEmpty();
    assertThat(isActive(beyond)).isFalse();
    assertThat(ask("/revoke", "app", app, token).statusCode()).isEqualTo(200);
    assertThat(domain.registrar.revoked()).hasSize(1);
  }

  @Test
  void aForkIsAnOutageForWhoRevokes() {
    assertThat(IssuedTokens.isUnseen(RefusalCode.LOG_FORKED)).isTrue();
    assertThat(IssuedTokens.isUnseen(RefusalCode.BEYOND_TIP)).isTrue();
    assertThat(IssuedTokens.isUnseen(RefusalCode.NEVER_ISSUED)).isFalse();
  }

  @Test
  void aClientThatRevokesTooOftenHasToWait() throws Exception {
    List<Integer> statuses = new ArrayList<>();
    Optional<String> retryAfter = Optional.empty();
    // More than the burst at one time; the quota is not filled again so fast.
    while (retryAfter.isEmpty() && statuses.size() < 20 * RevocationQuota.BURST) {
      HttpResponse<String> response = ask("/revoke", "app", app, "garbage");
      statuses.add(response.statusCode());
      retryAfter = response.headers().firstValue("Retry-After");
    }

    assertThat(retryAfter).isPresent();
    assertThat(statuses.getLast()).isEqualTo(429);
    assertThat(statuses.subList(0, RevocationQuota.BURST)).containsOnly(200);
    assertThat(ask("/revoke", "mail", mail, "garbage").statusCode()).isEqualTo(200);
  }

  @Test
  void withoutTheRegistrarNothingIsSaidToBeRevoked() throws Exception {
    String token = domain.token("app", app);
    assertThat(isActive(token)).isTrue();
    domain.registrar.stop();

    HttpResponse<String> response = ask("/revoke", "app", app, token);

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
  }

  @Test
  void aSignerThatRefusesChangesNothingAboutTokensThatAreOut() throws Exception {
    String token = domain.token("app", app);
    domain.signer.refuse(Answer.Code.NO_KEY);

    assertThat(isActive(token)).isTrue();
  }

  /** Under traffic, so that each is the last of its log when it is revoked, or nearly so. */
  @Test
  void aTokenIsRevokedTheMomentItIsIssued() throws Exception {
    Set<Long> revoked = ConcurrentHashMap.newKeySet();
    List<Future<?>> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 4; i++) {
        String id = "busy" + i;
        String secret =
            register(ClientRegistration.withSecret(id, "acme", List.of(AUDIENCE), List.of()));
        clients.add(threads.submit(() -> issueAndRevoke(id, secret, revoked)));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    }
    assertThat(revoked).hasSize(200);
    assertThat(domain.registrar.revoked())
        .extracting(KeySet.RevokedToken::position)
        .containsExactlyInAnyOrderElementsOf(revoked);
  }

  private Void issueAndRevoke(String id, String secret, Set<Long> revoked) throws Exception {
    for (int i = 0; i < 50; i++) {
      String token = domain.token(id, secret);
      assertThat(ask("/revoke", id, secret, token).statusCode()).isEqualTo(200);
      String jti = RunningDomain.claims(token).string("jti");
      revoked.add(Long.parseLong(jti.split("\\.", -1)[1]));
    }
    return null;
  }

  @Test
  void onlyWhatTheRegistrarAcceptedIsCounted() throws Exception {
    String token = domain.token("app", app);
    domain.registrar.stop();
    assertThat(ask("/revoke", "app", app, token).statusCode()).isEqualTo(503);
    assertThat(counted()).isEmpty();
    domain.registrar.listen();
    int status = 503;
    for (int i = 0; i < 6_000 && status == 503; i++) {
      status = ask("/revoke", "app", app, token).statusCode();
      Thread.sleep(10);
    }
    assertThat(status).isEqualTo(200);
    assertThat(counted()).hasSize(1);
  }

  private List<String> counted() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String letter : List.of("a", "b")) {
      Path file = domain.folder.resolve("revocations-accepted-" + letter);
      if (Files.exists(file)) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }
}
