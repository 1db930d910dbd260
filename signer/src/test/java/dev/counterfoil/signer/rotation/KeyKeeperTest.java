package dev.counterfoil.signer.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Ring;
import dev.counterfoil.format.keys.PublicJwk.Algorithm;
import dev.counterfoil.process.SimulatedKeys;
import dev.counterfoil.registrar.KeyWorld;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of several rings that are due at one time. */
@ExtendWith(SimulatedKeys.class)
class KeyKeeperTest {
  private static final Ring ES256 = new Ring("access", Algorithm.ES256);
  private static final Ring RS256 = new Ring("access", Algorithm.RS256);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"ES256, RS256", "RS256, ES256"})
  void aKeyThatIsNotMadeNowKeepsNoOtherOneUp(String algorithms) throws Exception {
    Instant now = TestKeys.T0;
    try (KeyWorld world =
        new KeyWorld(
            folder, now, "purposes: [{name: access, algorithms: [%s]}]".formatted(algorithms))) {
      world.keys.refused.add(Algorithm.RS256);
      for (int second = 0; second < 5; second++) {
        world.signersNow = now.plusSeconds(second);
        world.registrarsNow = world.signersNow;
        world.keeper.step(world.signersNow);
        KeyStatement signs =
            world.keeper.ring().activeAt(ES256, world.signersNow).orElseThrow().statement();
        assertThat(world.keySet().key(signs.kid())).as("it is stated").contains(signs);
      }
      assertThat(world.keys.made).containsExactly(Algorithm.ES256);
      assertThat(world.keeper.obstacle()).contains("no key of RS256 now");
      // The other one is made as soon as it can be.
      world.keys.refused.clear();
      world.keeper.step(world.signersNow);
      world.keeper.step(world.signersNow);
      assertThat(world.keys.made).isEqualTo(List.of(Algorithm.ES256, Algorithm.RS256));
      assertThat(world.keeper.ring().keys()).extracting(TokenKey::ring).contains(RS256);
    }
  }

  @Test
  void aReasonEndsWhenWhatItSaysIsOver() throws Exception {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    try (KeyWorld world =
        new KeyWorld(folder, now, "purposes: [{name: access, algorithms: [ES256]}]")) {
      // Another one signs already, so this one's first key has to be known before it signs.
      world.keeper.step(now);
      Instant later = now.plusSeconds(7200);
      world.signersNow = later;
      world.registrarsNow = later;
      world.keeper.step(later);
      world.nextGeneration();
      world.startSigner();
      world.registrarIsAway = true;
      world.keeper.step(later);
      assertThat(world.keeper.obstacle()).isEqualTo("the registrar does not answer");

      world.registrarIsAway = false;
      for (int second = 3; second < 9; second += 3) {
        world.signersNow = later.plusSeconds(second);
        world.registrarsNow = world.signersNow;
        world.keeper.step(world.signersNow);
      }
      KeyStatement first = world.keeper.ring().keys().getFirst().statement();
      assertThat(world.keeper.obstacle()).contains(" signs from " + first.activeFrom());
      assertThat(world.keeper.signsFrom()).contains(first.activeFrom());

      // After a restart it says the same.
      world.startSigner();
      world.keeper.step(world.signersNow);
      assertThat(world.keeper.obstacle()).contains(" signs from " + first.activeFrom());
    }
  }

  @Test
  void aSignerThatWaitsToBeKnownSignsAtOnceWhenTheOtherOneIsLostToo() throws Exception {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    try (KeyWorld world =
        new KeyWorld(folder, now, "purposes: [{name: access, algorithms: [ES256]}]")) {
      world.keeper.step(now);
      String others = world.keeper.ring().activeAt(ES256, now).orElseThrow().kid();
      // Past the domain's beginning a replacement's first key has to be known.
      Instant replaced = now.plusSeconds(7200);
      world.nextGeneration();
      world.startSigner();
      stepAt(world, replaced);
      Instant from = world.keeper.signsFrom().orElseThrow();
      assertThat(from).as("the control").isAfter(replaced.plusSeconds(600));

      Instant lost = replaced.plusSeconds(60);
      world.registrarsNow = lost;
      assertThat(world.registrar.carryOut(Commands.taintKey(others)))
          .isInstanceOf(Answer.Done.class);
      stepAt(world, lost.plusSeconds(2));
      KeyStatement signs =
          world.keeper.ring().activeAt(ES256, world.signersNow).orElseThrow().statement();
      assertThat(world.keySet().key(signs.kid())).as("services can know it").contains(signs);
      assertThat(world.keys.made).as("one more key, and no third").hasSize(2);
      stepAt(world, from.plusSeconds(1));
      assertThat(world.keeper.ring().activeAt(ES256, world.signersNow).orElseThrow().kid())
          .as("the key that waited is followed already")
          .isEqualTo(signs.kid());
      assertThat(world.keeper.ring().keys()).as("and is destroyed").hasSize(1);
    }
  }

  private static void stepAt(KeyWorld world, Instant now) throws Exception {
    world.signersNow = now;
    world.registrarsNow = now;
    world.keeper.step(now);
  }
}
