package dev.counterfoil.authority.connect.logout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.connect.logout.LogoutRetries.Next;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows an attempt to tell a client. */
class LogoutRetriesTest {
  @ParameterizedTest
  @CsvSource({
    // status, attempts, age, next
    "200, 1, PT1S, told",
    "204, 9, PT30H, told",
    "301, 1, PT1S, PT1S",
    "404, 2, PT1S, PT4S",
    "500, 3, PT1S, PT16S",
    ", 1, PT1S, PT1S",
    ", 40, PT20H, PT1H",
    ", 40, PT24H, never",
    "500, 2, PT24H, never",
    "400, 1, PT1S, PT1S",
    "400, 3, PT1S, never",
  })
  void aClientIsTriedUntilItHearsOrADayIsOver(
      Integer status, int attempts, Duration age, String expected) {
    OptionalInt answered = status == null ? OptionalInt.empty() : OptionalInt.of(status);
    String next =
        switch (LogoutRetries.after(answered, attempts, age)) {
          case Next.Told told -> "told";
          case Next.Again again -> again.pause().toString();
          case Next.GiveUp giveUp -> "never";
        };
    assertThat(next).isEqualTo(expected);
  }
}
