package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.process.SimulatedKeys;
import dev.counterfoil.signer.rotation.KeyLifeSimulation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Years of rotation; a failing seed is printed with the failure. */
@Tag("turn-2")
@ExtendWith(SimulatedKeys.class)
class KeyLifeTest {
  @TempDir Path folder;

  private KeyLifeSimulation.Counts run(long seed, Duration time) throws Exception {
    KeyLifeSimulation.Counts counts = KeyLifeSimulation.run(seed, time, folder);
    System.out.println("seed " + seed + ": " + counts);
    return counts;
  }

  @Test
  void aMonthAndAHalf() throws Exception {
    KeyLifeSimulation.Counts counts = run(1, Duration.ofDays(45));
    assertThat(counts.keys).isGreaterThan(20);
    assertThat(counts.shown).isGreaterThan(counts.tokens);
    assertThat(counts.forged).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsPlantedIsFound(PlantedFault fault) {
    assertThatThrownBy(
            () -> KeyLifeSimulation.run(4, Optional.of(fault), Duration.ofDays(120), folder))
        .isInstanceOf(AssertionError.class)
        .hasStackTraceContaining(fault.found);
  }

  /** Of these seeds one once found a copy that outlived a taint, the other one a retirement. */
  @ParameterizedTest
  @ValueSource(longs = {21, 43})
  void twoMonthsOfEmergencies(long seed) throws Exception {
    KeyLifeSimulation.Counts counts =
        KeyLifeSimulation.runRestlessly(seed, Duration.ofDays(60), folder);
    System.out.println("restless seed " + seed + ": " + counts);
    assertThat(counts.taints).isGreaterThan(10);
    assertThat(counts.mixed).isPositive();
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
    assertThat(counts.mixed).isPositive();
  }
}
