package dev.counterfoil.benchmarks;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.bytes.FormatException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * One tenant's events, taken by an audit log in this process, exported with proofs and verified.
 *
 * @param takenMicros processor time of an event in process: taken, made durable and found
 * @param rates of the last round
 */
record AuditExport(double takenMicros, List<Rate> rates) {
  private static final int ROUNDS = 3;

  /**
   * How fast something goes.
   *
   * @param processorMicros for one event, all threads
   */
  record Rate(String what, double perSecond, double processorMicros) {}

  static AuditExport measure(Path folder, int count)
      throws IOException, InterruptedException, FormatException {
    Path bundle = folder.resolveSibling("bundle.ndjson");
    Auditor.Settings settings =
        new Auditor.Settings(folder, "bench.example/audit", Integer.MAX_VALUE);
    try (Auditor auditor =
        Auditor.start(
            settings,
            InstantSource.system(),
            new SecureRandom(),
            failed -> failed.printStackTrace())) {
      double micros = take(auditor, count);
      List<Rate> rates = List.of();
      for (int round = 0; round < ROUNDS; round++) {
        rates = List.of(export(auditor, bundle, count), verify(auditor, bundle, count));
      }
      return new AuditExport(micros, rates);
    } finally {
      Files.deleteIfExists(bundle);
    }
  }

  private static double take(Auditor auditor, int count) throws IOException, InterruptedException {
    MailAccess access = ReceivedMail.access(count);
    Source source = new Source("bench", "mail", Optional.empty());
    double before = OwnProcessorTime.seconds();
    for (int done = 0; done < count; done += ReceivedMail.AT_ONCE) {
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < ReceivedMail.AT_ONCE; i++) {
        // All of one tenant, which is the most that an export can be of.
        lines
            .append(
                access
                    .next()
                    .toString()
                    .replaceFirst("\"tenant_uid\":\"[^\"]*\"", "\"tenant_uid\":\"acme\""))
            .append('\n');
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
    return LoadOutcome.round((OwnProcessorTime.seconds() - before) * 1e6 / count, 1);
  }

  private static Rate export(Auditor auditor, Path bundle, int count)
      throws IOException, FormatException {
    long begun = System.nanoTime();
    double before = OwnProcessorTime.seconds();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(bundle), 1 << 16)) {
      auditor.export(
          new Fence("bench", "acme"),
          EventQuery.parse(name -> name.equals("class") ? Optional.of("6005") : Optional.empty()),
          new Reader("bench", Optional.empty(), Optional.empty()),
          out);
    }
    return rate(
        "export with proofs, " + Files.size(bundle) / count + " bytes an event",
        count,
        begun,
        before);
  }

  private static Rate verify(Auditor auditor, Path bundle, int count)
      throws IOException, FormatException {
    long begun = System.nanoTime();
    double before = OwnProcessorTime.seconds();
    try (InputStream in = Files.newInputStream(bundle)) {
      if (AuditBundle.check(in, auditor.key()).events() < count) {
        throw new IllegalStateException("events are missing in an export");
      }
    }
    return rate("verification of an export", count, begun, before);
  }

  private static Rate rate(String what, int count, long begun, double before) {
    return new Rate(
        what,
        LoadOutcome.round(count / ((System.nanoTime() - begun) / 1e9), 0),
        LoadOutcome.round((OwnProcessorTime.seconds() - before) * 1e6 / count, 2));
  }
}
