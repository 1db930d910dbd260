package dev.counterfoil.monitor.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.monitor.findings.Finding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that is gone must not look like one in which nothing was found. */
final class DatabasePlaceTest {
  private static final Instant NOW = Instant.parse("2026-11-01T10:00:00Z");

  @TempDir Path data;

  private List<Finding> told(DatabasePlace place) throws Exception {
    List<Finding> found = new ArrayList<>();
    place.tellLost(List.of("acme", "globex"), found::add, NOW);
    return found;
  }

  private void auditLog() throws Exception {
    Files.createDirectories(data.resolve("audit"));
    Files.writeString(data.resolve("audit/journal"), "events");
  }

  @Test
  void anEmptyDatabaseBesideAnAuditLogOfBeforeIsAFindingOfEachDomain() throws Exception {
    DatabasePlace first = DatabasePlace.of(data);
    first.open().close();
    assertThat(told(first)).as("a new monitor").isEmpty();
    auditLog();
    assertThat(told(DatabasePlace.of(data))).as("all is there").isEmpty();

    Files.delete(data.resolve("monitor.db"));
    DatabasePlace lost = DatabasePlace.of(data);
    lost.open().close();
    assertThat(told(lost)).extracting(Finding::domain).containsExactly("acme", "globex");
    assertThat(told(lost).getFirst().summary()).contains("monitor.db was new at this start");
    assertThat(told(lost).getFirst().kind().text()).isEqualTo("database-lost");
    assertThat(told(DatabasePlace.of(data))).as("said once").isEmpty();
    Files.writeString(data.resolve("monitor.db"), "");
    assertThat(told(DatabasePlace.of(data))).as("an empty file").hasSize(2);
  }

  /** A start may fail for many reasons before anything is said, and the next one finds a file. */
  @Test
  void whatAStartThatFailedDidNotSayTheNextOneSays() throws Exception {
    DatabasePlace.of(data).open().close();
    auditLog();
    Files.delete(data.resolve("monitor.db"));
    for (int start = 0; start < 3; start++) {
      DatabasePlace.of(data).open().close();
    }
    assertThat(data.resolve("monitor.db")).isNotEmptyFile();
    DatabasePlace lost = DatabasePlace.of(data);
    lost.open().close();
    assertThat(told(lost)).extracting(Finding::domain).containsExactly("acme", "globex");
    DatabasePlace next = DatabasePlace.of(data);
    next.open().close();
    assertThat(told(next)).as("said once").isEmpty();
  }

  @Test
  void anEmptyFolderForTheAuditLogIsNoneOfBefore() throws Exception {
    Files.createDirectories(data.resolve("audit"));
    assertThat(told(DatabasePlace.of(data))).isEmpty();
  }

  @Test
  void aFileThatIsMovedOrReplacedUnderTheMonitorMakesItUnready() throws Exception {
    DatabasePlace place = DatabasePlace.of(data);
    Path file = data.resolve("monitor.db");
    Path aside = data.resolve("aside.db");
    try (Database _ = place.open()) {
      assertThat(place.unready()).isEmpty();
      Files.move(file, aside);
      assertThat(place.unready()).singleElement().asString().contains("monitor.db is gone");
      Files.copy(aside, file);
      assertThat(place.unready()).singleElement().asString().contains("monitor.db was replaced");
      Files.delete(file);
      Files.move(aside, file);
      assertThat(place.unready()).isEmpty();
    }
  }
}
