package dev.counterfoil.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeySet;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code up} says of a log that ended. */
class LogEndsWatchTest {
  private static String sentence(EndReason reason, Optional<String> successor) {
    return LogEndsWatch.sentence(
        "main",
        new KeySet.EndedLog("s1g1", 868, successor, reason, Instant.parse("2026-11-29T20:00:00Z")));
  }

  @Test
  void everyReasonNamesTheLogItsEndAndWhatFollows() {
    for (EndReason reason : EndReason.values()) {
      assertThat(sentence(reason, Optional.of("s1g2")))
          .as(reason.text())
          .contains("log s1g1 of domain main ended at 868; s1g2 continues");
      assertThat(sentence(reason, Optional.empty())).contains("no log follows yet");
    }
  }

  @Test
  void onlyAFolderThatWasPutBackIsATheftToThinkOf() {
    assertThat(sentence(EndReason.ROLLED_BACK, Optional.of("s1g2")))
        .contains("put back", "counterfoil compromise s1g1 --yes");
    for (EndReason reason :
        new EndReason[] {EndReason.LOST, EndReason.REPLACED, EndReason.PLANNED}) {
      assertThat(sentence(reason, Optional.of("s1g2"))).doesNotContain("compromise");
    }
  }

  @Test
  void aRecordLogIsNoSigner() {
    for (EndReason reason : EndReason.values()) {
      assertThat(
              LogEndsWatch.sentence(
                  "main",
                  new KeySet.EndedLog(
                      "d1g1",
                      868,
                      Optional.of("d1g2"),
                      reason,
                      Instant.parse("2026-11-29T20:00:00Z"))))
          .as(reason.text())
          .containsIgnoringCase("record log d1 ")
          .doesNotContainIgnoringCase("signer d1")
          .doesNotContain("compromise d1", "JWKS");
      assertThat(sentence(reason, Optional.of("s1g2")))
          .as("the control")
          .containsIgnoringCase("signer s1 ");
    }
  }
}
