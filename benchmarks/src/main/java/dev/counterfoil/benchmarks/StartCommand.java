package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how soon an installation answers, and what its processes use when they stand idle. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the time from starting counterfoil up until its authority says that it is ready:",
      "a first start, which makes keys and clients, and starts again with the same data."
    })
final class StartCommand implements Callable<Integer> {
  private static final int STARTS_MAX = 20;

  /** Time for a process to finish what it does at its start, and to fill its young generation. */
  private static final Duration SETTLING = Duration.ofSeconds(60);

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--starts",
      defaultValue = "5",
      description = "How many starts, the first one counted (default: ${DEFAULT-VALUE}).")
  private int starts;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  /**
   * What was found.
   *
   * @param readyMillis until ready, in order; the first start is the first
   * @param resident each process of the last start, idle
   */
  record Report(Machine machine, List<Long> readyMillis, List<Resident> resident) {
    String text() {
      StringBuilder text = new StringBuilder();
      text.append("- First start: ready after %d ms.%n".formatted(readyMillis.getFirst()));
      if (readyMillis.size() > 1) {
        text.append(
            "- Later starts: %s ms.%n"
                .formatted(
                    String.join(", ", readyMillis.stream().skip(1).map(String::valueOf).toList())));
      }
      text.append(memory(resident));
      text.append(machine.line());
      return text.toString();
    }
  }

  /** A line for each process, and one for all. */
  static String memory(List<Resident> resident) {
    StringBuilder text = new StringBuilder();
    for (Resident process : resident) {
      text.append(
          String.format(
              Locale.ROOT,
              "- %s: %d MiB (PSS; %d resident), idle; %.1f s of processor time.%n",
              process.process(),
              process.proportionalMebibytes(),
              process.residentMebibytes(),
              process.processorSeconds()));
    }
    text.append(
        "- All %d processes together: %d MiB (PSS).%n"
            .formatted(
                resident.size(),
                resident.stream().mapToLong(Resident::proportionalMebibytes).sum()));
    return text.toString();
  }

  @Override
  public Integer call() throws IOException, InterruptedException, ParseException {
    if (starts < 1 || starts > STARTS_MAX) {
      throw new IllegalArgumentException("starts: want 1 to " + STARTS_MAX + ", not " + starts);
    }
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      List<Long> ready = new ArrayList<>();
      List<Resident> resident = List.of();
      for (int i = 0; i < starts; i++) {
        try (CounterfoilServer server = CounterfoilServer.start(place.root(), folder.path())) {
          ready.add(server.ready().toMillis());
          if (i == starts - 1) {
            Thread.sleep(SETTLING);
            resident = Resident.read(server.processes());
          }
        }
      }
      Report report = new Report(machine, ready, resident);
      publication.report(place.root(), "start", report.text(), report);
    }
    return 0;
  }
}
