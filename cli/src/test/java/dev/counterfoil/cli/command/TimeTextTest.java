package dev.counterfoil.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times as people write them. */
class TimeTextTest {
  private static final Instant NOW = Instant.parse("2026-11-30T08:15:30Z");

  @ParameterizedTest
  @CsvSource({
    "2h, 2026-11-30T06:15:30Z",
    "yesterday, 2026-11-29T00:00:00Z",
    "today, 2026-11-30T00:00:00Z",
    "now, 2026-11-30T08:15:30Z",
    "2026-11-27, 2026-11-27T00:00:00Z",
    "2026-11-27T09:30:00Z, 2026-11-27T09:30:00Z"
  })
  void aTimeThatLiesBack(String text, String expected) {
    assertThat(TimeText.past("--from", text, NOW)).isEqualTo(expected);
  }

  @Test
  void aTimeThatLiesAhead() {
    assertThat(TimeText.future("--until", "90d", NOW)).isEqualTo("2027-02-28T08:15:30Z");
    assertThat(TimeText.future("--until", "tomorrow", NOW)).isEqualTo("2026-12-01T00:00:00Z");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2", "2x", "soon", "30.11.2026", "2026-13-01", "2026-11-30T8", "-2h"})
  void whatIsNoTimeIsRefusedByTheOptionsName(String text) {
    assertThatThrownBy(() -> TimeText.past("--from", text, NOW))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("--from")
        .hasMessageContaining("yesterday");
  }
}
