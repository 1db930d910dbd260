package dev.counterfoil.process.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyCeiling;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyScheduleTest {
  private static final List<KeyCeiling> CEILINGS =
      List.of(KeyCeiling.SHARED, KeyCeiling.TENANT, KeyCeiling.ORGANISATION);

  private static KeySchedule derive(Duration usage) {
    return KeySchedule.derive(
        usage, Optional.empty(), Duration.ofMinutes(15), Optional.empty(), Duration.ZERO);
  }

  @Test
  void everythingFollowsFromTheUsagePeriod() {
    KeySchedule day = derive(Duration.ofHours(24));
    assertThat(day.propagation()).isEqualTo(Duration.ofMinutes(15));
    assertThat(day.lead()).isEqualTo(Duration.ofHours(6));
    assertThat(day.window()).isEqualTo(Duration.ofHours(36));
    assertThat(day.afterlife()).isEqualTo(Duration.ofMinutes(16));
    assertThat(day.objections(KeyCeiling.SHARED, 4)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"10s,1", "1m,1", "1h,4", "24h,16", "9d,4"})
  void whateverThePeriodItsDerivedTimesAreInOrder(String period, int rings) {
    KeySchedule schedule =
        derive(
            Duration.parse(
                period.endsWith("d")
                    ? "P" + period
                    : "PT" + period.toUpperCase(java.util.Locale.ROOT)));
    assertThat(schedule.objections(KeyCeiling.SHARED, rings)).isEmpty();
  }

  @Test
  void eachObjectionShowsItsArithmetic() {
    KeySchedule impossible =
        new KeySchedule(
            Duration.ofDays(14),
            Duration.ofHours(1),
            Duration.ofMinutes(15),
            Duration.ofDays(8),
            Duration.ZERO);
    assertThat(impossible.objections(KeyCeiling.SHARED, 1))
        .anySatisfy(o -> assertThat(o).contains("2 × propagation-window 8d = 16d", "14d", "7d"))
        .anySatisfy(o -> assertThat(o).contains("usage-reserve 1h", "8d", "84h"))
        .anySatisfy(o -> assertThat(o).contains("14d + usage-reserve 1h = 337h"))
        .hasSize(3);
  }

  /** The property behind every refusal at the start: what is taken can neither stop nor mislead. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatIsNotRefusedLeavesTimeForEverything(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int taken = 0;
    for (int i = 0; i < 20_000; i++) {
      KeySchedule any =
          new KeySchedule(
              Duration.ofSeconds(random.nextLong(4, 40L * 86_400)),
              Duration.ofSeconds(random.nextLong(1, 20L * 86_400)),
              Duration.ofSeconds(random.nextLong(1, 3_600)),
              Duration.ofSeconds(random.nextLong(1, 2L * 86_400)),
              Duration.ofSeconds(random.nextLong(0, 7L * 86_400)));
      KeyCeiling ceiling = CEILINGS.get(random.nextInt(CEILINGS.size()));
      if (!any.objections(ceiling, 1).isEmpty()) {
        continue;
      }
      taken++;
      assertThat(any.window()).isLessThanOrEqualTo(ceiling.age());
      assertThat(any.lead())
          .as("time to make the next key and have it known")
          .isBetween(any.propagation().multipliedBy(2), any.usage());
      assertThat(any.reserve())
          .as("time to have one known that is stated at the last moment")
          .isGreaterThanOrEqualTo(any.propagation());
      assertThat(any.afterlife()).isGreaterThan(any.life());
    }
    assertThat(taken).as("the control: some are taken").isGreaterThan(100);
  }
}
