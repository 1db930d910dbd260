package dev.counterfoil.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What this process and those that it started have used of the processors so far. */
public final class ProcessorTimes {
  private static final String OURS = "dev.counterfoil.";

  private final Map<Long, Used> byProcess;

  /** What one process has used since its start. */
  record Used(String name, Duration time) {}

  ProcessorTimes(Map<Long, Used> byProcess) {
    this.byProcess = Map.copyOf(byProcess);
  }

  /** Reads those that are there. */
  public static ProcessorTimes read() {
    Map<Long, Used> all = new HashMap<>();
    Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().descendants())
        .forEach(
            process ->
                process
                    .info()
                    .totalCpuDuration()
                    .ifPresent(
                        time ->
                            all.put(
                                process.pid(), new Used(name(arguments(process.pid())), time))));
    return new ProcessorTimes(all);
  }

  /** Whole, where {@link ProcessHandle} gives up on long ones; none of a process that ended. */
  private static String[] arguments(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")).split("\0");
    } catch (IOException e) {
      return new String[0];
    }
  }

  /** By name, what was used since an earlier look. A process that ended meanwhile is left out. */
  public Map<String, Duration> since(ProcessorTimes before) {
    Map<String, Duration> sums = new TreeMap<>();
    byProcess.forEach(
        (pid, now) -> {
          Used then = before.byProcess.get(pid);
          sums.merge(now.name, then == null ? now.time : now.time.minus(then.time), Duration::plus);
        });
    return sums;
  }

  /** A JVM of ours by its main class. */
  static String name(String... arguments) {
    for (String argument : arguments) {
      if (argument.startsWith(OURS)) {
        return argument.substring(argument.lastIndexOf('.') + 1);
      }
    }
    return "others";
  }
}
