package dev.counterfoil.monitor.incidents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.auditlog.PeopleFindings;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.verifier.SettableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people report is found, linked and closed; and how far playbooks are is shown. */
class ReportDeskTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  @TempDir Path folder;
  private Database database;
  private FindingStore findings;
  private IncidentStore incidents;
  private ReportDesk desk;

  @BeforeEach
  void open() throws Exception {
    database = Database.open(folder.resolve("monitor.db"));
    findings = new FindingStore(database.jdbi(), clock, kind -> {});
    incidents = new IncidentStore(database.jdbi(), findings, clock);
    desk = incidents.reports();
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void report(String reference, String about) {
    JsonObject event =
        JsonObject.builder()
            .put("metadata", JsonObject.builder().put("event_code", "report.file").build())
            .put("src_endpoint", JsonObject.builder().put("ip", "192.0.2.7").build())
            .put(
                "unmapped",
                JsonObject.builder()
                    .put("reference", reference)
                    .put("report", "not-me")
                    .put("text", "a sign-in\u001b[2J at night")
                    .put("about", about)
                    .put("contact", "bob@example.com")
                    .build())
            .build();
    byte[] line = (event + "\n").getBytes(StandardCharsets.UTF_8);
    new PeopleFindings(findings::raiseOnce, clock).look(Source.auditor("acme"), line);
    // A batch that is sent again reports nothing twice.
    new PeopleFindings(findings::raiseOnce, clock).look(Source.auditor("acme"), line);
    incidents.step();
  }

  private JsonObject ask(String ask, String reference, String member, Object value)
      throws Exception {
    JsonObject.Builder question = JsonObject.builder().put("ask", ask).put("reference", reference);
    if (value instanceof Long number) {
      question.put(member, number);
    } else {
      question.put(member, String.valueOf(value));
    }
    return desk.answer(question.build(), "alice").getFirst();
  }

  private List<JsonObject> list(boolean all) throws Exception {
    return desk.answer(JsonObject.builder().put("ask", "reports").put("all", all).build(), "alice");
  }

  @Test
  void aReportIsOpenThenClosedWithItsIncident() throws Exception {
    report("AAAAAAAAAA", "");
    assertThat(list(false)).hasSize(1);
    JsonObject one = list(false).getFirst();
    assertThat(one.string("state")).isEqualTo("open");
    assertThat(one.string("contact")).isEqualTo("bob@example.com");
    assertThat(one.number("incident")).isEqualTo(1);
    assertThat(findings.list(FindingStore.Query.all()).getFirst().json().string("summary"))
        .as("a stranger writes no headline")
        .doesNotContain("at night");
    JsonObject closed = ask("report-close", "AAAAAAAAAA", "text", "it was her new phone");
    assertThat(closed.string("state")).isEqualTo("closed");
    assertThat(closed.string("outcome")).contains("alice", "her new phone");
    assertThat(list(false)).isEmpty();
    assertThat(list(true)).hasSize(1);
    assertThat(incidents.list(java.util.Optional.empty(), false)).isEmpty();
    assertThatThrownBy(() -> ask("report-close", "AAAAAAAAAA", "text", "again"))
        .hasMessageContaining("closed already");
    assertThatThrownBy(() -> ask("report-close", "BBBBBBBBBB", "text", "x"))
        .hasMessageContaining("no report");
  }

  @Test
  void aReportIsLinkedToAnIncident() throws Exception {
    findings.raise(
        new Finding(
            Finding.Kind.TOKEN_DISOWNED,
            Finding.Severity.HIGH,
            "acme",
            Finding.Subject.of("acme", "t"),
            clock.instant(),
            1,
            "It happened.",
            JsonObject.builder().put("tenant", "acme").put("person", "bob").build()));
    report("AAAAAAAAAA", "");
    assertThat(list(false).getFirst().number("incident")).isEqualTo(2);
    assertThat(ask("report-link", "AAAAAAAAAA", "incident", 1L).string("state"))
        .isEqualTo("linked");
    assertThat(list(false).getFirst().number("incident")).isEqualTo(1);
    assertThatThrownBy(() -> ask("report-link", "AAAAAAAAAA", "incident", 9L))
        .hasMessageContaining("no incident 9");
  }

  private void run(String state, String stepState, long at) {
    String event =
        "{\"metadata\":{\"event_code\":\"playbook.run\"},\"time\":"
            + at
            + ",\"unmapped\":{\"run\":3,\"finding\":1,\"playbook\":\"follow\",\"state\":\""
            + state
            + "\",\"steps\":[{\"number\":1,\"action\":\"taint-key\",\"target\":\"k\","
            + "\"state\":\""
            + stepState
            + "\"}]}}\n";
    new PlaybookRuns(database.jdbi())
        .look(Source.auditor("acme"), event.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void anIncidentShowsStepsThatAreDoneAndToDo() throws Exception {
    report("AAAAAAAAAA", "");
    run("running", "planned", 10);
    run("done", "done", 20);
    // An event that comes late takes nothing back.
    run("running", "begun", 15);
    JsonObject run =
        incidents.find(1, java.util.Optional.empty()).orElseThrow().objects("playbooks").getFirst();
    assertThat(run.string("state")).isEqualTo("done");
    assertThat(run.objects("steps").getFirst().string("state")).isEqualTo("done");
    assertThat(
            incidents
                .find(1, java.util.Optional.of("acme"), java.util.Optional.of("acme"))
                .map(one -> one.has("playbooks")))
        .as("what operators do is not a tenant's")
        .isNotEqualTo(java.util.Optional.of(true));
  }
}
