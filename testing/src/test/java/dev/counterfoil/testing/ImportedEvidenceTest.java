package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Evidence of years ago: events of another log and records of Microsoft 365, brought in by an
 * operator and reported by a client, as the page says (docs/operate/audit-import.md).
 */
@Tag("turn-3")
@Timeout(600)
class ImportedEvidenceTest {
  private static final String OLD =
      """
      {"activity_id":1,"category_uid":6,"class_uid":6005,"type_uid":600501,"severity_id":1,"time":%d,"message":"read","metadata":{"version":"1.8.0","product":{"name":"Old SIEM"}},"actor":{"user":{"uid":"mallory"}},"src_endpoint":{"ip":"198.51.100.9"},"databucket":{"name":"bob@acme.example","type_id":99,"type":"mailbox"}}
      """;

  private static final long IN_2023 = 1_684_137_600_000L;
  private static final long IN_2106 = 4_300_000_000_000L;

  private static final String RECORD =
      """
      {"CreationTime":"%s","Id":"b0f3a1b2-0001","Operation":"MailItemsAccessed","RecordType":50,"ResultStatus":"Succeeded","Workload":"Exchange","UserId":"alice@acme.example","ClientAppId":"13937bba","ClientIPAddress":"203.0.113.7","MailboxOwnerUPN":"alice@acme.example","OperationProperties":[{"Name":"MailAccessType","Value":"Bind"}],"Folders":[{"FolderItems":[{"InternetMessageId":"<%d@acme.example>"}],"Path":"Inbox"}]}
      """;

  private static List<String> found(Path folder, String... words) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("audit", "search", "--json", "--tenant", "acme"));
    command.addAll(List.of(words));
    Result found = Distribution.run(folder, command.toArray(String[]::new));
    assertThat(found.exitCode()).as(found.err()).isZero();
    List<String> reporters = new ArrayList<>();
    for (JsonObject line : found.jsonLines()) {
      if (line.has("event")) {
        reporters.add(line.object("event").object("metadata").object("reporter").string("uid"));
      }
    }
    return reporters;
  }

  /** What is recorded is found a moment later. */
  private static void awaitFound(Path folder, List<String> reporters, String... words)
      throws Exception {
    for (int i = 0; i < 60 && found(folder, words).size() < reporters.size(); i++) {
      Thread.sleep(100);
    }
    assertThat(found(folder, words)).isEqualTo(reporters);
  }

  private static JsonObject ship(int exitCode, Path folder, String... words) throws Exception {
    Result result = Distribution.run(folder, words);
    assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(exitCode);
    return result.json().objects("files").getFirst();
  }

  @Test
  void evidenceIsImportedFoundMarkedAndProved() throws Exception {
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "cfi");
    int port = Distribution.freePort();
    int monitor = Distribution.freePort();
    Path configuration =
        Files.writeString(
            folder.resolve("counterfoil.yaml"),
            """
            monitor-listen: "127.0.0.1:%d"
            domains:
              - name: main
                issuer: "http://127.0.0.1:%2$d"
                listen: "127.0.0.1:%2$d"
                tenants: [acme]
                audiences: [demo-api, counterfoil-monitor]
            """
                .formatted(monitor, port));
    Files.writeString(
        folder.resolve("old.ndjson"),
        OLD.formatted(IN_2023) + OLD.formatted(IN_2106) + "no json\n");
    Files.writeString(
        folder.resolve("m365.csv"),
        "CreationDate,AuditData\r\n2023-06-16,\""
            + RECORD.formatted("2023-06-16T08:15:02", 1).strip().replace("\"", "\"\"")
            + "\"\r\n");
    try (Running _ = Running.start(folder, configuration)) {
      String[] importing = {
        "audit", "import", "--json", "--tenant", "acme", "--source", "old-siem", "old.ndjson"
      };
      JsonObject first = ship(1, folder, importing);
      assertThat(first.number("recorded")).isEqualTo(1);
      assertThat(first.objects("refused_lines"))
          .extracting(line -> line.number("line") + " " + line.string("code"))
          .containsExactlyInAnyOrder("2 time-off", "3 malformed");
      JsonObject again = ship(1, folder, importing);
      assertThat(again.number("recorded")).isZero();
      assertThat(again.number("repeated")).isEqualTo(1);

      String[] shipping = {"audit", "ship", "m365", "--json", "--tenant", "acme", "--import"};
      List<String> words = new ArrayList<>(List.of(shipping));
      words.add("m365.csv");
      assertThat(ship(0, folder, words.toArray(String[]::new)).number("recorded")).isEqualTo(1);

      String siem = "main/@import/acme/old-siem";
      awaitFound(folder, List.of(siem), "--from", "2023-05-15", "--to", "2023-05-16");
      awaitFound(folder, List.of("main/@import/acme/m365"), "--mailbox", "alice@acme.example");
      awaitFound(folder, List.of("main/@import/acme/m365"), "--item", "<1@acme.example>");
      // One before a batch is recorded, and one after it that says how many were.
      awaitFound(
          folder, Collections.nCopies(4, "main/@auditor"), "--entity", siem, "--class", "6003");

      asAClient(folder, "http://127.0.0.1:" + port, "http://127.0.0.1:" + monitor);

      Result trace =
          Distribution.run(
              folder,
              "audit",
              "trace",
              "--tenant",
              "acme",
              "--mailbox",
              "bob@acme.example",
              "--from",
              "2023-05-01",
              "--to",
              "2023-06-01");
      assertThat(trace.out()).contains("by mallory", ", imported ");
      Result table =
          Distribution.run(folder, "audit", "search", "--tenant", "acme", "--source", siem);
      assertThat(table.out()).contains("imported ", " as " + siem);

      assertThat(
              Distribution.run(folder, "audit", "export", "--tenant", "acme", "--out", "e.ndjson")
                  .exitCode())
          .isZero();
      Result verified =
          Distribution.run(
              folder,
              "audit",
              "verify",
              "--json",
              "e.ndjson",
              "--policy",
              "counterfoil-data/domains/main/policy.txt");
      assertThat(verified.json().number("imported")).as(verified.out()).isEqualTo(2);
      assertThat(EmittedEvents.ofOcsf(folder, "acme")).contains("audit.import", "a source's");
    }
  }

  /** A client reports what is recent, and what is old is refused with its line. */
  private static void asAClient(Path folder, String issuer, String monitor) throws Exception {
    Result client =
        Distribution.run(
            folder,
            "client",
            "add",
            "m365",
            "--tenant",
            "acme",
            "--audience",
            "counterfoil-monitor",
            "--scope",
            "counterfoil:audit-report",
            "--make-key",
            "--json");
    assertThat(client.exitCode()).as(client.err()).isZero();
    Files.writeString(
        folder.resolve("today.json"),
        "["
            + RECORD.formatted(Instant.now().toString(), 2)
            + ","
            + RECORD.formatted("2023-06-16T08:15:02", 3)
            + "]");
    JsonObject shipped =
        ship(
            1,
            folder,
            "audit",
            "ship",
            "m365",
            "--json",
            "--tenant",
            "acme",
            "--monitor",
            monitor,
            "--issuer",
            issuer,
            "--client",
            "m365",
            "--key",
            "counterfoil-data/domains/main/clients/m365.jwk",
            "today.json");
    assertThat(shipped.number("recorded")).isEqualTo(1);
    assertThat(shipped.objects("refused_lines"))
        .extracting(line -> line.number("line") + " " + line.string("code"))
        .containsExactly("2 time-off");
    awaitFound(folder, List.of("main/m365"), "--item", "<2@acme.example>");
  }
}
