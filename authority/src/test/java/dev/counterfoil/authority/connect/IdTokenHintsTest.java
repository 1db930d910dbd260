package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.FakeSigner;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keys.TokenId;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has stolen the key of ID tokens signs nobody out. */
class IdTokenHintsTest {
  @TempDir Path folder;
  private RunningDomain domain;
  private SignedInPerson alice;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder, "enterprise", "http://127.0.0.1:8480", List.of());
    alice = new SignedInPerson(domain, "alice");
    alice.allow();
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private JsonObject tokens() throws Exception {
    return RunningDomain.json(alice.redeem(alice.code()));
  }

  private static HttpResponse<String> logOut(TestBrowser browser, String hint) throws Exception {
    return browser.open("/logout?id_token_hint=" + hint);
  }

  /** Whether a hint counts, for a browser at which nobody is signed in. */
  private boolean counts(String hint) throws Exception {
    HttpResponse<String> answer = logOut(new TestBrowser(domain), hint);
    assertThat(answer.statusCode()).as(answer.body()).isIn(200, 400);
    return answer.statusCode() == 200;
  }

  @Test
  void whatWasNeverIssuedEndsNoSession() throws Exception {
    String honest = tokens().string("id_token");
    HttpResponse<String> refused = logOut(alice.browser(), domain.signer.forgeAlike(honest));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(alice.browser().open("/logout").body()).contains("id=\"ask-sign-out\"");
    assertThat(logOut(alice.browser(), honest).body()).contains("id=\"signed-out\"");
  }

  @Test
  void whatWasNeverIssuedIsNoHintForASignIn() throws Exception {
    String honest = tokens().string("id_token");
    String ask = "/authorize?client_id=alice&response_type=code&scope=openid&id_token_hint=";
    String rest =
        "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_challenge_method=S256&code_challenge="
            + "c".repeat(43);
    HttpResponse<String> refused =
        alice.browser().open(ask + domain.signer.forgeAlike(honest) + rest);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(TestBrowser.parameter(alice.browser().open(ask + honest + rest), "code"))
        .isPresent();
  }

  @Test
  void whatHasExpiredCountsWhereItWasIssued() throws Exception {
    Instant now = Instant.now();
    String expired =
        domain.signer.issueAlike(
            tokens().string("id_token"), now.minusSeconds(300), now.minusSeconds(10));
    assertThat(counts(domain.signer.forgeAlike(expired))).isFalse();
    assertThat(logOut(alice.browser(), expired).body()).contains("id=\"signed-out\"");
  }

  @Test
  void whatIsRevokedWithItsGroupCounts() throws Exception {
    JsonObject tokens = tokens();
    alice.giveUp(tokens.string("refresh_token"));
    assertThat(domain.registrar.groups()).hasSize(1);
    assertThat(logOut(alice.browser(), tokens.string("id_token")).body())
        .contains("id=\"signed-out\"");
  }

  @Test
  void whatStandsBehindTheRevocationOfItsKeyCountsNoMore() throws Exception {
    String before = tokens().string("id_token");
    String after = tokens().string("id_token");
    TokenId id = TokenId.parse(RunningDomain.claims(after).string("jti"));
    assertThat(counts(after)).isTrue();
    domain.registrar.take(
        new KeyLogEvent.KeyRevoked(
            domain.signer.publicKey().thumbprint(), FakeSigner.LOG, id.position()));
    long begun = System.nanoTime();
    while (counts(after)) {
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    }
    assertThat(counts(before)).isTrue();
  }
}
