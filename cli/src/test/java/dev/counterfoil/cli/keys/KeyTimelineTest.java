package dev.counterfoil.cli.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyHistory.Life;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.verifier.KeyAudit;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines in time: what a key was stands where it was. */
final class KeyTimelineTest {
  private static final Instant NOW = Instant.parse("2026-01-10T12:00:00Z");

  private final SettableClock clock = new SettableClock(NOW);
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);

  private List<Life> lives() throws Exception {
    issuer.publish();
    return KeyAudit.read(issuer.policy(), issuer, clock.instant()).history().lives();
  }

  private void stateFrom(Duration from, Duration until) {
    issuer.state(
        issuer.statement(new TestKeys.Es256(), "s1g1").toBuilder()
            .active(NOW.plus(from), NOW.plus(until))
            .verifyUntil(NOW.plus(until).plus(Duration.ofHours(7)))
            .build());
  }

  @Test
  void aKeyIsPreparedSignsAndItsTokensVerifyOnOneScale() throws Exception {
    stateFrom(Duration.ZERO, Duration.ofHours(28));
    stateFrom(Duration.ofHours(21), Duration.ofHours(49));
    List<Life> lives = lives();
    KeyTimeline timeline = new KeyTimeline(lives, NOW.plus(Duration.ofHours(10)));
    // 56 marks over 56 hours.
    assertThat(timeline.scale()).contains("1h 0m for each mark");
    assertThat(timeline.line(lives.get(0)))
        .isEqualTo(
            "[" + "=".repeat(10) + "|" + "=".repeat(17) + "-".repeat(7) + " ".repeat(21) + "]");
    assertThat(timeline.line(lives.get(1)))
        .isEqualTo(
            "[" + ".".repeat(10) + "|" + ".".repeat(10) + "=".repeat(28) + "-".repeat(7) + "]");
    assertThat(timeline.state(lives.get(0))).startsWith("active").contains("18h 0m");
    assertThat(timeline.state(lives.get(1))).startsWith("prepared").contains("11h 0m");
  }

  /** A year of another issuer's key takes no room from the days of ours. */
  @Test
  void aKeyOfAnotherIssuerGoesOnBeyondTheScale() throws Exception {
    stateFrom(Duration.ofHours(1), Duration.ofHours(49));
    String own = lives().getFirst().key().kid();
    issuer.state(
        issuer.statement(new TestKeys.Es256(), "s1g1").toBuilder()
            .active(NOW.minus(Duration.ofDays(20)), NOW.plus(Duration.ofDays(200)))
            .verifyUntil(NOW.plus(Duration.ofDays(200)))
            .record(new RecordForm.None(NOW.plus(Duration.ofDays(200))))
            .build());
    List<Life> lives = lives();
    assertThat(lives).hasSize(2);
    KeyTimeline timeline = new KeyTimeline(lives, NOW.plus(Duration.ofHours(10)));
    assertThat(timeline.scale()).contains("1h 0m for each mark");
    for (Life life : lives) {
      assertThat(timeline.line(life))
          .isEqualTo(
              life.key().kid().equals(own)
                  ? "[." + "=".repeat(9) + "|" + "=".repeat(38) + "-".repeat(7) + "]"
                  : "[<" + "=".repeat(9) + "|" + "=".repeat(44) + ">]");
    }
    // The control: alone it has the scale for itself.
    List<Life> foreign = lives.stream().filter(life -> life.key().isForeign()).toList();
    assertThat(new KeyTimeline(foreign, NOW).line(foreign.getFirst())).doesNotContain("<", ">");
  }

  private void stateForeign(TestKeys.Es256 key, Duration from, Duration until) {
    issuer.state(
        issuer.statement(key, "s1g1").toBuilder()
            .active(NOW.plus(from), NOW.plus(until))
            .verifyUntil(NOW.plus(until))
            .record(new RecordForm.None(NOW.plus(until)))
            .build());
  }

  private String line(TestKeys.Es256 key) throws Exception {
    List<Life> lives = lives();
    Life life =
        lives.stream().filter(one -> one.key().kid().equals(key.kid())).findFirst().orElseThrow();
    return new KeyTimeline(lives, NOW.plus(Duration.ofHours(10))).line(life);
  }

  @Test
  void aLifeThatIsOutsideOfTheScaleIsMarkedWhereItIs() throws Exception {
    stateFrom(Duration.ofHours(0), Duration.ofHours(49));
    TestKeys.Es256 past = new TestKeys.Es256();
    TestKeys.Es256 gone = new TestKeys.Es256();
    stateForeign(past, Duration.ofDays(-20), Duration.ofDays(-10));
    stateForeign(gone, Duration.ofDays(-20), Duration.ofDays(200));
    String middle = " ".repeat(9) + "|" + " ".repeat(45);
    assertThat(line(past)).isEqualTo("[<" + middle + "]");
    // The control: one that goes on.
    assertThat(line(gone)).startsWith("[<===").endsWith("===>]");
    // Taken back at the beginning: that is not lost.
    issuer.withdraw(gone.kid());
    assertThat(line(gone)).isEqualTo("[x" + middle + "]");
  }

  @Test
  void theDocumentationHasTheLegendThatIsPrinted() throws Exception {
    Path docs = Path.of(System.getProperty("counterfoil.root"), "docs/operate/auditing-keys.md");
    assertThat(Files.readString(docs)).contains(KeyTimeline.LEGEND);
  }

  /** In a mark of days a whole life is over: what it did there is that it signed. */
  @Test
  void aLifeWithinOneMarkIsDrawn() throws Exception {
    stateFrom(Duration.ZERO, Duration.ofHours(28));
    stateFrom(Duration.ofDays(700), Duration.ofDays(701));
    List<Life> lives = lives();
    assertThat(new KeyTimeline(lives, NOW.plus(Duration.ofDays(100))).line(lives.getFirst()))
        .startsWith("[= ");
  }

  /** As those of a successor that was announced and given up: they could sign, by their times. */
  @Test
  void aKeyWhoseLogHasEndedIsNotSaidToSign() throws Exception {
    stateFrom(Duration.ZERO, Duration.ofHours(49));
    assertThat(new KeyTimeline(lives(), NOW.plus(Duration.ofHours(1))).state(lives().getFirst()))
        .as("the control")
        .startsWith("active");
    issuer.endLog("s1g1", 7, EndReason.PLANNED);
    assertThat(new KeyTimeline(lives(), NOW.plus(Duration.ofHours(1))).state(lives().getFirst()))
        .startsWith("its log ended")
        .contains("at size 7");
  }

  @Test
  void aKeyThatWasTakenBackEndsThere() throws Exception {
    stateFrom(Duration.ZERO, Duration.ofHours(49));
    String kid = lives().getFirst().key().kid();
    clock.advance(Duration.ofHours(20));
    issuer.revokeKey(kid, "s1g1", 12);
    List<Life> lives = lives();
    KeyTimeline timeline = new KeyTimeline(lives, NOW.plus(Duration.ofHours(30)));
    assertThat(timeline.line(lives.getFirst()))
        .isEqualTo("[" + "=".repeat(20) + "x" + " ".repeat(9) + "|" + " ".repeat(25) + "]");
    assertThat(timeline.state(lives.getFirst())).startsWith("REVOKED").contains("position 12");
  }
}
