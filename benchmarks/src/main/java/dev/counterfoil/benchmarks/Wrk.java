package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Debian's wrk, one thread: see docs/decisions/load-generator.md. */
final class Wrk implements AutoCloseable {
  /** What the start and end of wrk may take beyond the load itself. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  private static final String MARK = "FIGURES ";

  private final Child child;
  private final Duration length;

  private Wrk(Child child, Duration length) {
    this.child = child;
    this.length = length;
  }

  /**
   * Starts a load.
   *
   * @param credentials the file that the script of the load's method reads
   */
  static Wrk start(Path benchmarks, Path folder, Server server, Load load, Path credentials)
      throws IOException {
    Path form = PrivateFile.write(folder.resolve("form.txt"), server.form());
    return start(
        folder,
        server.tokenEndpoint(),
        load.connections(),
        load.length(),
        benchmarks.resolve("load").resolve(load.method().script()),
        List.of(credentials.toString(), form.toString()));
  }

  /**
   * Starts any load.
   *
   * @param arguments what the script is given
   */
  static Wrk start(
      Path folder,
      URI target,
      int connections,
      Duration length,
      Path script,
      List<String> arguments)
      throws IOException {
    Http.requireLoopback(target);
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "wrk",
            "--threads=1",
            "--connections=" + connections,
            "--duration=" + length.toSeconds() + "s",
            "--timeout=10s",
            "--script=" + script,
            target.toString(),
            "--"));
    command.addAll(arguments);
    return new Wrk(
        Child.start("wrk", folder, folder.resolve("wrk.log"), Map.of(), command), length);
  }

  boolean isRunning() {
    return child.isAlive();
  }

  /** Processor time that it has used so far. */
  Duration processorTime() {
    return child.all().getFirst().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Waits for its end. */
  Figures figures() throws InterruptedException {
    int exit = child.await(length.plus(GRACE));
    String output = child.output();
    int mark = output.indexOf(MARK);
    if (exit != 0 || mark < 0) {
      throw new IllegalStateException("wrk failed with exit code " + exit + "." + child.shown());
    }
    return JsonMapper.shared()
        .readValue(output.substring(mark + MARK.length()).strip(), Figures.class);
  }

  @Override
  public void close() {
    child.close();
  }
}
