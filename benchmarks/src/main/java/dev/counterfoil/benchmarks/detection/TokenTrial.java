package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.judging.Judgement;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Has the monitor's matching look at tokens that people show, among them forged ones. The issuer
 * keeps its counterfoils in memory; custodian, matching and findings are the monitor's own.
 */
final class TokenTrial implements AutoCloseable {
  /** Most honest tokens: their issuer has all of them in memory. */
  private static final int TOKENS_MAX = 100_000;

  private static final int BATCH = 500;

  /** So many of a batch reach the custodian after they were seen. */
  private static final int LATE = 5;

  private static final Instant NOW = Instant.ofEpochMilli(PeopleWorld.measuredFrom());

  private final SettableClock clock = new SettableClock(NOW);
  private final RecordedIssuer enterprise =
      new RecordedIssuer("enterprise", "https://enterprise.example", clock);
  private final RecordedIssuer consumer =
      new RecordedIssuer("consumer", "https://consumer.example", clock);
  private final TestKeys.Es256 old = new TestKeys.Es256();
  private final TestMonitor monitor;
  private final int tokens;
  private final int attacks;
  private final double lost;
  private final SplittableRandom random;

  /** Forged tokens that were reported, and those whose report got lost. */
  private final Map<Hash, Shape> hostile = new HashMap<>();

  private final Map<Hash, Instant> reportedAt = new HashMap<>();
  private final Map<Shape, List<Long>> delays = new HashMap<>();
  private int falseAlarms;
  private int shown;

  TokenTrial(Path folder, int people, int attacks, double lost, long seed) throws IOException {
    this.tokens = Math.min(people, TOKENS_MAX);
    this.attacks = attacks;
    this.lost = lost;
    this.random = new SplittableRandom(seed + 2);
    enterprise.issuer.state(
        enterprise.statement(old, RecordedIssuer.LOG).toBuilder()
            .active(NOW.minus(Duration.ofDays(9)), NOW.minus(Duration.ofDays(8)))
            .verifyUntil(NOW.minus(Duration.ofDays(8)).plus(Duration.ofHours(2)))
            .build());
    enterprise.issuer.publish();
    monitor = new TestMonitor(clock, folder, enterprise, consumer);
  }

  void run() throws IOException, FormatException {
    monitor.follow();
    int each = Math.max(1, tokens / attacks);
    for (int from = 0; from < tokens; from += BATCH) {
      List<Sighting> seen = new ArrayList<>();
      List<TokenDraft> late = new ArrayList<>();
      for (int person = from; person < Math.min(tokens, from + BATCH); person++) {
        boolean isLate = person >= from + BATCH - LATE;
        TokenDraft draft = draft(person, enterprise.key, position(late.size()));
        if (isLate) {
          late.add(draft);
          see(unsigned(draft), Sighting.ACCEPTED, seen);
        } else {
          see(enterprise.keep(draft), Sighting.ACCEPTED, seen);
        }
        if (person % 50 == 0) {
          // Anybody can make up a token that is refused.
          see(unsigned(draft(-1 - person, old, 0)), "signature-invalid", seen);
        }
        if (person % each == 0 && person / each < attacks) {
          forge(Shape.OLD_KEY, person, old, seen);
          forge(Shape.CONSUMER_KEY, person, consumer.key, seen);
        }
      }
      Instant at = clock.instant();
      seen.forEach(one -> reportedAt.put(one.token().digest(), at));
      monitor.report(seen);
      monitor.match();
      late.forEach(enterprise::keep);
      monitor.settle();
      judged();
      reportedAt.keySet().retainAll(hostile.keySet());
    }
    monitor.settle();
    judged();
  }

  private long position(int late) {
    return enterprise.size(RecordedIssuer.LOG) + late;
  }

  private TokenDraft draft(int person, TestKeys.Es256 key, long position) {
    return enterprise
        .draft(key, RecordedIssuer.LOG, position)
        .claim("sub", "s" + person)
        .claim("tenant", person % 2 == 0 ? "acme" : "globex")
        .claim("client_id", "web-mail");
  }

  private static String unsigned(TokenDraft draft) {
    return draft.signingInput() + "." + "A".repeat(86);
  }

  /** Where an honest token stands, or past all of them. */
  private void forge(Shape shape, int person, TestKeys.Es256 key, List<Sighting> seen)
      throws FormatException {
    long size = enterprise.size(RecordedIssuer.LOG);
    long position = random.nextBoolean() ? random.nextLong(size + 1) : size + 100_000;
    String token = draft(person, key, position).signed(key);
    hostile.put(CompactToken.parse(token).digest(), shape);
    see(token, Sighting.ACCEPTED, seen);
  }

  /** A service reports a token; it does not check where it was recorded. */
  private void see(String token, String outcome, List<Sighting> seen) throws FormatException {
    shown++;
    if (lost > 0 && random.nextDouble() < lost) {
      return;
    }
    seen.add(ShownToken.sighting(token, clock.instant(), outcome, Sighting.Use.at("mail"), null));
  }

  private void judged() {
    for (Judgement one : monitor.judged) {
      if (one instanceof Judgement.Found found) {
        Hash digest = found.subject().digest();
        Shape shape = digest == null ? null : hostile.get(digest);
        if (shape == null) {
          falseAlarms++;
        } else {
          long delay = Duration.between(reportedAt.get(digest), clock.instant()).toMillis();
          delays.computeIfAbsent(shape, _ -> new ArrayList<>()).add(delay);
        }
      }
    }
    monitor.judged.clear();
  }

  /** The share of a shape's forged tokens that were found. */
  double recall(Shape shape) {
    long forged = hostile.values().stream().filter(one -> one == shape).count();
    return (double) delays.getOrDefault(shape, List.of()).size() / forged;
  }

  /** Findings about honest tokens, and about what is only noise. */
  int falseAlarms() {
    return falseAlarms;
  }

  /** Writes what was found. */
  void report(RunReport report) {
    RunReport.Table table =
        report.table("forged tokens", "shown", "found", "recall", "delay p95, s", "false alarms");
    for (Shape shape : Shape.values()) {
      if (shape.isOfTokens()) {
        long forged = hostile.values().stream().filter(one -> one == shape).count();
        List<Long> found = delays.getOrDefault(shape, List.of()).stream().sorted().toList();
        table.row(
            shape.text(),
            forged,
            found.size(),
            recall(shape),
            found.isEmpty() ? "-" : found.get(found.size() * 95 / 100) / 1000.0,
            falseAlarms);
      }
    }
    report.note(
        "Matching: %,d tokens were shown, %,d of them recorded; the delay is that of a monitor that waits a second for a record that may come",
        shown, tokens);
  }

  @Override
  public void close() throws IOException {
    monitor.close();
  }
}
