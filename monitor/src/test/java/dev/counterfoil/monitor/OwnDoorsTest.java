package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What thieves show the monitor itself. */
final class OwnDoorsTest extends RunningMonitor {
  private static final String THEIRS = "https://kc.example/realms/acme";
  private static final int LOOKS_MAX = 400;

  private final TestKeys.Es256 theirs = new TestKeys.Es256();

  private String token(TestKeys.Es256 signer) {
    Instant now = Instant.now();
    return new TokenDraft()
        .header("alg", "ES256")
        .header("typ", "JWT")
        .header("kid", theirs.kid())
        .times(now, now.plusSeconds(300))
        .claim("jti", UUID.randomUUID().toString())
        .claim("iss", THEIRS)
        .claim("aud", AUDIENCE)
        .claim("sub", "kc-user")
        .claim("azp", "robot")
        .claim("typ", "Bearer")
        .signed(signer);
  }

  private List<JsonObject> forged() throws Exception {
    List<JsonObject> found = new ArrayList<>();
    new MonitorAdmin(folder.resolve("admin.sock"))
        .findings(JsonObject.builder().put("kind", "forged-token").build(), found::add);
    return found;
  }

  @Test
  void aForgedTokenOfAnAttachedIssuerIsAFinding() throws Exception {
    monitor.close();
    issuer.issuer.attaching(Set.of(THEIRS));
    issuer.issuer.addLog("d1g1");
    issuer.issuer.state(
        issuer.issuer.statement(theirs, "s1g1").toBuilder()
            .issuer(THEIRS)
            .purpose("attached")
            .tenants(AllowList.of("acme"))
            .tokenTypes(AllowList.of("JWT"))
            .audiences(AllowList.all())
            .record(new RecordForm.Digest("d1g1"))
            .custody("attached", KeyStatement.Assurance.UNKNOWN)
            .build());
    issuer.issuer.publish();
    monitor = startMonitor();
    // Its own keys are read.
    assertThat(
            send(request("/findings").header("Authorization", "Bearer " + operator())).statusCode())
        .isEqualTo(200);
    assertThat(
            send(request("/findings")
                    .header("Authorization", "Bearer " + token(new TestKeys.Es256())))
                .statusCode())
        .isEqualTo(401);
    assertThat(
            send(request("/findings").header("Authorization", "Bearer " + token(theirs)))
                .statusCode())
        .isEqualTo(401);
    for (int looks = 0; looks < LOOKS_MAX && forged().isEmpty(); looks++) {
      Thread.sleep(20);
    }
    assertThat(forged()).as("the one that their key signed").hasSize(1);
    assertThat(forged().getFirst().string("kid")).isEqualTo(theirs.kid());
  }
}
