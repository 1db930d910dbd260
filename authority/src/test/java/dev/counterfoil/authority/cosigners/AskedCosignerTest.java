package dev.counterfoil.authority.cosigners;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.settings.CosignerEntry;
import dev.counterfoil.authority.signers.RoundPace;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.log.read.CosignerClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a cosigner is due, on a clock that the test moves. */
class AskedCosignerTest {
  private static final String VKEY =
      "witness.example/w1+c2d9f2b4+BFKBcHcN5eRKz/OL48bTykG4qv/+0aqBKQ979cPWzOpM";
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private final HttpClient http = HttpClient.newHttpClient();
  private final LongAdder failures = new LongAdder();
  private final LinePace lines = new LinePace(3, Duration.ofMinutes(1));
  private long nanos = Duration.ofSeconds(100).toNanos();

  @AfterEach
  void close() {
    http.close();
  }

  private AskedCosigner asked(Duration interval) {
    return asked(interval, CosignerEntry.Kind.WITNESS);
  }

  private AskedCosigner asked(Duration interval, CosignerEntry.Kind kind) {
    CosignerEntry entry =
        new CosignerEntry("w1", VKEY, kind, URI.create("https://witness.example"), interval);
    return new AskedCosigner(
        "s1g1", entry, new CosignerClient(entry.key(), entry.url(), http), failures, lines);
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  private boolean isDue(AskedCosigner cosigner, long size) {
    return cosigner.isDue(size, false, nanos);
  }

  private void cosigns(AskedCosigner cosigner, long size, Duration takes) {
    cosigner.asked(nanos);
    pass(takes);
    cosigner.cosigned(size, NOW, nanos);
    cosigner.busy.set(false);
  }

  private void fails(AskedCosigner cosigner, boolean needed) {
    cosigner.asked(nanos);
    cosigner.failed("it answers 500", needed, nanos);
    cosigner.busy.set(false);
  }

  @Test
  void oneOfOurOwnIsAskedRoundAfterRoundWhileTheLogGrows() {
    AskedCosigner own = asked(Duration.ZERO);
    for (int size = 1; size < 5; size++) {
      assertThat(isDue(own, size)).isTrue();
      cosigns(own, size, Duration.ofMillis(3));
      assertThat(isDue(own, size)).as("nothing new").isFalse();
      pass(RoundPace.ROUND_MIN);
    }
    assertThat(own.size()).isEqualTo(4);
    assertThat(own.problem()).isEmpty();
  }

  @Test
  void whileNothingGrowsACosignatureIsRenewedForItsTime() {
    AskedCosigner own = asked(Duration.ZERO);
    cosigns(own, 3, Duration.ZERO);
    pass(Duration.ofSeconds(10).minusNanos(1));
    assertThat(isDue(own, 3)).isFalse();
    assertThat(own.isDue(3, true, nanos)).as("a start waits for it").isTrue();
    pass(Duration.ofNanos(1));
    assertThat(isDue(own, 3)).isTrue();
  }

  @Test
  void anOutsideOneIsAskedAtItsRateAndTwoOfOneRateTogether() {
    AskedCosigner one = asked(Duration.ofSeconds(5));
    AskedCosigner other = asked(Duration.ofSeconds(5));
    cosigns(one, 1, Duration.ZERO);
    pass(Duration.ofMillis(1_700));
    cosigns(other, 2, Duration.ZERO);
    pass(Duration.ofMillis(3_299));
    assertThat(isDue(one, 3) || isDue(other, 3)).isFalse();
    assertThat(one.isDue(3, true, nanos)).as("not even for a start").isFalse();
    pass(Duration.ofMillis(1));
    assertThat(isDue(one, 3) && isDue(other, 3)).isTrue();
  }

  @Test
  void oneThatFailsIsAskedMoreAndMoreSeldomUnlessAStartWaitsForIt() {
    AskedCosigner failing = asked(Duration.ZERO);
    Duration pause = Duration.ofMillis(250);
    for (int i = 0; i < 10; i++) {
      fails(failing, false);
      pass(pause.minusNanos(1));
      assertThat(isDue(failing, 7)).isFalse();
      pass(Duration.ofNanos(1));
      assertThat(isDue(failing, 7)).isTrue();
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(Duration.ofSeconds(30)) > 0 ? Duration.ofSeconds(30) : pause;
    }
    assertThat(failing.problem()).isEqualTo("it answers 500");
    assertThat(failures.sum()).isEqualTo(10);
    fails(failing, true);
    pass(Duration.ofMillis(250));
    assertThat(failing.isDue(7, true, nanos)).isTrue();
    cosigns(failing, 7, Duration.ZERO);
    assertThat(failing.problem()).isEmpty();
  }

  @Test
  void aCustodianThatFailsIsAskedEveryTwoSecondsAtLeast() {
    AskedCosigner failing = asked(Duration.ZERO, CosignerEntry.Kind.CUSTODIAN);
    assertThat(failing.isWanted(true, 7, false)).as("nobody waits for it").isFalse();
    for (int i = 0; i < 10; i++) {
      fails(failing, false);
      assertThat(failing.isWanted(true, 7, false)).isTrue();
      pass(Duration.ofSeconds(2));
      assertThat(isDue(failing, 7)).isTrue();
    }
    cosigns(failing, 7, Duration.ZERO);
    assertThat(isDue(failing, 7)).isFalse();
  }

  @Test
  void aCustodianThatWasHeardIsAskedAgainAfterTenSecondsHoweverTheLogGrows() {
    AskedCosigner heard = asked(Duration.ZERO, CosignerEntry.Kind.CUSTODIAN);
    cosigns(heard, 3, Duration.ZERO);
    pass(Duration.ofSeconds(10).minusNanos(1));
    assertThat(isDue(heard, 900)).isFalse();
    assertThat(heard.isDue(900, true, nanos)).as("a start waits for it").isTrue();
    pass(Duration.ofNanos(1));
    assertThat(isDue(heard, 900)).isTrue();
    assertThat(heard.isWanted(false, 0, false)).as("whatever is published").isTrue();
    fails(heard, false);
    assertThat(heard.problem()).as("it hung since").isEqualTo("it answers 500");
    // The control: a witness is asked about what is published.
    AskedCosigner witness = asked(Duration.ZERO);
    cosigns(witness, 3, Duration.ZERO);
    assertThat(witness.isWanted(false, 0, false)).isFalse();
    assertThat(witness.isWanted(true, 0, false)).isFalse();
    assertThat(witness.isWanted(true, 0, true)).isTrue();
    assertThat(witness.isWanted(true, 4, false)).isTrue();
  }

  /** The words may be a stolen signer's: 64 KiB, others each time, of a thousand logs. */
  @Test
  void whyOneFailedIsKeptAndLoggedInPartAndNotEachTime() {
    List<String> said = new CopyOnWriteArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            said.add(MessageFormat.format(line.getMessage(), line.getParameters()));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(AskedCosigner.class.getName());
    logger.addHandler(handler);
    try {
      List<AskedCosigner> many = List.of(asked(Duration.ZERO), asked(Duration.ZERO));
      for (int i = 0; i < 50; i++) {
        for (AskedCosigner one : many) {
          one.failed("no " + i + "\u0001".repeat(65_000), true, nanos);
          assertThat(one.problem()).startsWith("no " + i + "??").hasSize(500);
        }
      }
      assertThat(said).hasSize(3).allSatisfy(line -> assertThat(line).hasSizeLessThan(600));
      pass(Duration.ofMinutes(1));
      cosigns(many.getFirst(), 7, Duration.ZERO);
      assertThat(said).hasSize(4).last().asString().endsWith("cosigns");
      cosigns(many.getLast(), 7, Duration.ZERO);
      assertThat(many.getLast().problem()).isEmpty();
      assertThat(said).hasSize(4);
      pass(Duration.ofMinutes(1));
      cosigns(many.getLast(), 7, Duration.ZERO);
      assertThat(said).as("said when there is room").hasSize(5);
    } finally {
      logger.removeHandler(handler);
    }
  }

  @Test
  void oneThatIsSlowIsNamedAndNotAskedTwiceAtATime() {
    AskedCosigner slow = asked(Duration.ZERO);
    slow.asked(nanos);
    assertThat(isDue(slow, 9)).isFalse();
    slow.busy.set(false);
    cosigns(slow, 9, Duration.ofMillis(1_001));
    assertThat(slow.problem()).contains("longer than a second");
    pass(RoundPace.ROUND_MIN);
    cosigns(slow, 10, Duration.ofSeconds(1));
    assertThat(slow.problem()).isEmpty();
  }
}
