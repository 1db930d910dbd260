package dev.counterfoil.authority.connect.grants;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.connect.grants.GrantRules.Verdict;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a code or refresh token is good for. */
class GrantRulesTest {
  private static final Instant BEGUN = Instant.parse("2026-11-30T12:00:00Z");

  // Seconds are since the last use, or since the beginning for a code. The key is that of the
  // request; the grant's is k where there is one.
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          # turn, presented, seconds, grant's key, key, ended, verdict
          0, 0, 0,       -, -, false, GOOD
          0, 0, 59,      -, -, false, GOOD
          0, 0, 60,      -, -, false, OVER
          0, 0, 0,       -, -, true,  OVER
          0, 1, 0,       -, -, false, OVER
          1, 0, 0,       -, -, false, USED
          1, 0, 29,      -, -, false, USED
          1, 1, 0,       -, -, false, GOOD
          1, 1, 2591999, -, -, false, GOOD
          1, 1, 2592000, -, -, false, OVER
          2, 1, 0,       -, -, false, AGAIN
          2, 1, 29,      -, -, false, AGAIN
          2, 1, 30,      -, -, false, USED
          2, 1, 86400,   -, -, false, USED
          3, 1, 0,       -, -, false, USED
          3, 2, 0,       -, -, false, AGAIN
          9, 0, 0,       -, -, false, USED
          2, 2, 0,       k, k, false, GOOD
          2, 2, 0,       k, -, false, OTHER_KEY
          2, 2, 0,       k, o, false, OTHER_KEY
          2, 1, 5,       k, k, false, AGAIN
          2, 1, 5,       k, o, false, OTHER_KEY
          2, 1, 31,      k, o, false, USED
          2, 2, 0,       -, o, false, GOOD
          2, 1, 0,       -, -, true,  OVER
          """)
  void aSecretIsGoodOnceAndItsSuccessorIsAnsweredAgainForAWhile(
      int turn,
      int presented,
      int seconds,
      String ofGrant,
      String ofRequest,
      boolean isEnded,
      Verdict expected) {
    GrantRules.Standing standing =
        new GrantRules.Standing(
            turn,
            BEGUN,
            turn == 0 ? BEGUN : BEGUN.plusSeconds(691),
            Optional.ofNullable(ofGrant),
            BEGUN,
            isEnded,
            true);
    assertThat(
            GrantRules.decide(
                standing, presented, Optional.ofNullable(ofRequest), BEGUN.plusSeconds(seconds)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    // Seconds since the code was used, presented, verdict: there are no refresh tokens.
    "1, 0, USED",
    "690, 0, USED",
    "691, 0, OVER",
    "1, 1, OVER"
  })
  void aCodesSecondUseIsFoundForAsLongAsTokensHold(int seconds, int presented, Verdict expected) {
    GrantRules.Standing standing =
        new GrantRules.Standing(
            1, BEGUN, BEGUN.plusSeconds(691), Optional.empty(), BEGUN, false, false);
    assertThat(GrantRules.decide(standing, presented, Optional.empty(), BEGUN.plusSeconds(seconds)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"89, GOOD", "90, OVER"})
  void noGrantOutlivesItsTime(int days, Verdict expected) {
    Instant now = BEGUN.plusSeconds(days * 86_400L);
    GrantRules.Standing standing =
        new GrantRules.Standing(
            7, now.minusSeconds(60), now.plusSeconds(600), Optional.empty(), BEGUN, false, true);
    assertThat(GrantRules.decide(standing, 7, Optional.empty(), now)).isEqualTo(expected);
  }
}
