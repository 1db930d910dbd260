package dev.counterfoil.benchmarks;

import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What growing the audit log's store found. What was not measured is empty or zero.
 *
 * @param made how many events of the store were made; those beyond are copies
 * @param samples cost of an event in the store while it grew
 * @param grownOn where and when, if not in this run
 * @param postgresIntake events a second that PostgreSQL takes beside those that it has
 */
record AuditLogReport(
    int events,
    int seconds,
    int made,
    List<LogReport.Sample> samples,
    int files,
    double bytesPerEvent,
    @Nullable Machine grownOn,
    List<SearchTimes> times,
    String postgres,
    int postgresEvents,
    double postgresIntake,
    double postgresBytesPerEvent,
    List<SearchTimes> postgresTimes,
    Machine machine,
    String command) {

  /** Collects it. */
  static final class Builder {
    int made;
    List<LogReport.Sample> samples = List.of();
    int files;
    double bytesPerEvent;
    @Nullable Machine grownOn;
    final List<SearchTimes> times = new ArrayList<>();
    String postgres = "";
    int postgresEvents;
    double postgresIntake;
    double postgresBytesPerEvent;
    List<SearchTimes> postgresTimes = List.of();

    void grown(GrownStore store, boolean before) {
      made = store.made();
      samples = store.samples();
      files = store.files();
      bytesPerEvent = store.bytesPerEvent();
      grownOn = before ? store.machine() : null;
    }

    AuditLogReport build(int events, int seconds, Machine machine, String command) {
      return new AuditLogReport(
          events,
          seconds,
          made,
          samples,
          files,
          bytesPerEvent,
          grownOn,
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
    searches(text);
    store(text);
    text.format("%s", machine.line());
    text.format("- Again: `%s`%n", command);
    return text.toString();
  }

  private void searches(Formatter text) {
    if (times.isEmpty() && postgresTimes.isEmpty()) {
      return;
    }
    text.format(
        "| search, store of %,d events | times | p50 ms | p95 ms | max ms |%n|---|--:|--:|--:|--:|%n",
        events);
    for (SearchTimes one : times) {
      one.row(text, "");
    }
    for (SearchTimes one : postgresTimes) {
      one.row(text, "PostgreSQL: ");
    }
    text.format("%n");
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
      if (grownOn != null) {
        text.format(
            "- It had been grown before this run, begun at %s with a load average of %.2f; what it cost is from then.%n",
            grownOn.at(), grownOn.load());
      }
    }
    if (postgresBytesPerEvent > 0) {
      text.format(
          "- PostgreSQL %s: %,d events, %.1f bytes for one with its indexes.%n",
          postgres, postgresEvents, postgresBytesPerEvent);
    }
  }
}
