package dev.counterfoil.signer.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk.Algorithm;
import dev.counterfoil.process.SimulatedKeys;
import dev.counterfoil.registrar.KeyWorld;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A signer's life with everything in it: rotations, a pause, a taint, a changed configuration,
 * forgetting; once without a crash, and then with one at each of its effects, before it and right
 * after it.
 */
@ExtendWith(SimulatedKeys.class)
class KeyKeeperCrashTest {
  private static final Instant T0 = TestKeys.T0;
  private static final Duration STEP = Duration.ofMinutes(10);
  private static final Duration LIFE = Duration.ofHours(20);
  private static final String TWO_HOURS = "usage-period: 2h";
  private static final String WITH_ID =
      "usage-period: 2h\npurposes: [{name: access, tenants: [acme]}, {name: id, token-types: [JWT]}]";
  private static final KeyStatement.Ring ACCESS = new KeyStatement.Ring("access", Algorithm.ES256);

  @TempDir Path folder;

  /** What is left of a life, so that lives can be compared. */
  private record Left(int effects, int crashes, long entries, Set<String> privateHalves) {}

  private Left live(int diesIn) throws Exception {
    Path own = Files.createTempDirectory(folder, "life");
    try (KeyWorld world = new KeyWorld(own, T0, TWO_HOURS)) {
      world.diesIn = diesIn;
      int crashes = 0;
      Set<String> signed = new HashSet<>();
      for (Instant now = T0; now.isBefore(T0.plus(LIFE)); now = now.plus(STEP)) {
        world.signersNow = now;
        world.registrarsNow = now;
        for (boolean done = false; !done; ) {
          try {
            happen(world, now);
            world.keeper.step(now);
            done = true;
          } catch (KeyWorld.Died e) {
            crashes++;
            world.startSigner();
            world.keeper.step(now);
          }
        }
        world.registrar.withdrawEnded();
        check(world, now, signed);
      }
      return new Left(
          world.effects,
          crashes,
          world.registrar.version(),
          new TreeSet<>(world.keys.pairs.keySet()));
    }
  }

  private static boolean isAt(Instant now, int hours) {
    return now.equals(T0.plus(Duration.ofHours(hours)));
  }

  private static void happen(KeyWorld world, Instant now) throws Exception {
    if (isAt(now, 5)) {
      Answer answer = world.keeper.pause(now.plus(Duration.ofMinutes(20)), "operator", now);
      assertThat(answer).isInstanceOf(Answer.Done.class);
    }
    if (isAt(now, 9)) {
      world
          .keeper
          .ring()
          .activeAt(ACCESS, now)
          .ifPresent(key -> world.answer(Commands.taintKey(key.kid())));
    }
    if (isAt(now, 12)) {
      world.reconfigure(WITH_ID);
    }
  }

  private static void check(KeyWorld world, Instant now, Set<String> signed) throws Exception {
    KeySet set = world.keySet();
    Optional<TokenKey> active = world.keeper.ring().activeAt(ACCESS, now);
    assertThat(active).as("somebody signs at %s", now).isPresent();
    KeyStatement statement = active.get().statement();
    assertThat(set.key(statement.kid())).as("and is stated, so").contains(statement);
    assertThat(
            statement.violation(
                "at+jwt",
                KeyWorld.ISSUER,
                "acme",
                List.of("mail"),
                false,
                now,
                now.plus(Duration.ofMinutes(15))))
        .isEmpty();
    assertThat(set.retiredKeys())
        .extracting(KeySet.RetiredKey::kid)
        .doesNotContain(statement.kid());
    assertThat(set.taintedKeys())
        .filteredOn(tainted -> !now.isBefore(tainted.from()))
        .extracting(KeySet.TaintedKey::kid)
        .doesNotContain(statement.kid());
    signed.add(statement.kid());
    assertThat(world.keys.pairs)
        .as("private halves are few: active, next, one that was just followed, one of a crash")
        .hasSizeLessThanOrEqualTo(6);
  }

  /** Every ninth place to die at: before the first effect, after the fifth, before the tenth. */
  @Test
  void aSignerThatDiesAtItsStepsGoesOnAsIfItHadNot() throws Exception {
    dieAtEvery(9);
  }

  @Test
  @Tag("full")
  void aSignerThatDiesAtAnyOfItsStepsGoesOnAsIfItHadNot() throws Exception {
    dieAtEvery(1);
  }

  private void dieAtEvery(int places) throws Exception {
    Left without = live(-1);
    assertThat(without.crashes).isZero();
    assertThat(without.effects).as("there is something to die at").isGreaterThan(60);
    for (int diesIn = 1; diesIn <= 2 * without.effects; diesIn += places) {
      Left with = live(diesIn);
      assertThat(with.crashes).as("died at %s", diesIn).isEqualTo(1);
      // A key that waited to be known is made once more when the signer forgot that it waits.
      assertThat(with.privateHalves)
          .as("died at %s", diesIn)
          .hasSizeBetween(without.privateHalves.size() - 1, without.privateHalves.size() + 1);
      assertThat(with.entries)
          .as(
              "died at %s: the key log has the same entries, and those of one key more or less",
              diesIn)
          .isBetween(without.entries - 4, without.entries + 4);
    }
  }
}
