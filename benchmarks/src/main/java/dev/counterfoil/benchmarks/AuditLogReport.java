package dev.counterfoil.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What a run of the audit log's benchmark found. What was not measured is empty or zero.
 *
 * @param eventBytes average length of an event as it is sent
 * @param takenMicros processor time of an event in process: taken, made durable and found
 * @param made how many events of the store were made; those beyond are copies
 * @param samples cost of an event in the store while it grew
 */
record AuditLogReport(
    int events,
    int seconds,
    double eventBytes,
    List<AuditIntake.Row> intake,
    double takenMicros,
    List<Rate> export,
    int made,
    List<LogReport.Sample> samples,
    int files,
    double bytesPerEvent,
    List<Times> times,
    String postgres,
    int postgresEvents,
    double postgresIntake,
    double postgresBytesPerEvent,
    List<Times> postgresTimes,
    Machine machine,
    String command) {

  /**
   * How fast something goes.
   *
   * @param processorMicros for one event, all threads
   */
  record Rate(String what, double perSecond, double processorMicros) {}

  /** Times of searches. */
  record Times(String what, int count, double p50Millis, double p95Millis, double maxMillis) {
    static Times of(String what, long[] nanos) {
      long[] sorted = nanos.clone();
      Arrays.sort(sorted);
      return new Times(
          what,
          sorted.length,
          Outcome.round(sorted[sorted.length / 2] / 1e6, 2),
          Outcome.round(sorted[(int) Math.ceil(sorted.length * 0.95) - 1] / 1e6, 2),
          Outcome.round(sorted[sorted.length - 1] / 1e6, 2));
    }
  }

  /** Collects it. */
  static final class Builder {
    double eventBytes;
    final List<AuditIntake.Row> intake = new ArrayList<>();
    double takenMicros;
    final List<Rate> export = new ArrayList<>();
    int made;
    List<LogReport.Sample> samples = List.of();
    int files;
    double bytesPerEvent;
    final List<Times> times = new ArrayList<>();
    String postgres = "";
    int postgresEvents;
    double postgresIntake;
    double postgresBytesPerEvent;
    final List<Times> postgresTimes = new ArrayList<>();

    void times(String what, long[] nanos) {
      times.add(Times.of(what, nanos));
    }

    void postgresTimes(String what, long[] nanos) {
      postgresTimes.add(Times.of(what, nanos));
    }

    AuditLogReport build(int events, int seconds, Machine machine, String command) {
      return new AuditLogReport(
          events,
          seconds,
          eventBytes,
          intake,
          takenMicros,
          export,
          made,
          samples,
          files,
          bytesPerEvent,
          times,
          postgres,
          postgresEvents,
          postgresIntake,
          postgresBytesPerEvent,
          postgresTimes,
          machine,
          command);
    }
  }

  /** Cost of an event against the store's size, as SVG. */
  String plot() {
    return new LinePlot(
            "Cost of an event while the store grows",
            "Microseconds for one event, and microseconds of processor time, against the number of events in the store. The table beside the picture has the figures.",
            "events in the store",
            List.of(
                curve("µs for one event", "#047857", false, LogReport.Sample::micros),
                curve(
                    "µs of processor time, all threads (dashed)",
                    "#b45309",
                    true,
                    LogReport.Sample::processorMicros)))
        .svg();
  }

  private LinePlot.Curve curve(
      String label, String colour, boolean isDashed, ToDoubleFunction<LogReport.Sample> value) {
    return new LinePlot.Curve(
        label,
        colour,
        isDashed,
        samples.stream()
            .map(sample -> new LinePlot.Point(sample.size(), value.applyAsDouble(sample)))
            .toList());
  }

  /** The report as Markdown. */
  String text() {
    Formatter text = new Formatter(Locale.ROOT);
    intake(text);
    rates(text);
    searches(text);
    store(text);
    text.format("%s", machine.line());
    text.format("- Again: `%s`%n", command);
    return text.toString();
  }

  private void intake(Formatter text) {
    if (intake.isEmpty()) {
      return;
    }
    text.format(
        "| taken over HTTP | connections | events/s | p50 ms | p99 ms | µs of the monitor for an event |%n");
    text.format("|---|--:|--:|--:|--:|--:|%n");
    for (AuditIntake.Row row : intake) {
      text.format(
          "| %s | %d | %,.0f | %.2f | %.2f | %.1f |%n",
          row.batch() == 1 ? "one by one" : "batches of " + row.batch(),
          row.connections(),
          row.eventsPerSecond(),
          row.p50Millis(),
          row.p99Millis(),
          row.monitorMicros());
    }
    if (postgresIntake > 0) {
      text.format("| PostgreSQL, batches of 100 over JDBC | 4 | %,.0f | | | |%n", postgresIntake);
    }
    text.format("%n");
  }

  private void rates(Formatter text) {
    if (export.isEmpty()) {
      return;
    }
    text.format("| what | events/s | µs of processor time for an event |%n|---|--:|--:|%n");
    text.format("| taken, durable and found, in process | | %.1f |%n", takenMicros);
    for (Rate rate : export.subList(Math.max(0, export.size() - 2), export.size())) {
      text.format("| %s | %,.0f | %.2f |%n", rate.what(), rate.perSecond(), rate.processorMicros());
    }
    text.format("%n");
  }

  private void searches(Formatter text) {
    if (times.isEmpty() && postgresTimes.isEmpty()) {
      return;
    }
    text.format(
        "| search, store of %,d events | times | p50 ms | p95 ms | max ms |%n|---|--:|--:|--:|--:|%n",
        events);
    for (Times one : times) {
      row(text, one.what(), one);
    }
    for (Times one : postgresTimes) {
      row(text, "PostgreSQL: " + one.what(), one);
    }
    text.format("%n");
  }

  private static void row(Formatter text, String what, Times one) {
    text.format(
        "| %s | %d | %.2f | %.2f | %.2f |%n",
        what, one.count(), one.p50Millis(), one.p95Millis(), one.maxMillis());
  }

  private void store(Formatter text) {
    if (!samples.isEmpty()) {
      text.format(
          "![Time and processor time for one event while the store grows](pictures/audit-log-cost.svg)%n%n");
      text.format("| grown to | µs for one event | µs of processor time |%n|--:|--:|--:|%n");
      for (LogReport.Sample sample : samples) {
        text.format(
            "| %,d | %.2f | %.2f |%n", sample.size(), sample.micros(), sample.processorMicros());
      }
      text.format("%n- Up to %,d: making the events is in these.", made);
      text.format(
          events > made
              ? " Beyond: rows are copied, at later times and with other tokens, and written and merged as all are.%n"
              : "%n");
      text.format(
          "- Store: %.1f bytes for one event in %d files, salt, order and bloom filters included.%n",
          bytesPerEvent, files);
    }
    if (postgresBytesPerEvent > 0) {
      text.format(
          "- PostgreSQL %s: %,d events, %.1f bytes for one with its indexes.%n",
          postgres, postgresEvents, postgresBytesPerEvent);
    }
    if (eventBytes > 0) {
      text.format("- An event as it is sent: %.0f bytes.%n", eventBytes);
    }
  }
}
