package dev.counterfoil.benchmarks.installation;

import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.Resident;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures how soon an installation answers, and what its processes use when they stand idle. */
@Command(
    name = "start",
    description = {
      "Measures the time from starting counterfoil up until its authority says that it is ready:",
      "a first start, which makes keys and clients, and starts again with the same data."
    })
public final class StartCommand extends Measurement {
  /** Time for a process to finish what it does at its start, and to fill its young generation. */
  private static final Duration SETTLING = Duration.ofSeconds(60);

  @Option(
      names = "--starts",
      defaultValue = "5",
      description = "How many starts, the first one counted (default: ${DEFAULT-VALUE}).")
  private int starts;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(starts >= 1, "want a start at least");
    for (int i = 1; i <= starts; i++) {
      try (CounterfoilServer server = CounterfoilServer.start(folder)) {
        report.note(
            "%s: ready after %d ms",
            i == 1 ? "First start, which makes keys and clients" : "Start " + i,
            server.ready().toMillis());
        if (i == starts) {
          Thread.sleep(SETTLING);
          memory(Resident.read(server.server().child().all()), report);
        }
      }
    }
  }

  private static void memory(List<Resident> resident, RunReport report) {
    RunReport.Table table =
        report.table("process, idle", "MiB (PSS)", "MiB resident", "s of processor time");
    for (Resident one : resident) {
      table.row(
          one.process(),
          one.proportionalMebibytes(),
          one.residentMebibytes(),
          one.processorSeconds());
    }
    report.note(
        "All %d processes together: %d MiB (PSS)",
        resident.size(), resident.stream().mapToLong(Resident::proportionalMebibytes).sum());
  }
}
