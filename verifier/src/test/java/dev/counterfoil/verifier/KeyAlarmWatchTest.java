package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.alarm.KeyAlarm.Kind;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A verifier's own alarms about its domain's keys, on a clock that the test moves. */
final class KeyAlarmWatchTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final List<KeyAlarm> heard = new ArrayList<>();
  private final KeySetSource keys =
      KeySetSource.refreshedByCaller(issuer.policy(), issuer, clock, VerifierLimits.defaults());

  private List<Kind> kinds() {
    return keys.alarms().stream().map(KeyAlarm::kind).toList();
  }

  private void look(Duration after) {
    clock.advance(after);
    keys.refresh();
  }

  @Test
  void eachStepIsHeardOnceAndRefusesNothing() {
    issuer.addKey();
    issuer.publish();
    keys.tellAlarms(heard::add);
    look(Duration.ZERO);
    assertThat(kinds()).as("20 days are left").containsExactly(Kind.CEREMONY_DUE);
    look(Duration.ofSeconds(31));
    look(Duration.ofSeconds(31));
    assertThat(heard).hasSize(1);
    look(Duration.ofHours(20));
    assertThat(kinds()).contains(Kind.NEXT_KEY_MISSING, Kind.ROTATION_OVERDUE);
    look(Duration.ofMinutes(1));
    assertThat(heard).extracting(KeyAlarm::kind).doesNotHaveDuplicates().hasSize(3);
    assertThat(keys.current()).as("an alarm refuses nothing").isPresent();
  }

  @Test
  void aLogThatIsNotReadIsMissedBeforeTokensAreRefused() {
    issuer.addKey();
    issuer.publish();
    look(Duration.ZERO);
    keys.tellAlarms(heard::add);
    assertThat(kinds()).doesNotContain(Kind.KEY_LOG_SILENT);
    issuer.die();
    look(Duration.ofSeconds(59));
    assertThat(kinds()).doesNotContain(Kind.KEY_LOG_SILENT);
    look(Duration.ofSeconds(61));
    assertThat(kinds()).contains(Kind.KEY_LOG_SILENT);
    assertThat(keys.current()).as("not yet too old").isPresent();
    assertThat(heard).extracting(KeyAlarm::kind).contains(Kind.KEY_LOG_SILENT);
    issuer.honest();
    look(Duration.ofSeconds(31));
    assertThat(kinds()).doesNotContain(Kind.KEY_LOG_SILENT);
  }

  /** Who holds answers back chooses their Date too: it takes no advice away. */
  @Test
  void aClockThatIsApartIsSaidBesideTheAdvice() {
    Instant old = clock.instant().minus(Duration.ofMinutes(10));
    String plain = remedy(Duration.ZERO, old);
    assertThat(plain).contains("holds back their answers").doesNotContain("clock");
    assertThat(remedy(Duration.ofMinutes(-10), old))
        .startsWith(plain)
        .endsWith(
            " Or a clock is wrong: the clock of this host is 600 seconds ahead of that of"
                + " login.example: set the one that is wrong.");
  }

  private String remedy(Duration ahead, Instant asOf) {
    ReadSide network =
        new ReadSide() {
          @Override
          public byte[] get(URI uri, int bytesMax) throws IOException {
            throw new FileNotFoundException(uri.toString());
          }

          @Override
          public Optional<Duration> clockAhead(URI uri) {
            return Optional.of(ahead);
          }
        };
    URI url = URI.create("https://login.example/enterprise");
    KeyAlarmWatch watch =
        new KeyAlarmWatch(url.toString(), Duration.ofSeconds(1), new ClocksApart(network, url));
    return watch.alarms(null, asOf, clock.instant()).get(0).remedy();
  }

  @Test
  void aListenerThatThrowsStopsNothing() {
    issuer.publish();
    keys.tellAlarms(
        alarm -> {
          throw new IllegalStateException("the listener's own");
        });
    look(Duration.ZERO);
    assertThat(keys.current()).isPresent();
  }

  @Test
  void aVerifierTellsItsService() {
    issuer.addKey();
    issuer.publish();
    try (Verifier verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .keyAlarms(heard::add)
            .build()) {
      verifier.refreshKeys();
      assertThat(verifier.keyAlarms())
          .extracting(KeyAlarm::kind)
          .containsExactly(Kind.CEREMONY_DUE);
    }
  }

  @Test
  void whatWasKeptOfAnEarlierRunGivesNoAlarmBeforeTheIssuerIsRead() {
    issuer.addKey();
    issuer.publish();
    clock.advance(Duration.ofHours(20));
    KeySetSource again =
        KeySetSource.refreshedByCaller(issuer.policy(), issuer, clock, VerifierLimits.defaults());
    again.tellAlarms(heard::add);
    again.seed();
    assertThat(again.alarms()).isEmpty();
    issuer.die();
    again.refresh();
    assertThat(again.alarms()).isEmpty();
    assertThat(heard).isEmpty();
    clock.advance(Duration.ofSeconds(60));
    again.refresh();
    assertThat(again.alarms())
        .as("not read for a minute")
        .extracting(KeyAlarm::kind)
        .containsExactly(Kind.KEY_LOG_SILENT);
    issuer.honest();
    issuer.publish();
    again.refresh();
    assertThat(again.alarms())
        .extracting(KeyAlarm::kind)
        .contains(Kind.NEXT_KEY_MISSING)
        .doesNotContain(Kind.KEY_LOG_SILENT);
  }
}
