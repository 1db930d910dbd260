package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What services say of attached issuers' tokens, and what is a finding. */
class AttachedTokensTest {
  private static final String THEIRS = "https://kc.example/realms/acme";

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final RecordedIssuer enterprise =
      new RecordedIssuer("enterprise", "https://e.example", clock);
  private final TestKeys.Es256 realm = new TestKeys.Es256();
  @TempDir Path folder;
  private TestMonitor monitor;

  @BeforeEach
  void start() throws Exception {
    enterprise.issuer.attaching(Set.of(THEIRS));
    enterprise.issuer.publish();
    enterprise.issuer.addLog("d1g1");
    enterprise.issuer.state(
        enterprise.statement(realm, RecordedIssuer.LOG).toBuilder()
            .issuer(THEIRS)
            .purpose("attached")
            .tenants(AllowList.of("acme"))
            .tokenTypes(AllowList.of("JWT"))
            .record(new RecordForm.Digest("d1g1"))
            .alias("kc-1")
            .custody("attached", KeyStatement.Assurance.UNKNOWN)
            .build());
    enterprise.issuer.publish();
    monitor = new TestMonitor(clock, folder, enterprise);
    monitor.follow();
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  private TokenDraft draft(String iss, String kid) {
    Instant now = clock.instant();
    return new TokenDraft()
        .header("alg", "ES256")
        .header("kid", kid)
        .header("x5t", "VGhpcyBpcyByZWFkIG92ZXI")
        .times(now, now.plus(Duration.ofMinutes(5)))
        .claim("iss", iss)
        .claim("sub", "ann")
        .claim("aud", List.of("account", "mail"))
        .claim("typ", "Bearer");
  }

  /** As a verifier reports it: it knows the key by its thumbprint. */
  private Sighting seen(String token, String outcome, boolean signed, boolean whole)
      throws Exception {
    CompactToken parsed = CompactToken.parseForeign(token);
    @Nullable String kid = parsed.kid().equals("kc-1") ? realm.kid() : parsed.kid();
    return new Sighting(
        clock.instant(),
        outcome,
        Sighting.Grade.DIGEST,
        Sighting.Token.of(parsed.digest(), kid, parsed.claims().string("iss")),
        Sighting.Use.at("mail"),
        1,
        whole ? token : null,
        signed && !whole);
  }

  private List<String> found() {
    return monitor.findings().stream()
        .map(one -> one.get("kind") + " " + one.get("severity") + " " + one.get("domain"))
        .toList();
  }

  @Test
  void aForgedTokenIsAFindingOfTheDomainAndARecordedOneIsNone() throws Exception {
    String token = draft(THEIRS, "kc-1").signed(realm);
    monitor.report(seen(token, Sighting.ACCEPTED, false, false));
    assertThat(monitor.settle()).isZero();
    assertThat(found()).isEmpty();
    assertThat(monitor.sightings.sightedByService(realm.kid(), 9)).isEqualTo(Map.of("mail", 1L));
    monitor.report(
        seen(
            draft(THEIRS, "kc-1").claim("sub", "eve").signed(realm),
            "digest-unknown",
            true,
            false));
    assertThat(monitor.settle()).isZero();
    assertThat(found()).containsExactly("forged-token critical enterprise");
    assertThat(monitor.sightings.sightedByService(realm.kid(), 9)).isEqualTo(Map.of("mail", 1L));
    JsonObject finding = monitor.findings().getFirst();
    assertThat(finding.string("kid")).isEqualTo(realm.kid());
    assertThat(finding.string("summary"))
        .contains("a key of the attached issuer " + THEIRS, "key is stolen");
  }

  /** The thief steps outside of what the key may sign: its token comes whole, by its alias. */
  @Test
  void evidenceIsHeldAgainstTheKeyThatItsIssuerNames() throws Exception {
    monitor.report(
        seen(
            draft(THEIRS, "kc-1").claim("tenant", "globex").signed(realm),
            "key-scope-tenant",
            true,
            true),
        seen(draft("https://e.example", "kc-1").signed(realm), "issuer", true, true));
    assertThat(monitor.settle()).isZero();
    assertThat(found())
        .containsExactly(
            "key-out-of-scope critical enterprise", "key-out-of-scope critical enterprise");
    for (JsonObject finding : monitor.findings()) {
      assertThat(finding.string("kid")).isEqualTo(realm.kid());
      assertThat(finding.object("detail").object("presented").string("signature"))
          .isEqualTo("good");
    }
  }

  @Test
  void whatNobodyKnowsToHaveSignedIsNoise() throws Exception {
    String stranger = draft(THEIRS, "kc-2").signed(new TestKeys.Es256());
    monitor.report(seen(stranger, "key-unknown", false, false));
    // A reporter's word for a key is taken only where the token calls it so.
    monitor.report(
        seen(draft(THEIRS, "kc-1").signed(new TestKeys.Es256()), "signature", false, true));
    assertThat(monitor.settle()).isZero();
    assertThat(found()).isEmpty();
  }
}
