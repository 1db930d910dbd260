package dev.counterfoil.benchmarks.run;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What one process uses.
 *
 * @param process what it is
 * @param residentMebibytes memory resident now ({@code VmRSS} in {@code proc(5)})
 * @param proportionalMebibytes its share of that: a page that several processes have counts for
 *     each by its part ({@code Pss} in {@code proc_pid_smaps(5)}), so shares can be added; all that
 *     is resident where only root may read the share, as of a signer's
 * @param processorSeconds processor time used since its start
 */
public record Resident(
    String process, long residentMebibytes, long proportionalMebibytes, double processorSeconds) {

  /** Reads the processes that are still there. */
  public static List<Resident> read(List<ProcessHandle> processes) throws IOException {
    List<Resident> all = new ArrayList<>();
    for (ProcessHandle process : processes) {
      Path proc = Path.of("/proc", Long.toString(process.pid()));
      try {
        String status = Files.readString(proc.resolve("status"));
        if (status.contains("VmRSS:")) {
          Duration used = process.info().totalCpuDuration().orElse(Duration.ZERO);
          long resident = mebibytes(status, "VmRSS");
          all.add(
              new Resident(
                  label(Files.readString(proc.resolve("cmdline"))),
                  resident,
                  proportional(proc, resident),
                  used.toMillis() / 1000.0));
        }
      } catch (NoSuchFileException e) {
        // It ended between the listing and this look, and uses nothing now.
      }
    }
    return all;
  }

  private static long proportional(Path proc, long resident) throws IOException {
    try {
      return mebibytes(Files.readString(proc.resolve("smaps_rollup")), "Pss");
    } catch (AccessDeniedException e) {
      return resident;
    }
  }

  private static long mebibytes(String text, String name) {
    return Long.parseLong(text.replaceFirst("(?s).*\\b" + name + ":\\s+(\\d+) kB.*", "$1")) / 1024;
  }

  /** Processor time used so far by processes of one name together. */
  public static Map<String, Double> processorSeconds(List<ProcessHandle> processes)
      throws IOException {
    Map<String, Double> sums = new TreeMap<>();
    for (Resident process : read(processes)) {
      sums.merge(process.process(), process.processorSeconds(), Double::sum);
    }
    return sums;
  }

  /**
   * Processor time between two looks, in microseconds for one of what was done meanwhile, by name.
   *
   * @param before {@link #processorSeconds} then
   * @param after the same now
   */
  public static Map<String, Double> microsForOne(
      Map<String, Double> before, Map<String, Double> after, long done) {
    Map<String, Double> micros = new TreeMap<>(after);
    micros.replaceAll((process, used) -> (used - before.getOrDefault(process, 0.0)) * 1e6 / done);
    return micros;
  }

  /** The same for a report. */
  public static String text(Map<String, Double> microsForOne, Wrk.Figures load) {
    return microsForOne.entrySet().stream()
        .map(one -> "%s %.1f, ".formatted(one.getKey(), one.getValue()))
        .collect(
            Collectors.joining("", "", "load generator %.1f".formatted(load.generatorMicros())));
  }

  /** Names a process by its arguments: a JVM of ours by the main class without its package. */
  static String label(String commandLine) {
    List<String> arguments = Arrays.asList(commandLine.split("\0", -1));
    for (String argument : arguments) {
      if (argument.startsWith("dev.counterfoil.")) {
        String main = argument.substring(argument.lastIndexOf('.') + 1);
        return main.replaceFirst("(Main|Command)$", "").toLowerCase(Locale.ROOT);
      }
    }
    return String.valueOf(Path.of(arguments.getFirst()).getFileName());
  }
}
