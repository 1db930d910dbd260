package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.RootChain;
import dev.counterfoil.format.root.RootPin;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a domain is ready, and why it is not. */
class ReadinessTest {
  private static final Instant NOW = Instant.parse("2026-11-30T02:00:00Z");
  private static final Set<String> S1 = Set.of("s1g2");

  private KeyStatement key;

  @BeforeEach
  void makeKey() throws Exception {
    makeKey(AllowList.all());
  }

  private void makeKey(AllowList tokenTypes) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    key =
        KeyStatement.builder(PublicJwk.es256((ECPublicKey) generator.generateKeyPair().getPublic()))
            .domain("enterprise")
            .issuer("https://login.example")
            .tenants(AllowList.all())
            .tokenTypes(tokenTypes)
            .audiences(AllowList.all())
            .lifeMax(Duration.ofHours(2))
            .active(NOW.minusSeconds(600), NOW.plusSeconds(3600))
            .verifyUntil(NOW.plusSeconds(36_000))
            .successorLead(Duration.ofMinutes(15))
            .record(new RecordForm.Position("s1g2"))
            .build();
  }

  private Optional<KeySet> keys(Instant asOf, List<KeySet.RetiredKey> retired) {
    return Optional.of(
        new KeySet(
            "enterprise",
            "https://login.example",
            9,
            asOf,
            RootChain.under(new RootPin(1, Hash.sha256())),
            DelegationWindows.none(),
            List.of(key),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            retired,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            Map.of(),
            Map.of()));
  }

  private Readiness judged(boolean registrar, Set<String> issuing, Instant asOf) {
    return Readiness.of(registrar, issuing, keys(asOf, List.of()), NOW);
  }

  @Test
  void aFreshHeadAndASignerWithAKeyAreReady() {
    assertThat(judged(true, S1, NOW.minusSeconds(299)))
        .isEqualTo(new Readiness(true, Optional.empty()));
  }

  @Test
  void aHeadThatServicesRefuseMakesNothingReady() {
    assertThat(judged(true, S1, NOW.minusSeconds(300)).reason())
        .contains(
            "the key log's head is of 2026-11-30T01:55:00Z: services refuse tokens as keys-stale");
  }

  @Test
  void aRegistrarThatHangsIsSaid() {
    assertThat(judged(false, S1, NOW).reason()).contains("the registrar does not answer");
  }

  @Test
  void aKeyOfALogThatNoSignerWritesIsNotActive() {
    assertThat(judged(true, Set.of("s1g3"), NOW))
        .isEqualTo(
            new Readiness(false, Optional.of("no signer that issues has a key that signs now")));
    assertThat(judged(true, Set.of(), NOW))
        .isEqualTo(new Readiness(false, Optional.of("no signer issues")));
  }

  @Test
  void aKeyThatIsRetiredOrNotBegunIsNotActive() {
    assertThat(
            Readiness.of(true, S1, keys(NOW, List.of(new KeySet.RetiredKey(key.kid(), NOW))), NOW)
                .keyActive())
        .isFalse();
    Instant before = key.activeFrom().minusSeconds(1);
    assertThat(Readiness.of(true, S1, keys(before, List.of()), before).keyActive()).isFalse();
  }

  @Test
  void withoutAKeySetNothingIsReady() {
    assertThat(Readiness.of(true, S1, Optional.empty(), NOW))
        .isEqualTo(new Readiness(false, Optional.of("no key set counts")));
  }

  @Test
  void whereNoKeySignsIdTokensItSaysSoAndIsReady() throws Exception {
    assertThat(Readiness.signInReason(keys(NOW, List.of()), NOW)).isEmpty();
    makeKey(AllowList.of("at+jwt"));
    assertThat(Readiness.signInReason(keys(NOW, List.of()), NOW)).isPresent();
    assertThat(judged(true, S1, NOW).reason()).isEmpty();
  }
}
