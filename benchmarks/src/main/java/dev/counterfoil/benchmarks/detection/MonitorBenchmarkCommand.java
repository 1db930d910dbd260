package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the monitor: matching on a core, and how soon a forged token is found under load. */
@Command(
    name = "monitor",
    description = {
      "Matches sightings in process, with a custody of many live tokens; then starts an installation whose signing key is",
      "stolen, has services report sightings at a rate, and measures from a forged token's report to its finding,",
      "from an event to its delivery, and how many events a second are pushed."
    })
public final class MonitorBenchmarkCommand extends Measurement {
  @Option(
      names = "--tokens",
      split = ",",
      defaultValue = "100000,2000000",
      description =
          "Live tokens that a custodian holds, smaller first; each million needs some 400 MB of disk (default: ${DEFAULT-VALUE}).")
  private List<Integer> sizes = List.of();

  @Option(
      names = "--rates",
      split = ",",
      defaultValue = "1000,4000,10000",
      description = "Sightings a second (default: ${DEFAULT-VALUE}).")
  private List<Integer> rates = List.of();

  @Option(
      names = "--seconds",
      defaultValue = "15",
      description = "Length of each load (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(
        sizes.stream().allMatch(size -> size >= 50_000 && size <= 30_000_000),
        "want 50000 to 30000000 tokens");
    require(rates.stream().allMatch(rate -> rate >= 10 && rate <= 100_000), "want 10 to 100000/s");
    require(seconds >= 2 && seconds <= 600, "want 2 to 600 seconds");
    try (MatchingSpeed matching = new MatchingSpeed(folder.resolve("monitor"))) {
      matching.measure(sizes, report);
    }
    try (FindingTimes times = new FindingTimes()) {
      times.measure(rates, seconds, report);
      times.events(report);
      times.eventRate(report);
    }
  }
}
