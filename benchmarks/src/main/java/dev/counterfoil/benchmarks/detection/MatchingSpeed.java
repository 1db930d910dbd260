package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.benchmarks.run.Growth;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.judging.Judgement;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TokenDraft;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How many sightings a core matches while a custodian holds so many live tokens. The issuer is in
 * memory and forgets what it gave; custody on disk, judge and database are the monitor's own.
 */
final class MatchingSpeed implements AutoCloseable {
  private static final int FILLED_AT_ONCE = 10_000;
  private static final int JUDGED = 200_000;
  private static final int TOKENS = 50_000;
  private static final int STORED = 20_000;

  /** Most of a batch that a reporter sends. */
  private static final int BATCH = 256;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-06-01T12:00:00Z"));
  private final RecordedIssuer issuer =
      new RecordedIssuer("enterprise", "https://enterprise.example", clock);
  private final TestMonitor monitor;
  private final SplittableRandom random = new SplittableRandom(1);
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  MatchingSpeed(Path folder) throws IOException {
    monitor = new TestMonitor(clock, folder, issuer);
  }

  /** Grows to each size, and measures there. */
  void measure(List<Integer> sizes, RunReport report) throws IOException, FormatException {
    RunReport.Table table =
        report.table(
            "live tokens",
            "sightings matched/s of a core",
            "µs for one",
            "taken in, matched and settled/s of a core",
            "µs for one of those");
    for (int size : sizes) {
      grow(size);
      List<Sighting> seen = seen(TOKENS);
      // The first pass is for the compiler and the page cache.
      var _ = judged(seen);
      double each = judged(seen);
      store(seen.subList(0, STORED / 4));
      double stored = store(seen.subList(STORED / 4, STORED / 4 + STORED));
      table.row(size, 1 / each, each * 1e6, 1 / stored, stored * 1e6);
    }
    report.note(
        "Matching: %,d sightings of %,d tokens at random positions, on one thread: the digest of each is compared with"
            + " the one that custody has at the token's position, on disk. A core is a second of processor time. Database: SQLite, batches of"
            + " %d, all threads of the process counted",
        JUDGED, TOKENS, BATCH);
  }

  private void grow(int size) throws IOException {
    while (issuer.size(RecordedIssuer.LOG) < size) {
      long from = issuer.size(RecordedIssuer.LOG);
      for (long at = from; at < Math.min(size, from + FILLED_AT_ONCE); at++) {
        var _ = issuer.keep(draft(at));
      }
      monitor.follow();
      issuer.forgetGiven(from, issuer.size(RecordedIssuer.LOG));
    }
  }

  /** The same for a position whenever it is asked. */
  private TokenDraft draft(long position) {
    return issuer
        .draft(issuer.key, RecordedIssuer.LOG, position)
        .claim("sub", "s" + position)
        .claim("tenant", position % 2 == 0 ? "acme" : "globex")
        .claim("client_id", "web-mail");
  }

  private List<Sighting> seen(int count) throws FormatException {
    List<Sighting> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String token =
          draft(random.nextLong(issuer.size(RecordedIssuer.LOG))).signingInput()
              + "."
              + "A".repeat(86);
      Sighting.Use use = new Sighting.Use("mail", "inbox/" + i, "read", "192.0.2.1");
      all.add(ShownToken.sighting(token, clock.instant(), Sighting.ACCEPTED, use, null));
    }
    return all;
  }

  /** Seconds of processor time for one. */
  private double judged(List<Sighting> seen) throws IOException {
    long begun = threads.getCurrentThreadCpuTime();
    for (int done = 0; done < JUDGED; done += seen.size()) {
      for (Sighting one : seen) {
        if (!(monitor.judge(one) instanceof Judgement.Matched)) {
          throw new IllegalStateException("an issued token was not matched");
        }
      }
    }
    return (threads.getCurrentThreadCpuTime() - begun) / 1e9 / JUDGED;
  }

  /** The same where each is kept before, and what it came to after. */
  private double store(List<Sighting> seen) throws IOException {
    long begun = Growth.processorNanos();
    for (int from = 0; from < seen.size(); from += BATCH) {
      monitor.report(seen.subList(from, Math.min(seen.size(), from + BATCH)));
      if (monitor.match() > 0) {
        throw new IllegalStateException("a sighting waits");
      }
    }
    monitor.judged.clear();
    return (Growth.processorNanos() - begun) / 1e9 / seen.size();
  }

  @Override
  public void close() throws IOException {
    monitor.close();
  }
}
