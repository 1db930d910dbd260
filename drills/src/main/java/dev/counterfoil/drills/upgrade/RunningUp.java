package dev.counterfoil.drills.upgrade;

import dev.counterfoil.drills.run.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running {@code up}, whose processes end with it. */
final class RunningUp implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofMinutes(3);
  private static final long STOP_SECONDS = 60;

  private final Process process;
  private final Path printed;

  RunningUp(Process process, Path printed) {
    this.process = process;
    this.printed = printed;
  }

  /** Waits until all its processes serve. */
  void awaitServing() throws IOException, InterruptedException {
    boolean spoke =
        Await.comes(START_MAX, () -> !process.isAlive() || Files.size(printed) > 0)
            && process.isAlive();
    if (!spoke) {
      throw new IOException(
          process.isAlive()
              ? "up does not serve within " + START_MAX.toSeconds() + " s"
              : "up ended with exit code " + process.exitValue());
    }
  }

  /** Stops it as Ctrl-C does. */
  @Override
  public void close() throws IOException {
    List<ProcessHandle> all = process.descendants().toList();
    process.destroy();
    boolean ended = false;
    try {
      ended = process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      process.destroyForcibly();
      all.forEach(ProcessHandle::destroyForcibly);
      throw new IOException("up does not stop within " + STOP_SECONDS + " s");
    }
  }
}
