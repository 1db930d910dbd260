package dev.counterfoil.signer.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keys.KeyStatement.Ring;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.PublicJwk.Algorithm;
import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A change of algorithm is a rotation between two rings, which sign side by side meanwhile. */
class AlgorithmChangeTest {
  private static final Instant T0 = TestKeys.T0;
  private static final Instant KNOWN = T0.plus(KeySchedule.PROPAGATION_MAX);
  private static final Duration WINDOW = Duration.ofHours(36);

  private TokenKey old;
  private TokenKey added;
  private KeyRing ring;

  @BeforeEach
  void stateBoth() throws Exception {
    old = TestKeys.key(1, T0, T0.plus(WINDOW));
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    added =
        new TokenKey(
            2,
            TestKeys.statement(
                PublicJwk.of(Algorithm.EDDSA, pair.getPublic()), KNOWN, KNOWN.plus(WINDOW)),
            FakePrivateKeys.held(pair));
    ring = KeyRing.empty().with(old).with(added).withStated(List.of(old.kid(), added.kid()));
  }

  private static Purposes purposes(Algorithm... algorithms) {
    Purpose access = TestKeys.access();
    return new Purposes(
        List.of(
            new Purpose(
                access.name(),
                access.tokenTypes(),
                List.of(algorithms),
                access.tenants(),
                access.audiences(),
                access.lifeMax(),
                access.schedule(),
                access.binding(),
                access.publication(),
                access.statusList())));
  }

  private Optional<TokenKey> signs(Purposes purposes, @Nullable String algorithm, Instant now) {
    IssueRequest request =
        new IssueRequest(
            "at+jwt",
            "acme",
            "robot",
            "robot",
            List.of("mail"),
            "",
            60,
            null,
            null,
            new IssueRequest.Ground("test", ""),
            "",
            0,
            algorithm,
            null);
    return ring.active(purposes.all().getFirst(), request, now);
  }

  @Test
  void anAlgorithmThatWasAddedSignsForWhoAsksOnceItsKeyIsKnown() {
    Purposes both = purposes(Algorithm.ES256, Algorithm.EDDSA);
    assertThat(signs(both, "EdDSA", T0)).isEmpty();
    assertThat(signs(both, null, KNOWN)).contains(old);
    assertThat(signs(both, "EdDSA", KNOWN)).contains(added);
  }

  @Test
  void putFirstItTakesOverWithoutAGapAndTheOldOneSignsForThoseThatLag() {
    Purposes changed = purposes(Algorithm.EDDSA, Algorithm.ES256);
    assertThat(signs(changed, null, KNOWN.minusMillis(1))).as("not known yet").contains(old);
    assertThat(signs(changed, null, KNOWN)).contains(added);
    assertThat(signs(changed, "ES256", KNOWN)).contains(old);
  }

  @Test
  void leftOutItSignsNothingAndIsNotAskedFor() {
    Purposes alone = purposes(Algorithm.EDDSA);
    assertThat(signs(alone, null, KNOWN)).contains(added);
    assertThat(signs(alone, "ES256", KNOWN)).isEmpty();
    assertThat(alone.has(new Ring("access", Algorithm.ES256))).isFalse();
  }

  @Test
  void noKeySignsPastItsEnd() {
    Purposes both = purposes(Algorithm.ES256, Algorithm.EDDSA);
    Instant end = T0.plus(WINDOW);
    assertThat(signs(both, "ES256", end.minusMillis(1))).contains(old);
    assertThat(signs(both, "ES256", end)).isEmpty();
    assertThat(signs(both, null, end)).as("the other ring goes on").contains(added);
    assertThat(signs(both, null, KNOWN.plus(WINDOW))).as("nobody signs any more").isEmpty();
  }
}
