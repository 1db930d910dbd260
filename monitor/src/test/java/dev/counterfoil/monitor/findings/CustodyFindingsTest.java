package dev.counterfoil.monitor.findings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every alarm of the custodian inside of a monitor is a finding of the same name. */
class CustodyFindingsTest {
  @Test
  void everyAlarmIsAFindingOfTheSameName() {
    List<Finding> found = new ArrayList<>();
    CustodyFindings findings = new CustodyFindings(found::add);
    for (Alarm.Kind kind : Alarm.Kind.values()) {
      findings.raise(
          new Alarm(
              kind,
              "acme",
              "subject",
              "",
              OptionalLong.empty(),
              Instant.EPOCH,
              "summary",
              JsonObject.builder().build()));
      assertThat(found.getLast().kind().text()).isEqualTo(kind.text());
      assertThat(found.getLast().severity())
          .isEqualTo(
              switch (kind) {
                case LOG_FORK, LOG_ROLLBACK -> Severity.CRITICAL;
                case COUNTERFOIL_MISSING, COUNTERFOIL_DAMAGED, KEY_SET_ROLLBACK, CLOCK_OFF ->
                    Severity.HIGH;
                case CUSTODY_REPAIRED -> Severity.LOW;
              });
    }
  }

  @Test
  void whatWasMissingIsOverOnceTheLogIsHeldPastIt(@TempDir Path folder) throws Exception {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore store = new FindingStore(database.jdbi(), clock, kind -> {});
      for (String log : List.of("s1g1", "d1g1")) {
        for (long position : new long[] {7, 8}) {
          new CustodyFindings(store)
              .raise(
                  new Alarm(
                      Alarm.Kind.COUNTERFOIL_MISSING,
                      "acme",
                      log + "." + position,
                      log,
                      OptionalLong.of(position),
                      clock.instant(),
                      "It is missing.",
                      JsonObject.builder().build()));
        }
      }
      store.arrived("acme", "s1g1", 7);
      store.arrived("globex", "s1g1", 9);
      assertThat(store.list(FindingStore.Query.all()))
          .hasSize(4)
          .allMatch(one -> "open".equals(one.json().get("state")));
      long changes = store.changes();
      store.arrived("acme", "s1g1", 8);
      assertThat(store.changes()).isGreaterThan(changes);
      List<JsonObject> over =
          store.list(FindingStore.Query.all()).stream()
              .map(FindingStore.Kept::json)
              .filter(one -> "explained".equals(one.get("state")))
              .toList();
      assertThat(over).singleElement().asString().contains("\"log\":\"s1g1\",\"position\":7");
      assertThat(over.getFirst().get("summary"))
          .isEqualTo("It is missing. Over since 2026-11-25T12:00:00Z.");
    }
  }
}
