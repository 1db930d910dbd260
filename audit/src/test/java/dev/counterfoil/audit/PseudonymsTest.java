package dev.counterfoil.audit;

import static dev.counterfoil.audit.access.AuditorFixture.ACME;
import static dev.counterfoil.audit.access.AuditorFixture.MAIL;
import static dev.counterfoil.audit.access.AuditorFixture.filesWith;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.AuditorFixture;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.FailingDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are searched hold no name, and every name is found. */
class PseudonymsTest {
  private static final Reader ANALYST =
      new Reader("analyst", Optional.empty(), Optional.of("192.0.2.9"));
  private static final String ALICE = "alice.ape@acme.example";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private AuditorFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new AuditorFixture(folder, ANALYST, new FailingDisk.Faults());
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private static JsonObject read(String tenant, long sequence, String mailbox) {
    return SampleEvents.read(tenant, sequence, mailbox, "s1g1." + sequence + ".x")
        .with(
            "actor",
            JsonObject.builder()
                .put("app_uid", "mail-app")
                .put(
                    "user",
                    JsonObject.builder().put("uid", mailbox).put("name", "Alice Ape").build())
                .put("session", JsonObject.builder().put("uid", "session-of-" + mailbox).build())
                .build());
  }

  private List<Long> found(Fence fence, Map<String, String> asked) throws Exception {
    return fixture.found(fence, asked);
  }

  /** All that the store's files hold, as a tool shows it. */
  private String rows() throws Exception {
    StringBuilder all = new StringBuilder();
    try (Connection tool = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = tool.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet('"
                    + folder
                    + "/store/*.parquet')")) {
      while (rows.next()) {
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          all.append(rows.getString(i)).append('\n');
        }
      }
    }
    return all.toString();
  }

  @Test
  void theFilesHoldNoNameAndEveryNameIsFound() throws Exception {
    List<JsonObject> events = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      events.add(read("acme", i, i % 2 == 0 ? ALICE : "bob@acme.example"));
    }
    events.add(read("globex", 20, ALICE));
    fixture.auditor().take(MAIL, SampleEvents.lines(events));
    fixture.settle();
    fixture.auditor().compact();
    List<Long> hers = List.of(18L, 16L, 14L, 12L, 10L, 8L, 6L, 4L, 2L, 0L);
    for (String column : List.of("entity", "actor")) {
      assertThat(found(ACME, Map.of(column, ALICE))).isEqualTo(hers);
      assertThat(found(ACME, Map.of(column, ALICE.toUpperCase(java.util.Locale.ROOT)))).isEmpty();
      assertThat(found(ACME, Map.of(column, "carol@acme.example"))).isEmpty();
    }
    assertThat(found(ACME, Map.of("session", "session-of-" + ALICE))).isEqualTo(hers);
    assertThat(found(ACME, Map.of("address", "203.0.113.7", "class", "6005"))).hasSize(20);
    assertThat(found(ACME, Map.of("text", "of ALICE.Ape@", "class", "6005"))).isEqualTo(hers);
    assertThat(found(ACME, Map.of("text", "number 4", "limit", "1"))).containsExactly(4L);
    String rows = rows();
    assertThat(rows).contains("s1g1.4.x", "mail-app").doesNotContain("lice", "bob@", "203.0.113");
    assertThat(filesWith(folder.resolve("store"), "lice")).isEmpty();
    assertThat(filesWith(folder.resolve("names"), "lice")).isEmpty();
    // Each mailbox has one pseudonym in its tenant, and the other tenant's tells nothing of it.
    fixture.nothingDiffers();
    fixture.close();
    fixture.open();
    assertThat(found(ACME, Map.of("entity", ALICE))).isEqualTo(hers);
  }

  @Test
  void aFolderOfABuildThatKeptNamesInPlainIsRefused() throws Exception {
    fixture.auditor().take(MAIL, SampleEvents.lines(read("acme", 0, ALICE)));
    fixture.close();
    Files.move(folder.resolve("names"), folder.resolve("elsewhere"));
    assertThatThrownBy(fixture::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("move its folder away, and a new one begins");
    try (Stream<Path> left = Files.list(folder.resolve("names"))) {
      left.forEach(file -> file.toFile().delete());
    }
    Files.delete(folder.resolve("names"));
    Files.move(folder.resolve("elsewhere"), folder.resolve("names"));
    fixture.open();
    assertThat(found(ACME, Map.of("entity", ALICE))).containsExactly(0L);
  }
}
