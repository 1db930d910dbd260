package dev.counterfoil.benchmarks.run;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A load by Debian's wrk, one thread: see docs/decisions/load-generator.md. */
public final class Wrk {
  /** What the start and end of wrk may take beyond the load itself. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final String MARK = "FIGURES ";

  private Wrk() {}

  /**
   * What wrk counted ({@code benchmarks/load/report.lua} prints it). Times from writing a request
   * to having read its whole answer.
   *
   * @param requests answers, whatever their status
   * @param refused answers that are not 2xx or 3xx
   * @param generatorMicros processor time that wrk itself took for a request
   */
  public record Figures(
      long requests,
      long durationMicros,
      long refused,
      long connectErrors,
      long readErrors,
      long writeErrors,
      long timeouts,
      long p50Micros,
      long p99Micros,
      long p999Micros,
      double generatorMicros) {

    /** Answers a second. */
    public double rate() {
      return requests * 1e6 / durationMicros;
    }

    /** Requests without a token in the answer, and those without an answer. */
    public long errors() {
      return refused + connectErrors + readErrors + writeErrors + timeouts;
    }
  }

  /** What is done some twenty times a second while the load runs. */
  @FunctionalInterface
  public interface Meanwhile {
    void act() throws IOException, InterruptedException;
  }

  /**
   * Loads this machine.
   *
   * @param connections each sends its next request when the last is answered
   * @param script of {@code benchmarks/load}
   * @param arguments what the script is given
   */
  public static Figures run(
      Path folder,
      URI target,
      int connections,
      Duration length,
      String script,
      List<String> arguments,
      Meanwhile meanwhile)
      throws IOException, InterruptedException {
    Http.requireLoopback(target);
    List<String> command =
        new ArrayList<>(
            List.of(
                "wrk",
                "--threads=1",
                "--connections=" + connections,
                "--duration=" + length.toSeconds() + "s",
                "--timeout=10s",
                "--script=" + Measurement.root().resolve("benchmarks/load").resolve(script),
                target.toString(),
                "--"));
    command.addAll(arguments);
    try (Child wrk = Child.start("wrk", folder, Map.of(), command)) {
      Duration used = Duration.ZERO;
      while (wrk.isAlive()) {
        meanwhile.act();
        Duration now = wrk.processorTime();
        used = now.compareTo(used) > 0 ? now : used;
        Thread.sleep(PAUSE);
      }
      int exit = wrk.await(GRACE);
      String output = wrk.output();
      int mark = output.indexOf(MARK);
      if (exit != 0 || mark < 0) {
        throw new IllegalStateException("wrk failed with exit code " + exit + "." + wrk.shown());
      }
      ObjectNode figures =
          (ObjectNode) JsonMapper.shared().readTree(output.substring(mark + MARK.length()));
      figures.put("generatorMicros", used.toNanos() / 1000.0 / figures.path("requests").asLong());
      return JsonMapper.shared().treeToValue(figures, Figures.class);
    }
  }
}
