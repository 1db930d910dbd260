package dev.counterfoil.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures what the audit log takes in and gives out, and PostgreSQL's intake beside it. */
@Command(
    name = "audit-intake",
    mixinStandardHelpOptions = true,
    description = {
      "Loads an installation's audit log over HTTP, in batches and one by one, and looks events up; then takes events in",
      "process, exports them with proofs and verifies the export; then has PostgreSQL take events."
    })
final class AuditIntakeCommand implements Callable<Integer> {
  /** Events of a request, and of a transaction of PostgreSQL. */
  static final int BATCH = 100;

  private static final int BATCH_CONNECTIONS = 8;
  private static final int SINGLE_CONNECTIONS = 64;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

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

  @Option(
      names = "--peer-events",
      defaultValue = "100000",
      description =
          "Events that PostgreSQL holds before it takes more, 10000 and more (default: ${DEFAULT-VALUE}).")
  private int peerEvents;

  @Option(
      names = "--parts",
      split = ",",
      defaultValue = "http,export,postgres",
      description = "What to measure (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private List<String> parts;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  private final AuditIntakeReport.Builder report = new AuditIntakeReport.Builder();

  @Override
  public Integer call() throws Exception {
    if (events < 10_000 || peerEvents < 10_000 || seconds < 2) {
      throw new IllegalArgumentException("want 10000 events and 2 seconds at least");
    }
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      if (parts.contains("http")) {
        overHttp(folder.path());
      }
      if (parts.contains("export")) {
        AuditExport export = AuditExport.measure(folder.path().resolve("audit"), events);
        report.takenMicros = export.takenMicros();
        report.export = export.rates();
      }
      if (parts.contains("postgres")) {
        postgres(folder.path());
      }
      AuditIntakeReport made = report.build(events, seconds, machine, command());
      publication.report(place.root(), "audit-intake", made.text(), made);
    }
    return 0;
  }

  private String command() {
    return "./dev bench audit-intake --seconds "
        + seconds
        + " --events "
        + events
        + " --peer-events "
        + peerEvents
        + " --parts "
        + String.join(",", parts);
  }

  private void overHttp(Path folder) throws Exception {
    try (CounterfoilServer server = CounterfoilServer.start(place.root(), folder)) {
      AuditIntake intake = new AuditIntake(place.root(), folder, server);
      intake.prepare();
      report.eventBytes = LoadOutcome.round(intake.eventBytes(), 0);
      Duration length = Duration.ofSeconds(seconds);
      report.intake.add(intake.load(BATCH, BATCH_CONNECTIONS, length));
      report.intake.add(intake.load(1, SINGLE_CONNECTIONS, length));
      report.times.add(
          SearchTimes.of("from the answer to a source until found", intake.freshness()));
      report.times.add(SearchTimes.of("token, and the look itself recorded", intake.lookups()));
    }
  }

  private void postgres(Path folder) throws Exception {
    try (PostgresEvents peer = PostgresEvents.fill(folder, peerEvents)) {
      report.postgres = peer.version();
      report.postgresEvents = peerEvents;
      report.postgresIntake = peer.intake(BATCH, Duration.ofSeconds(seconds));
    }
  }
}
