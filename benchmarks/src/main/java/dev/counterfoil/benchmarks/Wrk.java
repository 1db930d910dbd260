package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Debian's wrk, one thread: see docs/decisions/load-generator.md. */
final class Wrk implements AutoCloseable {
  /** What the start and end of wrk may take beyond the load itself. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  private static final String MARK = "FIGURES ";

  private final Child child;
  private final Load load;

  private Wrk(Child child, Load load) {
    this.child = child;
    this.load = load;
  }

  /**
   * Starts a load.
   *
   * @param credentials the file that the script of the load's method reads
   */
  static Wrk start(Path benchmarks, Path folder, Server server, Load load, Path credentials)
      throws IOException {
    Http.requireLoopback(server.tokenEndpoint());
    Path form = PrivateFile.write(folder.resolve("form.txt"), server.form());
    Child child =
        Child.start(
            "wrk",
            folder,
            folder.resolve("wrk.log"),
            Map.of(),
            List.of(
                "wrk",
                "--threads=1",
                "--connections=" + load.connections(),
                "--duration=" + load.length().toSeconds() + "s",
                "--timeout=10s",
                "--script=" + benchmarks.resolve("load").resolve(load.method().script()),
                server.tokenEndpoint().toString(),
                "--",
                credentials.toString(),
                form.toString()));
    return new Wrk(child, load);
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
    int exit = child.await(load.length().plus(GRACE));
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
