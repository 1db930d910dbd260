package dev.counterfoil.monitor.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.judging.MatchingTest;
import dev.counterfoil.monitor.judging.SightingStore;
import dev.counterfoil.verifier.SettableClock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an earlier release left in the database is taken over. */
final class DatabaseTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer issuer = new RecordedIssuer("acme", "https://login.example", clock);

  /** The tables as they were, with rows as they were written. */
  private void leave(String version, List<String> rows) {
    String url = "jdbc:sqlite:" + folder.resolve("monitor.db");
    Flyway.configure()
        .dataSource(url, null, null)
        .locations("classpath:dev/counterfoil/monitor/schema")
        .target(version)
        .load()
        .migrate();
    Jdbi.create(url)
        .useHandle(
            handle ->
                rows.forEach(
                    json ->
                        handle.execute(
                            "INSERT INTO sightings (client, reporter, received_ms, state, json)"
                                + " VALUES ('acme/mail', 'mail', 1, 'open', ?)",
                            json)));
  }

  @Test
  void whatWaitedBeforeThereWereUrgentSightingsIsUrgentByTheSameRule() throws Exception {
    Sighting evidence = issuer.refusedWithEvidence(issuer.issue(), "never-issued");
    Sighting honest = issuer.accepted(issuer.issue());
    Sighting signed = MatchingTest.signed(issuer.refused(issuer.issue(), "never-issued"));
    leave(
        "4",
        List.of(
            honest.toJson().toString(),
            evidence.toJson().toString(),
            "{\"evidence\":",
            signed.toJson().toString()));
    try (Database database = Database.open(folder.resolve("monitor.db"))) {
      FindingStore findings = new FindingStore(database.jdbi(), clock, kind -> {});
      SightingStore sightings =
          new SightingStore(
              database.jdbi(),
              findings,
              new DatabaseBudget(database.jdbi(), 1L << 30),
              judgement -> {});
      assertThat(sightings.urgent(0, 10))
          .extracting(SightingStore.Kept::sighting)
          .containsExactly(evidence, signed);
      // The control: nothing is lost, and what cannot be read is set aside in its turn.
      assertThat(sightings.open(0, 10))
          .extracting(SightingStore.Kept::sighting)
          .containsExactly(honest, evidence, signed);
    }
  }
}
