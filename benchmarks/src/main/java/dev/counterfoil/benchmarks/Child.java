package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that a run started, and all that it started in turn. It ends with the run, however the
 * run ends: by {@link #close}, by {@link Ending} on Ctrl-C, and where this JVM is killed outright
 * by the kernel's parent-death signal ({@code prctl(2)}, set by {@code setpriv}).
 */
final class Child implements AutoCloseable {
  /** How long a process may take to end after SIGTERM before it is killed. */
  static final Duration ENDING_MAX = Duration.ofSeconds(15);

  /** Characters of a log that an error message shows. */
  private static final int LOG_SHOWN_MAX = 4000;

  private final String name;
  private final Process process;
  private final Path log;
  private final Runnable ending = this::end;

  private Child(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a program with its output in a log file. The caller's thread must live as long as the
   * process should: the parent-death signal follows the thread.
   */
  static Child start(
      String name, Path folder, Path log, Map<String, String> environment, List<String> command)
      throws IOException {
    List<String> guarded = new ArrayList<>(List.of("setpriv", "--pdeathsig", "TERM", "--"));
    guarded.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(guarded)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Child child = new Child(name, builder.start(), log);
    Ending.opened(child.ending);
    return child;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** This process and its descendants. */
  List<ProcessHandle> all() {
    List<ProcessHandle> all = new ArrayList<>();
    all.add(process.toHandle());
    process.descendants().forEach(all::add);
    return all;
  }

  /** Waits for the end; its exit code, or a failure when it takes longer. */
  int await(Duration most) throws InterruptedException {
    if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(
          name + " did not end within " + most.toSeconds() + " s." + shown());
    }
    return process.exitValue();
  }

  /** What the process has printed so far. */
  String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The end of its log, for an error message. */
  String shown() {
    String text = output();
    return " The end of its log:\n" + text.substring(Math.max(0, text.length() - LOG_SHOWN_MAX));
  }

  private void end() {
    List<ProcessHandle> all = all();
    process.destroy();
    try {
      process.waitFor(ENDING_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    end();
    Ending.closed(ending);
  }
}
