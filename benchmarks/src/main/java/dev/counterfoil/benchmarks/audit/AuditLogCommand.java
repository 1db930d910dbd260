package dev.counterfoil.benchmarks.audit;

import dev.counterfoil.audit.store.StoreBench;
import dev.counterfoil.benchmarks.audit.ReceivedMail.Asked;
import dev.counterfoil.benchmarks.run.Growth;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.format.audit.AuditEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the audit log's store, and PostgreSQL beside it. */
@Command(
    name = "audit-log",
    description = {
      "Grows the store of the audit log to a size: what an event costs and takes, and three searches; then the same searches",
      "in PostgreSQL, with as many events and 10,000,000 at most."
    })
public final class AuditLogCommand extends Measurement {
  /** Beyond, events are copies at later times and with other tokens. */
  private static final int MADE_MAX = 1_000_000;

  private static final int PEER_MAX = 10_000_000;
  private static final long FIRST_TICK = 100_000;
  private static final double TICK_FACTOR = Math.pow(10, 0.25);

  @Option(
      names = "--events",
      defaultValue = "100000",
      description = "Events of the store, 10000 and more (default: ${DEFAULT-VALUE}).")
  private int events;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(events >= 10_000, "want 10000 events at least");
    RunReport.Table searches =
        SearchTimes.table(report, "search, store of %,d events".formatted(events));
    List<Asked> asked = new ArrayList<>();
    try (StoreBench store = StoreBench.open(folder.resolve("store"))) {
      grow(store, asked, report);
      SearchTimes.rows(
          searches,
          "",
          asked,
          one -> store.search("bench", one.tenant(), Map.of("token", one.token())),
          one -> store.search("bench", one.tenant(), week(one)));
    }
    int count = Math.min(events, PEER_MAX);
    try (PostgresPeer peer = PostgresPeer.fill(folder, count, asked)) {
      SearchTimes.rows(searches, "PostgreSQL: ", asked, peer::token, peer::week);
      report.note(
          "PostgreSQL %s: %,d events, %.1f bytes for one with its indexes",
          peer.said("SHOW server_version"), count, peer.bytesPerEvent());
    }
  }

  private void grow(StoreBench store, List<Asked> asked, RunReport report) throws Exception {
    int own = Math.min(events, MADE_MAX);
    long spanMillis = ReceivedMail.SPAN_MS * own / events;
    BlockingQueue<List<AuditEvent>> queue = ReceivedMail.made(own, spanMillis, asked);
    List<long[]> ticks = new ArrayList<>();
    while (store.size() < own) {
      store.add(queue.take());
      ticks.add(Growth.tick(store.size()));
    }
    if (own < events) {
      store.keepToCopy(spanMillis);
      // Keeping them is no event's cost.
      ticks.set(ticks.size() - 1, Growth.tick(store.size()));
    }
    while (store.size() < events) {
      store.addCopies();
      ticks.add(Growth.tick(store.size()));
    }
    store.compact();
    ticks.set(ticks.size() - 1, Growth.tick(store.size()));
    RunReport.Table table = report.table("grown to", "µs for one event", "µs of processor time");
    Growth.of(apart(ticks))
        .forEach(cost -> table.row(cost.size(), cost.micros(), cost.processorMicros()));
    report.note(
        "Up to %,d: making the events is in these. Beyond: rows are copied, at later times and with other tokens, and written and merged as all are",
        own);
    report.note(
        "Store: %.1f bytes for one event in %d files, salt, order and bloom filters included",
        (double) store.bytes() / store.size(), store.files());
  }

  /** Four in a decade, from 100,000 on: what is between two has its share of files and merges. */
  private static List<long[]> apart(List<long[]> ticks) {
    List<long[]> apart = new ArrayList<>();
    long next = 0;
    for (long[] tick : ticks) {
      if (tick[0] >= next || tick[0] == ticks.getLast()[0]) {
        apart.add(tick);
        next = Math.max(FIRST_TICK, Math.round(tick[0] * TICK_FACTOR));
      }
    }
    return apart;
  }

  private static Map<String, String> week(Asked one) {
    return Map.of(
        "entity",
        one.entity(),
        "from",
        Long.toString(one.weekFrom()),
        "to",
        Long.toString(one.weekTo()));
  }
}
