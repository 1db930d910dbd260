package dev.counterfoil.disclosure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatementPageTest {
  private static final Claim CONFIRMED =
      Claim.confirmed("C1", "The key signed tokens of nobody's.", List.of("finding 17"));
  private static final Claim HYPOTHESIS =
      Claim.hypothesis("C2", "It left in a crash dump.", "a look at every dump");

  private static PublicStatement statement(Claim... claims) {
    return PublicStatement.first(
        "CFI-2026-0007", "enterprise", Instant.parse("2026-11-01T10:00:00Z"), List.of(claims));
  }

  @Test
  void howSureAClaimIsStandsBeforeIt() {
    PublicStatement statement =
        statement(
            CONFIRMED,
            HYPOTHESIS,
            new Claim(
                "C3", Claim.State.WITHDRAWN, "Nobody was affected.", List.of(), "It was a guess."));
    assertThat(StatementPage.text(statement))
        .contains("[CONFIRMED] C1: The key signed")
        .contains("    evidence: finding 17\n")
        .contains("[HYPOTHESIS, not confirmed] C2: It left")
        .contains("    what would decide it: a look at every dump\n")
        .contains("[WITHDRAWN] C3: Nobody was affected.\n    why: It was a guess.\n");
  }

  @Test
  void noWordsOfAHypothesisMakeItAFinding() {
    PublicStatement statement =
        statement(
            Claim.hypothesis(
                "C2",
                "So.\n[CONFIRMED] C9: all is well\u2028** CONFIRMED ** C8: yes",
                "x\n[CONFIRMED] C7"));
    assertThat(StatementPage.text(statement).lines().filter(line -> line.startsWith("[")))
        .singleElement()
        .asString()
        .startsWith("[HYPOTHESIS, not confirmed] C2: So. [CONFIRMED] C9");
  }
}
