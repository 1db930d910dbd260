package dev.counterfoil.benchmarks.audit;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.benchmarks.run.Growth;
import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what the audit log takes in and gives out, and PostgreSQL's intake beside it. */
@Command(
    name = "audit-intake",
    description = {
      "Loads an installation's audit log over HTTP, in batches and one by one, and looks events up; then takes events in",
      "process, exports them with proofs and verifies the export; then has PostgreSQL take events."
    })
public final class AuditIntakeCommand extends Measurement {
  /** Events of a request, and of a transaction of PostgreSQL. */
  private static final int BATCH = 100;

  /** Events that PostgreSQL holds before it takes more. */
  private static final int PEER_EVENTS = 100_000;

  private static final int EXPORTS = 3;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Length of each load, after half of it to warm up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--events",
      defaultValue = "300000",
      description =
          "Events that are taken in process, exported and verified, 10000 and more (default: ${DEFAULT-VALUE}).")
  private int events;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(events >= 10_000 && seconds >= 2, "want 10000 events and 2 seconds at least");
    RunReport.Table taken =
        report.table(
            "taken in",
            "connections",
            "events/s",
            "p50 ms",
            "p99 ms",
            "µs of the monitor for an event",
            "µs of the load generator");
    try (CounterfoilServer server = CounterfoilServer.start(folder)) {
      AuditIntake intake = new AuditIntake(folder, server);
      intake.load("over HTTP, batches of " + BATCH, BATCH, 8, seconds, taken);
      intake.load("over HTTP, one by one", 1, 64, seconds, taken);
      RunReport.Table times = SearchTimes.table(report, "over HTTP");
      SearchTimes.row(times, "from the answer to a source until found", intake.freshness());
      SearchTimes.row(times, "token, and the look itself recorded", intake.lookups());
    }
    inProcess(folder, report);
    try (PostgresPeer peer = PostgresPeer.fill(folder, PEER_EVENTS, new ArrayList<>())) {
      taken.row(
          "PostgreSQL, batches of %d over JDBC".formatted(BATCH),
          PostgresPeer.WRITERS,
          peer.intake(BATCH, Duration.ofSeconds(seconds)),
          "",
          "",
          "",
          "");
      report.note(
          "PostgreSQL %s held %,d events with their indexes before",
          peer.said("SHOW server_version"), PEER_EVENTS);
    }
  }

  /** One tenant's events, taken by an audit log in this process, exported and verified. */
  private void inProcess(Path folder, RunReport report) throws Exception {
    RunReport.Table table =
        report.table("%,d events".formatted(events), "events/s", "µs of processor time for one");
    Path bundle = folder.resolve("bundle.ndjson");
    Auditor.Settings settings =
        new Auditor.Settings(folder.resolve("audit"), "bench.example/audit", Integer.MAX_VALUE);
    try (Auditor auditor =
        Auditor.start(
            settings,
            InstantSource.system(),
            new SecureRandom(),
            failed -> failed.printStackTrace())) {
      timed(table, "taken, durable and found, in process", () -> take(auditor));
      for (int round = 1; round < EXPORTS; round++) {
        export(auditor, bundle);
        verify(auditor, bundle);
      }
      timed(table, "export with proofs", () -> export(auditor, bundle));
      timed(table, "verification of an export", () -> verify(auditor, bundle));
      report.note("An event of an export: %d bytes", Files.size(bundle) / events);
    }
  }

  /** What is done to all events. */
  @FunctionalInterface
  private interface Work {
    void act() throws Exception;
  }

  private void timed(RunReport.Table table, String what, Work work) throws Exception {
    long begun = System.nanoTime();
    long used = Growth.processorNanos();
    work.act();
    table.row(
        what,
        events * 1e9 / (System.nanoTime() - begun),
        (Growth.processorNanos() - used) / 1000.0 / events);
  }

  private void take(Auditor auditor) throws IOException, InterruptedException {
    MailAccess access = ReceivedMail.access(events, ReceivedMail.SPAN_MS);
    Source source = new Source("bench", "mail", Optional.empty());
    for (int done = 0; done < events; done += ReceivedMail.AT_ONCE) {
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < ReceivedMail.AT_ONCE; i++) {
        // All of one tenant, which is the most that an export can be of.
        lines.append(AuditIntake.ofTenant(access.next().toString())).append('\n');
      }
      IntakeAnswer answer = auditor.take(source, lines.toString().getBytes(StandardCharsets.UTF_8));
      if (!(answer instanceof IntakeAnswer.Taken taken)
          || taken.recorded() != ReceivedMail.AT_ONCE) {
        throw new IllegalStateException("events were not taken: " + answer);
      }
    }
    while (auditor.indexed() < auditor.size()) {
      Thread.sleep(20);
    }
  }

  private static void export(Auditor auditor, Path bundle) throws Exception {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(bundle), 1 << 16)) {
      auditor.export(
          new Fence("bench", CounterfoilServer.TENANT),
          EventQuery.parse(name -> name.equals("class") ? Optional.of("6005") : Optional.empty()),
          new Reader("bench", Optional.empty(), Optional.empty()),
          out);
    }
  }

  private void verify(Auditor auditor, Path bundle) throws Exception {
    try (InputStream in = Files.newInputStream(bundle)) {
      if (AuditBundle.check(in, auditor.key()).events() < events) {
        throw new IllegalStateException("events are missing in an export");
      }
    }
  }
}
