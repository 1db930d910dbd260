package dev.counterfoil.audit.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.audit.AuditEvent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQL over given events reaches these events and nothing else. */
class EventTableTest {
  private static final EventTable.Limits LIMITS =
      new EventTable.Limits(10, Duration.ofMinutes(2), 256);

  @TempDir Path folder;

  private static EventTable table() throws Exception {
    EventTable table = EventTable.create();
    for (int i = 0; i < 20; i++) {
      table.add(
          i,
          AuditEvent.parseReported(
                  SampleEvents.read("acme", i, "box" + i % 3, "s1g1." + i + ".x")
                      .toString()
                      .getBytes(StandardCharsets.UTF_8))
              .received("trial/mail", SampleEvents.TIME + 1000));
    }
    return table;
  }

  @Test
  void whatIsAskedIsAnswered() throws Exception {
    Path parquet = folder.resolve("events.parquet");
    try (EventTable table = table()) {
      table.writeParquet(parquet);
      EventTable.Answer answer =
          table.ask(
              "SELECT entity, count(*) AS n, min(event->>'$.metadata.tenant_uid') FROM events GROUP BY entity ORDER BY entity",
              LIMITS);
      assertThat(answer.columns()).startsWith("entity", "n");
      assertThat(answer.rows())
          .containsExactly(
              List.of("box0", "7", "acme"),
              List.of("box1", "7", "acme"),
              List.of("box2", "6", "acme"));
      assertThat(table.ask("SELECT * FROM events", LIMITS).cut()).isTrue();
    }
    try (EventTable again = EventTable.read(parquet)) {
      assertThat(again.ask("SELECT token FROM events WHERE position = 7", LIMITS).rows())
          .containsExactly(List.of("s1g1.7.x"));
    }
  }

  @Test
  void aStatementReachesNothingElse() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret.csv"), "a\nkey\n");
    Path out = folder.resolve("out.csv");
    try (EventTable table = table()) {
      for (String statement :
          List.of(
              "SELECT * FROM read_csv('" + secret + "')",
              "SELECT * FROM '" + secret + "'",
              "SELECT content FROM read_text('" + secret + "')",
              "SELECT * FROM glob('/*')",
              "COPY events TO '" + out + "'",
              "ATTACH '" + folder.resolve("other.db") + "'",
              "INSTALL httpfs",
              "LOAD httpfs",
              "SET enable_external_access = true",
              "SET lock_configuration = false",
              "SET memory_limit = '100GB'",
              "DELETE FROM events",
              "DROP TABLE events",
              "CREATE TABLE other AS SELECT 1",
              "EXPORT DATABASE '" + folder + "'")) {
        assertThatThrownBy(() -> table.ask(statement, LIMITS))
            .as(statement)
            .isInstanceOf(EventTable.StatementException.class);
      }
      assertThat(out).doesNotExist();
      // The control, and that nothing of it changed the table.
      assertThat(table.ask("SELECT count(*) FROM events", LIMITS).rows())
          .containsExactly(List.of("20"));
    }
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    try (EventTable table = table()) {
      assertThatThrownBy(() -> table.ask("SELECT mailbox FROM events", LIMITS))
          .isInstanceOf(EventTable.StatementException.class)
          .hasMessageContaining("mailbox");
      assertThatThrownBy(() -> table.ask("SELEC 1", LIMITS))
          .isInstanceOf(EventTable.StatementException.class)
          .hasMessageContaining("SELEC");
    }
  }

  @Test
  void aBombIsEnded() throws Exception {
    try (EventTable table = table()) {
      assertThatThrownBy(
              () ->
                  table.ask(
                      "SELECT sum(range) FROM range(100000000000000)",
                      new EventTable.Limits(10, Duration.ofSeconds(1), 256)))
          .isInstanceOf(EventTable.StatementException.class)
          .hasMessageContaining("longer than 1 s");
      assertThatThrownBy(
              () ->
                  table.ask(
                      "SELECT string_agg(range::VARCHAR || repeat('x', 1000), '') FROM range(10000000)",
                      LIMITS))
          .isInstanceOf(EventTable.StatementException.class)
          .hasMessageContaining("more than 256 MiB");
    }
  }
}
