package dev.counterfoil.benchmarks;

import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/**
 * What loading the audit log found. What was not measured is empty or zero.
 *
 * @param events how many were taken in process, exported and verified
 * @param eventBytes average length of an event as it is sent
 * @param times over HTTP
 * @param takenMicros processor time of an event in process: taken, made durable and found
 * @param postgresEvents how many PostgreSQL held before it took more
 * @param postgresIntake events a second that it took
 */
record AuditIntakeReport(
    int events,
    int seconds,
    double eventBytes,
    List<AuditIntake.Row> intake,
    List<SearchTimes> times,
    double takenMicros,
    List<AuditExport.Rate> export,
    String postgres,
    int postgresEvents,
    double postgresIntake,
    Machine machine,
    String command) {

  /** Collects it. */
  static final class Builder {
    double eventBytes;
    final List<AuditIntake.Row> intake = new ArrayList<>();
    final List<SearchTimes> times = new ArrayList<>();
    double takenMicros;
    List<AuditExport.Rate> export = List.of();
    String postgres = "";
    int postgresEvents;
    double postgresIntake;

    AuditIntakeReport build(int events, int seconds, Machine machine, String command) {
      return new AuditIntakeReport(
          events,
          seconds,
          eventBytes,
          intake,
          times,
          takenMicros,
          export,
          postgres,
          postgresEvents,
          postgresIntake,
          machine,
          command);
    }
  }

  /** The report as Markdown. */
  String text() {
    Formatter text = new Formatter(Locale.ROOT);
    intake(text);
    times(text);
    rates(text);
    if (eventBytes > 0) {
      text.format("- An event as it is sent: %.0f bytes.%n", eventBytes);
    }
    if (postgresIntake > 0) {
      text.format(
          "- PostgreSQL %s held %,d events with their indexes before.%n", postgres, postgresEvents);
    }
    text.format("%s", machine.line());
    text.format("- Again: `%s`%n", command);
    return text.toString();
  }

  private void intake(Formatter text) {
    if (intake.isEmpty() && postgresIntake == 0) {
      return;
    }
    text.format(
        "| taken in | connections | events/s | p50 ms | p99 ms | µs of the monitor for an event | µs of the load generator |%n");
    text.format("|---|--:|--:|--:|--:|--:|--:|%n");
    for (AuditIntake.Row row : intake) {
      text.format(
          "| over HTTP, %s | %d | %,.0f | %.2f | %.2f | %.1f | %.1f |%n",
          row.batch() == 1 ? "one by one" : "batches of " + row.batch(),
          row.connections(),
          row.eventsPerSecond(),
          row.p50Millis(),
          row.p99Millis(),
          row.monitorMicros(),
          row.generatorMicros());
    }
    if (postgresIntake > 0) {
      text.format(
          "| PostgreSQL, batches of %d over JDBC | %d | %,.0f | | | | |%n",
          AuditIntakeCommand.BATCH, PostgresPeer.WRITERS, postgresIntake);
    }
    text.format("%n");
  }

  private void times(Formatter text) {
    if (times.isEmpty()) {
      return;
    }
    text.format("| over HTTP | times | p50 ms | p95 ms | max ms |%n|---|--:|--:|--:|--:|%n");
    for (SearchTimes one : times) {
      one.row(text, "");
    }
    text.format("%n");
  }

  private void rates(Formatter text) {
    if (export.isEmpty()) {
      return;
    }
    text.format(
        "| %,d events | events/s | µs of processor time for an event |%n|---|--:|--:|%n", events);
    text.format("| taken, durable and found, in process | | %.1f |%n", takenMicros);
    for (AuditExport.Rate rate : export) {
      text.format("| %s | %,.0f | %.2f |%n", rate.what(), rate.perSecond(), rate.processorMicros());
    }
    text.format("%n");
  }
}
