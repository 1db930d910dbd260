package dev.counterfoil.monitor.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a registrar says of its signers, and when that is a finding. */
final class SignerAlarmWatchTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(NOON);

  private static JsonObject.Builder alarm(String cause, String signer) {
    return alarm(cause, signer, "signer " + signer + " may be in somebody else's hands");
  }

  private static JsonObject.Builder alarm(String cause, String signer, String text) {
    return JsonObject.builder().put("cause", cause).put("signer", signer).put("text", text);
  }

  private static JsonObject health(JsonObject... alarms) {
    return JsonObject.builder().put("ready", true).put("registrar_alarms", List.of(alarms)).build();
  }

  private static JsonObject notItsOwn(String signer, Instant last) {
    return alarm("not-its-own", signer).put("last", last.getEpochSecond()).build();
  }

  private List<String> subjects(FindingStore store) {
    return store.list(FindingStore.Query.all()).stream()
        .map(
            one -> {
              try {
                return one.json().string("kind")
                    + " "
                    + one.json().string("severity")
                    + " "
                    + one.json().number("count")
                    + " "
                    + one.json().object("detail").optionalString("signer").orElse("-");
              } catch (FormatException e) {
                throw new AssertionError(e);
              }
            })
        .toList();
  }

  /** However often it is looked at and said, and over a start of the monitor. */
  @Test
  void aSignerThatAsksForAnothersIsOneFindingForEachDay() throws Exception {
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore store = new FindingStore(database.jdbi(), clock, _ -> {});
      SignerAlarmWatch watch = new SignerAlarmWatch(clock, store::raiseOnce);
      watch.look("acme", health());
      assertThat(subjects(store)).isEmpty();
      watch.look("acme", health(notItsOwn("s2", NOON)));
      watch.look("acme", health(notItsOwn("s2", NOON.plusSeconds(60))));
      new SignerAlarmWatch(clock, store::raiseOnce).look("acme", health(notItsOwn("s2", NOON)));
      assertThat(subjects(store)).containsExactly("signer-suspect high 1 s2");
      clock.advance(Duration.ofDays(1));
      watch.look("acme", health(notItsOwn("s2", NOON)));
      assertThat(subjects(store)).as("it stands, and nothing came").hasSize(1);
      watch.look("acme", health(notItsOwn("s2", clock.instant()), notItsOwn("s1", NOON)));
      assertThat(subjects(store)).hasSize(3).endsWith("signer-suspect high 1 s1");
    }
  }

  /** Whatever the monitor forgot of it, and whatever was closed: the registrar's word counts. */
  @Test
  void aFloodThatGoesOnIsOneForEachDayAndOneThatStandsIsNone() throws Exception {
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore store = new FindingStore(database.jdbi(), clock, _ -> {});
      new SignerAlarmWatch(clock, store::raiseOnce).look("acme", health(flood(NOON)));
      clock.advance(Duration.ofDays(1));
      SignerAlarmWatch again = new SignerAlarmWatch(clock, store::raiseOnce);
      again.look("acme", health());
      again.look("acme", health(flood(NOON)));
      assertThat(subjects(store)).containsExactly("signer-suspect high 1 s1");
      again.look("acme", health(flood(clock.instant())));
      assertThat(subjects(store)).hasSize(2);
    }
  }

  private static JsonObject flood(Instant last) {
    return alarm("flood", "s1").put("last", last.getEpochSecond()).build();
  }

  @Test
  void anAlarmThatIsNoneHidesNoOther() {
    List<Finding> found = new ArrayList<>();
    new SignerAlarmWatch(clock, found::add)
        .look(
            "acme",
            health(
                alarm("a cause with spaces", "s1").build(),
                JsonObject.builder().put("text", 7).build(),
                alarm("asked-for-anothers-of-a-newer-registrar", "s3").build(),
                flood(NOON)));
    assertThat(found)
        .extracting(one -> one.subject().token())
        .containsExactly(
            "acme s3 asked-for-anothers-of-a-newer-registrar", "acme s1 flood 2026-11-25");
  }

  @Test
  void whatTheRegistrarForgotIsNoSignersFault() {
    List<Finding> found = new ArrayList<>();
    JsonObject forgotten =
        JsonObject.builder().put("cause", "forgotten").put("text", "look at the keys").build();
    new SignerAlarmWatch(clock, found::add).look("acme", health(forgotten));
    assertThat(found)
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.kind()).isEqualTo(Kind.SIGNER_SUSPECT);
              assertThat(one.severity()).isEqualTo(Severity.MEDIUM);
              assertThat(one.summary()).contains("look at the keys");
            });
  }

  @Test
  void nonsenseChangesNothingAndLongTextsAreCut() {
    List<Finding> found = new ArrayList<>();
    SignerAlarmWatch watch = new SignerAlarmWatch(clock, found::add);
    for (JsonObject nonsense :
        List.of(
            JsonObject.builder().build(),
            JsonObject.builder().put("registrar_alarms", 7).build(),
            health(JsonObject.builder().put("cause", "flood").build()),
            health(alarm("a cause with spaces", "s1").build()),
            health(alarm("flood", "s1 s2").build()))) {
      watch.look("acme", nonsense);
    }
    assertThat(found).isEmpty();
    watch.look("acme", health(alarm("flood", "s1", "x".repeat(5_000)).build()));
    assertThat(found)
        .singleElement()
        .satisfies(one -> assertThat(one.summary()).hasSizeLessThan(1_100));
  }
}
