package dev.counterfoil.format.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pause of a minute, looked at so many seconds after it began. */
class TimedPauseTest {
  private static final Instant BEGAN = Instant.parse("2026-12-01T19:14:28Z");

  @ParameterizedTest
  @CsvSource({"0,false", "59,false", "60,true", "3600,true", "-1,true", "-3600,true"})
  void aClockThatIsSetBackEndsIt(long seconds, boolean isOver) {
    Instant now = BEGAN.plusSeconds(seconds);
    assertThat(TimedPause.from(BEGAN, Duration.ofMinutes(1)).isOver(now)).isEqualTo(isOver);
    assertThat(TimedPause.OVER.isOver(now)).isTrue();
  }
}
