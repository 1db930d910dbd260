package dev.counterfoil.disclosure.clocks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When people are called about a deadline, and that nobody is called twice for the same. */
class ClockPageTest {
  private static final Instant NOW = Instant.parse("2026-12-01T08:00:00Z");

  private static DueStage stage(String rule, Duration until) {
    return new DueStage("7", rule, "C2", NOW.plus(until), "all", "a form", List.of(), "");
  }

  @ParameterizedTest
  @CsvSource({
    "correction, PT72H, CORRECT",
    "correction, PT24H, SOON",
    "correction, PT0S, LATE",
    "gdpr-33, PT72H, ",
    "gdpr-33, PT24H1S, ",
    "gdpr-33, PT24H, SOON",
    "nis2-23, PT1S, SOON",
    "notice, PT-1S, LATE"
  })
  void peopleAreCalledOnceForEach(String rule, Duration until, ClockPage.Why why) {
    List<DueStage> due = List.of(stage(rule, until));
    List<ClockPage> pages = ClockPage.due(due, Set.of(), NOW);
    assertThat(pages).extracting(ClockPage::why).isEqualTo(why == null ? List.of() : List.of(why));
    Set<String> made =
        pages.isEmpty() ? Set.of("another") : Set.of(pages.getFirst().name(), "another");
    assertThat(ClockPage.due(due, made, NOW)).isEmpty();
  }

  @Test
  void aCallIsOneLineAndALaterOneIsAnother() {
    ClockPage soon =
        ClockPage.due(List.of(stage("correction\nX", Duration.ofHours(1))), Set.of(), NOW)
            .getFirst();
    assertThat(soon.words()).doesNotContain("\n").contains("Incident 7: correction X, C2, is due");
    assertThat(
            ClockPage.due(
                List.of(soon.stage()), Set.of(soon.name()), NOW.plus(Duration.ofHours(1))))
        .extracting(ClockPage::why)
        .containsExactly(ClockPage.Why.LATE);
  }
}
