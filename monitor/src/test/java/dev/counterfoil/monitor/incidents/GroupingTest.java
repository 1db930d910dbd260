package dev.counterfoil.monitor.incidents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.incidents.Grouping.Shared;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which findings belong together. */
class GroupingTest {
  private static final long NOW = Duration.ofDays(100).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();

  @ParameterizedTest
  @CsvSource({
    "KEY, 0, true",
    "KEY, 30, true",
    "KEY, 31, false",
    "TOKEN, 30, true",
    "FAMILY, 30, true",
    "LOG, 31, false",
    "PERSON, 1, true",
    "PERSON, 2, false",
    "CLIENT, 2, false",
    "ADDRESS, 2, false",
    // Seen before what the incident showed last: it was only raised later.
    "ADDRESS, -3, true"
  })
  void aClueHoldsForItsWindow(Clue.Kind kind, long daysAgo, boolean joins) {
    Grouping.Plan plan = Grouping.plan(NOW, List.of(new Shared(7, kind, NOW - daysAgo * DAY)));
    assertThat(plan.into()).isEqualTo(joins ? Optional.of(7L) : Optional.empty());
    assertThat(plan.merged()).isEmpty();
  }

  @Test
  void theOldestTakesTheOthersIn() {
    assertThat(
            Grouping.plan(
                NOW,
                List.of(
                    new Shared(9, Clue.Kind.KEY, NOW),
                    new Shared(4, Clue.Kind.PERSON, NOW),
                    new Shared(9, Clue.Kind.TOKEN, NOW),
                    new Shared(2, Clue.Kind.PERSON, NOW - 2 * DAY))))
        .isEqualTo(new Grouping.Plan(Optional.of(4L), List.of(9L)));
    assertThat(Grouping.plan(NOW, List.of()))
        .isEqualTo(new Grouping.Plan(Optional.empty(), List.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "forged-token, critical, true",
    "unproven-token, medium, true",
    "revoked-token-presented, low, false",
    "revoked-token-presented, high, true",
    "ceremony-due, high, false",
    "limit-near, high, false",
    "rule-matched, high, true"
  })
  void upkeepIsNoIncident(String kind, String severity, boolean is) {
    JsonObject finding = JsonObject.builder().put("kind", kind).put("severity", severity).build();
    assertThat(Grouping.isIncident(finding)).isEqualTo(is);
  }

  @Test
  void anHonestKeyIsNoClueWhereItsTokenWasOnlyRevoked() {
    JsonObject finding =
        JsonObject.builder()
            .put("kid", "k1")
            .put("jti", "s1g1.7.abc")
            .put(
                "detail",
                JsonObject.builder()
                    .put(
                        "presented",
                        JsonObject.builder()
                            .put("tenant", "acme")
                            .put("sub", "alice")
                            .put("client_address", "192.0.2.7")
                            .build())
                    .build())
            .build();
    assertThat(Clue.of(finding.with("kind", "revoked-token-presented")))
        .containsExactlyInAnyOrder(
            new Clue(Clue.Kind.TOKEN, "s1g1.7.abc"),
            new Clue(Clue.Kind.PERSON, "acme/alice"),
            new Clue(Clue.Kind.ADDRESS, "acme/192.0.2.7"));
    assertThat(Clue.of(finding.with("kind", "forged-token")))
        .contains(new Clue(Clue.Kind.KEY, "k1"));
  }
}
