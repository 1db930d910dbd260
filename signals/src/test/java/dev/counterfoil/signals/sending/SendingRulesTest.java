package dev.counterfoil.signals.sending;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows of an answer. */
class SendingRulesTest {
  @ParameterizedTest
  @CsvSource({
    "202, 0, Taken",
    "200, 5, Taken",
    "400, 0, Refused",
    "400, 1, Refused",
    "400, 2, GivenUp",
    "413, 2, GivenUp",
    "302, 0, Away",
    "401, 0, Away",
    "404, 0, Away",
    "429, 0, Away",
    "500, 9, Away",
  })
  void anAnswer(int status, int attempts, String next) {
    assertThat(
            switch (SendingRules.after(status, attempts)) {
              case SendingRules.Next.Taken taken -> "Taken";
              case SendingRules.Next.Refused refused ->
                  refused.pause().equals(Optional.empty()) ? "GivenUp" : "Refused";
              case SendingRules.Next.Away away -> "Away";
            })
        .isEqualTo(next);
  }

  @Test
  void pausesGrowAndEnd() {
    assertThat(SendingRules.pause(0)).isEqualTo(Duration.ofSeconds(1));
    assertThat(SendingRules.pause(1)).isEqualTo(Duration.ofSeconds(4));
    assertThat(SendingRules.pause(1_000_000)).isEqualTo(Duration.ofMinutes(10));
  }
}
