package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What was issued before a restart is not good after it, nor what lies far ahead. */
class IssueTimesTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NOW = START.plusSeconds(100);

  private final IssueTimes times = new IssueTimes(() -> NOW, START);

  @Test
  void whatIsFromBeforeTheStart() {
    assertThat(times.isBeforeStart(START.minusSeconds(1))).isTrue();
    assertThat(times.isBeforeStart(START)).isTrue();
    assertThat(times.isBeforeStart(START.plusSeconds(1))).isFalse();
    assertThat(times.isBeforeStart(NOW)).isFalse();
  }

  @Test
  void whatLiesTooFarAhead() {
    assertThat(times.isTooFarAhead(NOW)).isFalse();
    assertThat(times.isTooFarAhead(NOW.plusSeconds(10))).isFalse();
    assertThat(times.isTooFarAhead(NOW.plusSeconds(10).plusMillis(1))).isTrue();
    assertThat(times.isTooFarAhead(NOW.plusSeconds(60))).isTrue();
  }
}
