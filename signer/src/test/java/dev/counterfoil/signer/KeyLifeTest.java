package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Years of rotation; a failing seed is printed with the failure. */
@ExtendWith(SimulatedKeys.class)
class KeyLifeTest {
  @TempDir Path folder;

  private KeyLifeSimulation.Counts run(long seed, Duration time) throws Exception {
    KeyLifeSimulation.Counts counts = KeyLifeSimulation.run(seed, time, folder);
    System.out.println("seed " + seed + ": " + counts);
    return counts;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void aQuarterOfAYear(long seed) throws Exception {
    KeyLifeSimulation.Counts counts = run(seed, Duration.ofDays(90));
    assertThat(counts.keys).isGreaterThan(40);
    assertThat(counts.shown).isGreaterThan(counts.tokens);
    assertThat(counts.forged).isPositive();
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(longs = {10, 11, 12})
  void tenYears(long seed) throws Exception {
    KeyLifeSimulation.Counts counts = run(seed, Duration.ofDays(3650));
    assertThat(counts.steps).isGreaterThan(500_000);
    assertThat(counts.forgottenCeremonies).isPositive();
    assertThat(counts.taints).isPositive();
    assertThat(counts.pauses).isPositive();
  }
}
