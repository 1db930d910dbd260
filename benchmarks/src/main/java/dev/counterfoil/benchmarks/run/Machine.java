package dev.counterfoil.benchmarks.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Where and when a figure was measured.
 *
 * @param load the load average of the last minute before the run: who else used the machine
 */
public record Machine(
    String processor,
    int cores,
    long memoryMebibytes,
    String kernel,
    String fileSystem,
    String java,
    double load,
    Instant at) {

  public static Machine read(Path folder, InstantSource clock) throws IOException {
    return new Machine(
        field(Path.of("/proc/cpuinfo"), "model name"),
        Runtime.getRuntime().availableProcessors(),
        Long.parseLong(field(Path.of("/proc/meminfo"), "MemTotal").replaceAll("\\D", "")) / 1024,
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        Files.getFileStore(folder).type(),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
        Double.parseDouble(
            Files.readString(Path.of("/proc/loadavg")).replaceFirst(" .*", "").strip()),
        clock.instant().truncatedTo(ChronoUnit.SECONDS));
  }

  private static String field(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%s, %d cores shared by server and load generator, %d MiB, %s, %s, %s;"
            + " load average before: %.2f; %s.",
        processor,
        cores,
        memoryMebibytes,
        kernel,
        fileSystem,
        java,
        load,
        at);
  }
}
