package dev.counterfoil.monitor.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.alarm.KeyAlarm.Kind;
import dev.counterfoil.format.alarm.KeyAlarm.Urgency;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.http.MonitorMeters;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Alarms about keys become findings: one for each step, over every start of the monitor. */
final class KeyWatchTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final MonitorMeters meters = new MonitorMeters(new FailedRequests());

  private static KeyAlarm alarm(Kind kind, Urgency urgency, String step) {
    return new KeyAlarm(
        kind, urgency, "key k1", Optional.of("k1"), step, "It is so.", "Do something.");
  }

  private KeyWatch watch(FindingStore store) {
    return new KeyWatch(clock, store::raiseOnce, store::over, meters::keyAlarms);
  }

  private static List<String> found(FindingStore store) {
    return store.list(FindingStore.Query.all()).stream()
        .map(
            kept -> {
              try {
                return kept.json().string("kind")
                    + " "
                    + kept.json().string("severity")
                    + " "
                    + kept.json().number("count");
              } catch (dev.counterfoil.format.bytes.FormatException e) {
                throw new AssertionError(e);
              }
            })
        .toList();
  }

  @Test
  void eachStepIsOneFindingHoweverOftenItIsLookedAtAndTheMonitorStarts(@TempDir Path folder)
      throws Exception {
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore store = new FindingStore(database.jdbi(), clock, kind -> {});
      KeyWatch watch = watch(store);
      watch.look("acme", List.of());
      assertThat(found(store)).isEmpty();
      KeyAlarm at80 = alarm(Kind.KEY_AGE, Urgency.SOON, "80%");
      for (int look = 0; look < 5; look++) {
        watch.look("acme", List.of(at80));
        clock.advance(Duration.ofSeconds(5));
      }
      assertThat(found(store)).containsExactly("key-age medium 1");
      KeyWatch started = watch(store);
      started.look("acme", List.of(at80));
      started.look("acme", List.of(alarm(Kind.KEY_AGE, Urgency.OUTAGE, "100%")));
      started.look("other", List.of(at80));
      assertThat(found(store))
          .containsExactly("key-age medium 1", "key-age critical 1", "key-age medium 1");
      assertThat(store.list(FindingStore.Query.all()).getFirst().json().toString())
          .contains("It is so. Do something.")
          .contains("\"kid\":\"k1\"");
    }
  }

  @Test
  void aSilenceThatIsTheMonitorsOwnPauseIsNoneAndOneThatEndsSaysSo(@TempDir Path folder)
      throws Exception {
    KeyAlarm silent = alarm(Kind.KEY_LOG_SILENT, Urgency.OUTAGE, "refused/1");
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore store = new FindingStore(database.jdbi(), clock, kind -> {});
      KeyWatch watch = watch(store);
      watch.look("acme", List.of());
      clock.advance(Duration.ofMinutes(10));
      for (int look = 0; look < KeyWatch.LOOKS_EXCUSED; look++) {
        watch.look("acme", List.of(silent));
        clock.advance(Duration.ofSeconds(5));
      }
      assertThat(found(store)).as("it stood still itself").isEmpty();
      assertThat(meters.registry().scrape())
          .as("and shows it")
          .contains("kind=\"key-log-silent\"} 1.0");
      clock.advance(Duration.ofSeconds(5));
      watch.look("acme", List.of(silent));
      assertThat(found(store)).containsExactly("key-log-silent critical 1");
      assertThat(text(store)).contains("\"state\":\"open\"").doesNotContain("Over since");

      // A monitor that started since ends what the one before it began, and no other domain's.
      KeyWatch started = watch(store);
      started.look("globex", List.of());
      assertThat(text(store)).doesNotContain("Over since");
      started.look("acme", List.of());
      assertThat(text(store)).contains("\"state\":\"explained\"", "Over since " + clock.instant());
    }
  }

  /** Who can make the monitor stand still again and again does not keep it from telling. */
  @Test
  void pausesThatFollowEachOtherExcuseNoSilenceThatGoesOn(@TempDir Path folder) throws Exception {
    KeyAlarm silent = alarm(Kind.KEY_LOG_SILENT, Urgency.OUTAGE, "refused/1");
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore store = new FindingStore(database.jdbi(), clock, kind -> {});
      KeyWatch watch = watch(store);
      watch.look("acme", List.of());
      for (int look = 0; look < KeyWatch.LOOKS_EXCUSED; look++) {
        clock.advance(KeyWatch.STOOD_STILL.plusSeconds(1));
        watch.look("acme", List.of(silent));
      }
      assertThat(found(store)).isEmpty();
      clock.advance(KeyWatch.STOOD_STILL.plusSeconds(1));
      watch.look("acme", List.of(silent));
      assertThat(found(store)).containsExactly("key-log-silent critical 1");

      // Heard of again, a pause is one.
      watch.look("acme", List.of());
      clock.advance(Duration.ofMinutes(10));
      watch.look("acme", List.of(alarm(Kind.KEY_LOG_SILENT, Urgency.OUTAGE, "refused/2")));
      assertThat(found(store)).hasSize(1);
    }
  }

  private static String text(FindingStore store) {
    return store.list(FindingStore.Query.all()).getFirst().json().toString();
  }

  @Test
  void everyKindIsAFindingAndIsShownWhileItStands(@TempDir Path folder) throws Exception {
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore store = new FindingStore(database.jdbi(), clock, kind -> {});
      KeyWatch watch = watch(store);
      for (Kind kind : Kind.values()) {
        watch.look("acme", List.of(alarm(kind, Urgency.NOW, "step")));
        assertThat(meters.registry().scrape())
            .contains(
                "counterfoil_monitor_key_alarms{domain=\"acme\",kind=\"" + kind.code() + "\"} 1.0");
      }
      assertThat(found(store))
          .containsExactlyElementsOf(
              List.of(Kind.values()).stream().map(kind -> kind.code() + " high 1").toList());
      watch.look("acme", List.of());
      assertThat(meters.registry().scrape()).doesNotContain("kind=\"key-age\"} 1.0");
    }
  }
}
