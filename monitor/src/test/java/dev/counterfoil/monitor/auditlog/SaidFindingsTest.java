package dev.counterfoil.monitor.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.monitor.RunningMonitor;
import dev.counterfoil.monitor.database.Database;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.FindingStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * A database that is older than what the monitor said must not look like one in which nothing was
 * found since.
 */
final class SaidFindingsTest extends RunningMonitor {
  private static final int LOOKS_MAX = 400;
  private static final String LOST = "database-lost";

  private long batches;

  private Path database() {
    return folder.resolve("data/monitor.db");
  }

  private MonitorAdmin admin() {
    return new MonitorAdmin(folder.resolve("admin.sock"));
  }

  /** As docs/operate/backup.md says it. */
  private Path backUp(String name) throws Exception {
    Path copy = folder.resolve(name);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
        Statement statement = connection.createStatement()) {
      statement.execute("VACUUM INTO '" + copy + "'");
    }
    return copy;
  }

  private void putBack(Path copy) throws Exception {
    Files.copy(copy, database(), StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(folder.resolve("data/monitor.db-wal"));
    Files.deleteIfExists(folder.resolve("data/monitor.db-shm"));
  }

  private List<JsonObject> findings(String kind) throws Exception {
    List<JsonObject> found = new ArrayList<>();
    admin().findings(JsonObject.builder().put("kind", kind).build(), found::add);
    return found;
  }

  /** Has a forged token seen, and waits until the audit log has the finding. */
  private void forge(long position) throws Exception {
    String forged =
        issuer.forge(issuer.draft(issuer.key, RecordedIssuer.LOG, position).claim("sub", "victim"));
    int before = said("forged-token").size();
    assertThat(
            report(token("counterfoil:sightings"), batch(++batches, issuer.accepted(forged)))
                .statusCode())
        .isEqualTo(202);
    awaitSaid("forged-token", before + 1);
  }

  private void awaitSaid(String kind, int count) throws Exception {
    for (int looks = 0; looks < LOOKS_MAX && said(kind).size() < count; looks++) {
      Thread.sleep(20);
    }
    assertThat(said(kind)).as(kind).hasSize(count);
  }

  /** Findings of a kind in the audit log, as the monitor itself said them. */
  private List<JsonObject> said(String kind) throws Exception {
    List<JsonObject> said = new ArrayList<>();
    String reader = token(AuditRoutes.READ_SCOPE, KeyCeiling.OWN_TENANT);
    String lines =
        send(request("/audit/v1/stream?source=acme/@auditor&follow=false")
                .header("Authorization", "Bearer " + reader))
            .body();
    for (String text : lines.lines().toList()) {
      JsonObject line = StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 20);
      if (line.has("event")
          && line.object("event").has("finding_info")
          && line.object("event").object("finding_info").string("title").equals(kind)) {
        said.add(line.object("event"));
      }
    }
    return said;
  }

  private void restart() throws Exception {
    monitor.close();
    monitor = startMonitor();
  }

  @Test
  void aDatabaseThatIsPutBackSaysWhichFindingsItLacks() throws Exception {
    // The issuer's only window of delegations, which the monitor finds at its start.
    awaitSaid("ceremony-due", 1);
    Path beforeAny = backUp("empty.db");
    forge(1000);
    Path backup = backUp("backup.db");
    restart();
    monitor.close();
    putBack(backup);
    monitor = startMonitor();
    assertThat(findings(LOST)).as("all that was said is there").isEmpty();

    forge(1001);
    forge(1002);
    monitor.close();
    putBack(backup);
    monitor = startMonitor();
    assertThat(findings("forged-token")).hasSize(1);
    JsonObject lost = findings(LOST).getFirst();
    assertThat(lost.string("severity")).isEqualTo("high");
    assertThat(lost.string("domain")).isEqualTo("acme");
    assertThat(lost.string("summary"))
        .contains("monitor.db is older than the audit log", "2 findings", issuer.key.kid());
    assertThat(lost.object("detail").objects("lacking")).hasSize(2);
    assertThat(lost.object("detail").strings("forged_kids")).containsExactly(issuer.key.kid());

    restart();
    assertThat(findings(LOST)).as("said once").hasSize(1);
    assertThat(findings(LOST).getFirst().number("count")).isEqualTo(1);

    // A database in which nothing was found yet, after one whose loss was said.
    monitor.close();
    putBack(beforeAny);
    monitor = startMonitor();
    assertThat(findings(LOST)).hasSize(1);
    assertThat(findings(LOST).getFirst().object("detail").objects("lacking")).hasSize(3);
  }

  /** Its numbers are given a second time, and the log has each of them. */
  @Test
  void whatIsFoundInADatabaseThatWasPutBackIsSaidToo() throws Exception {
    forge(1000);
    Path backup = backUp("backup.db");
    forge(1001);
    forge(1002);
    monitor.close();
    putBack(backup);
    monitor = startMonitor();
    awaitSaid(LOST, 1);
    batches = 1;
    forge(1003);
    restart();
    forge(1004);
    assertThat(said("forged-token")).hasSize(5);
    assertThat(said(LOST)).hasSize(1);
  }

  @Test
  void aDatabaseThatIsLostIsNotOlderAsWell() throws Exception {
    forge(1000);
    for (int start = 0; start < 2; start++) {
      monitor.close();
      if (start == 0) {
        Files.delete(database());
      }
      monitor = startMonitor();
      assertThat(findings(LOST)).hasSize(1);
      assertThat(findings(LOST).getFirst().string("summary")).contains("new at this start");
    }
  }

  @Test
  void whatTheAuditLogDoesNotHaveYetIsNoLoss() throws Exception {
    forge(1000);
    monitor.close();
    try (Database database = Database.open(database())) {
      new FindingStore(database.jdbi(), InstantSource.system(), _ -> {})
          .raise(
              new Finding(
                  Finding.Kind.LOG_FORK,
                  Finding.Severity.CRITICAL,
                  "acme",
                  Finding.Subject.of("acme", "s1g1"),
                  InstantSource.system().instant(),
                  1,
                  "raised right before a crash",
                  JsonObject.builder().build()));
    }
    monitor = startMonitor();
    assertThat(findings(LOST)).isEmpty();
    awaitSaid("log-fork", 1);
  }

  @Test
  void aFindingThatWasBroughtInOrReportedIsNotOneOfThisDatabase() throws Exception {
    forge(1000);
    JsonObject event = said("forged-token").getFirst();
    JsonObject metadata =
        without(event.object("metadata"), List.of("reporter", "logged_time", "log_name"))
            .with("sequence", 1L);
    JsonObject other =
        event
            .with("finding_info", event.object("finding_info").with("uid", "77"))
            .with("metadata", metadata);
    byte[] line = (other + "\n").getBytes(StandardCharsets.UTF_8);
    List<JsonObject> answers = new ArrayList<>();
    admin()
        .auditImport(
            JsonObject.builder()
                .put("domain", "acme")
                .put("tenant", KeyCeiling.OWN_TENANT)
                .put("source", "old")
                .put("file", "old.ndjson")
                .put("digest", Hash.sha256(line).hex())
                .put("first_line", 1)
                .put("last_line", 1)
                .build(),
            line,
            answers::add);
    assertThat(answers.toString()).contains("\"recorded\":1");
    restart();
    assertThat(findings(LOST)).isEmpty();
  }

  private static JsonObject without(JsonObject object, List<String> members) {
    JsonObject rest = JsonObject.builder().build();
    for (String name : object.names()) {
      if (!members.contains(name)) {
        rest = rest.with(name, Objects.requireNonNull(object.get(name)));
      }
    }
    return rest;
  }
}
