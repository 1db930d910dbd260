package dev.counterfoil.monitor.incidents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.incidents.IncidentStore.Change;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Incidents on disk. */
class IncidentStoreTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  @TempDir Path folder;
  private Database database;
  private FindingStore findings;
  private IncidentStore incidents;

  @BeforeEach
  void open() throws IOException {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    incidents = new IncidentStore(database.jdbi(), findings, clock);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void raise(String domain, Kind kind, String kid, String token, String person) {
    findings.raise(
        new Finding(
            kind,
            Severity.HIGH,
            domain,
            new Subject(kid, token, token, null, null, null, false),
            clock.instant(),
            1,
            "It happened.",
            JsonObject.builder().put("tenant", "acme").put("sub", person).build()));
  }

  private List<JsonObject> all() {
    incidents.step();
    return incidents.list(Optional.empty(), true);
  }

  @Test
  void findingsOfOneKeyAreOneIncidentAndThoseOfAnotherDomainAreNot() {
    raise("acme", Kind.FORGED_TOKEN, "k1", "t1", "alice");
    raise("acme", Kind.FORGED_TOKEN, "k1", "t2", "bob");
    raise("globex", Kind.FORGED_TOKEN, "k1", "t3", "carol");
    raise("acme", Kind.FORGED_TOKEN, "k2", "t4", "dave");
    assertThat(all())
        .extracting(one -> one.get("domain") + " " + one.get("findings"))
        .containsExactly("acme 1", "globex 1", "acme 2");
    // Grouped once, also by a store that is opened again.
    new IncidentStore(database.jdbi(), findings, clock).step();
    assertThat(all()).hasSize(3);
    assertThat(incidents.list(Optional.of("globex"), true)).hasSize(1);
  }

  @Test
  void aFindingOfTwoMergesThem() throws Exception {
    raise("acme", Kind.FORGED_TOKEN, "k1", "t1", "alice");
    raise("acme", Kind.TOKEN_DISOWNED, "", "t2", "bob");
    assertThat(all()).hasSize(2);
    raise("acme", Kind.FORGED_TOKEN, "k1", "t3", "bob");
    assertThat(all()).singleElement().extracting(one -> one.get("findings")).isEqualTo(3L);
    JsonObject found = incidents.find(2, Optional.empty()).orElseThrow();
    assertThat(found.number("id")).isEqualTo(1);
    assertThat(found.objects("notes"))
        .singleElement()
        .asString()
        .contains("incident 2 is the same");
    assertThat(incidents.find(2, Optional.of("globex"))).isEmpty();
    assertThat(incidents.find(3, Optional.empty())).isEmpty();
    // What belongs to the one that was merged belongs to the other.
    raise("acme", Kind.TOKEN_DISOWNED, "", "t4", "bob");
    assertThat(all()).singleElement().extracting(one -> one.get("findings")).isEqualTo(4L);
  }

  @Test
  void anIncidentIsClosedAndAFindingOpensItAgain() throws Exception {
    raise("acme", Kind.FORGED_TOKEN, "k1", "t1", "alice");
    assertThat(all()).hasSize(1);
    incidents.change(1, Change.OWN, "root", "anna");
    incidents.change(1, Change.CLOSE, "root", "resolved The key is replaced.");
    assertThat(incidents.list(Optional.empty(), false)).isEmpty();
    assertThat(all()).singleElement().extracting(one -> one.get("verdict")).isEqualTo("resolved");
    clock.advance(Duration.ofDays(2));
    raise("acme", Kind.FORGED_TOKEN, "k1", "t2", "bob");
    JsonObject open = all().getFirst();
    assertThat(open.get("state")).isEqualTo("open");
    assertThat(open.get("owner")).isEqualTo("anna");
    assertThat(incidents.find(1, Optional.empty()).orElseThrow().objects("notes"))
        .extracting(note -> note.get("author") + " " + note.get("what") + " " + note.get("text"))
        .containsExactly(
            "root own anna",
            "root close resolved The key is replaced.",
            "monitor reopen finding 2 belongs to it");
  }

  @Test
  void aChangeThatCannotBeIsRefused() {
    raise("acme", Kind.FORGED_TOKEN, "k1", "t1", "alice");
    assertThat(all()).hasSize(1);
    assertThatThrownBy(() -> incidents.change(1, Change.CLOSE, "root", "done"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("resolved, false-alarm, test");
    assertThatThrownBy(() -> incidents.change(1, Change.REOPEN, "root", ""))
        .hasMessageContaining("not in the state");
    assertThatThrownBy(() -> incidents.change(9, Change.NOTE, "root", "x"))
        .hasMessageContaining("no incident 9");
    assertThatThrownBy(() -> incidents.change(1, Change.NOTE, "root", " "))
        .hasMessageContaining("1 to 2000");
  }

  @Test
  void upkeepIsPassedOver() {
    raise("acme", Kind.CEREMONY_DUE, "", "c", "");
    assertThat(all()).isEmpty();
    raise("acme", Kind.LOG_FORK, "", "f", "");
    assertThat(all()).hasSize(1);
  }
}
