package dev.counterfoil.monitor.findings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.database.DatabaseFullException;
import dev.counterfoil.monitor.judging.SightingBatch;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.verifier.SettableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the people of one trust domain are told of another: nothing. */
final class DomainFenceTest {
  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final RecordedIssuer consumer =
      new RecordedIssuer("consumer", "https://consumer.example", clock);
  private final RecordedIssuer enterprise =
      new RecordedIssuer("enterprise", "https://enterprise.example", clock);
  private TestMonitor monitor;
  private long sequence;

  /** Each domain issues a token and sees a forgery of the enterprise's key. */
  @BeforeEach
  void start() throws Exception {
    monitor = new TestMonitor(clock, folder.resolve("monitor"), consumer, enterprise);
    String honest = enterprise.issue();
    consumer.issue();
    monitor.follow();
    String forged =
        enterprise.forge(
            enterprise.draft(enterprise.key, RecordedIssuer.LOG, 1_000).claim("sub", "victim"));
    record("enterprise/mail", enterprise.accepted(honest));
    record("enterprise/mail", enterprise.accepted(forged));
    assertThat(monitor.settle()).isZero();
  }

  @AfterEach
  void stop() throws Exception {
    monitor.close();
  }

  private void record(String client, Sighting seen) throws DatabaseFullException {
    byte[] batch = (client + seen.toJson()).getBytes(StandardCharsets.UTF_8);
    monitor.sightings.record(
        client,
        new SightingBatch("one", ++sequence, 0, List.of(seen), Hash.sha256(batch)),
        clock.instant());
  }

  private List<JsonObject> report(String domain, String kid) throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    monitor.keyReport().within(domain).write(kid, (of, tenant) -> {}, lines::add);
    return lines;
  }

  @Test
  void findingsAreOfTheOwnDomain() {
    FindingStore.Query all = FindingStore.Query.all();
    assertThat(monitor.findings.list(all.within("consumer"))).isEmpty();
    assertThat(monitor.findings.list(all.within("enterprise"))).hasSize(1);
    assertThat(monitor.findings.list(all.within("enterprise").after(1))).isEmpty();
    assertThat(monitor.findings.list(all.within("consumer").after(0))).isEmpty();
    assertThat(monitor.findings.list(all)).hasSize(1);
  }

  @Test
  void theReportOfAnothersKeySaysNothing() throws Exception {
    List<JsonObject> foreign = report("consumer", enterprise.key.kid());
    assertThat(foreign).hasSize(1);
    assertThat(foreign.getFirst().number("signed")).isZero();
    assertThat(foreign.getFirst().number("presented_without_counterfoil")).isZero();
    assertThat(foreign.toString()).doesNotContain("victim").doesNotContain("imap");

    List<JsonObject> own = report("enterprise", enterprise.key.kid());
    assertThat(own).hasSize(3);
    assertThat(own.getLast().number("signed")).isOne();
    assertThat(own.getLast().number("presented_without_counterfoil")).isOne();
    assertThat(own.getLast().object("sighted_by_service").names()).hasSize(1);
    assertThat(own.toString()).contains("victim");
  }
}
