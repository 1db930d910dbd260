package dev.counterfoil.benchmarks.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A process that a run started, and all that it started in turn. It ends with the run, however the
 * run ends: by {@link #close}, by {@link Ending} on Ctrl-C, and where this JVM is killed outright
 * by the kernel's parent-death signal ({@code prctl(2)}, set by {@code setpriv}).
 */
public final class Child implements AutoCloseable {
  /** How long a process may take to end after SIGTERM before it is killed. */
  private static final Duration ENDING_MAX = Duration.ofSeconds(15);

  private static final Duration START_MAX = Duration.ofMinutes(3);

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
   * Starts a program. The caller's thread must live as long as the process should: the parent-death
   * signal follows the thread.
   *
   * @param folder its working folder, which gets a file with what it prints
   */
  public static Child start(
      String name, Path folder, Map<String, String> environment, List<String> command)
      throws IOException {
    Path log = Files.createTempFile(folder, "output", ".log");
    List<String> guarded = new ArrayList<>(List.of("setpriv", "--pdeathsig", "TERM", "--"));
    guarded.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(guarded)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Child child = new Child(name, builder.start(), log);
    Ending.opened(child.ending);
    return child;
  }

  /** Starts the distribution's command. */
  public static Child counterfoil(Path folder, Map<String, String> environment, String... words)
      throws IOException {
    Path command = Measurement.root().resolve("dist/counterfoil/bin/counterfoil");
    return start(
        "counterfoil " + words[0],
        folder,
        environment,
        Stream.concat(Stream.of(command.toString()), Stream.of(words)).toList());
  }

  /** Starts a main class of this module. */
  public static Child java(
      Path folder,
      Map<String, String> environment,
      List<String> flags,
      Class<?> main,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return start(main.getSimpleName(), folder, environment, command);
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** This process and its descendants. */
  public List<ProcessHandle> all() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  /** Processor time that the process itself has used so far. */
  public Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Waits for the end; its exit code, or a failure when it takes longer. */
  public int await(Duration most) throws InterruptedException {
    if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(
          name + " did not end within " + most.toSeconds() + " s." + shown());
    }
    return process.exitValue();
  }

  /** Waits for a good end; what it printed. */
  public String said(Duration most) throws InterruptedException {
    int code = await(most);
    if (code != 0) {
      throw new IllegalStateException(name + " failed with exit code " + code + "." + shown());
    }
    return output();
  }

  /** Waits until it has printed a line; that line. */
  public String line(Function<String, Boolean> wanted, Duration most) throws InterruptedException {
    long begun = System.nanoTime();
    while (true) {
      String text = output();
      // The last line may not be written to its end.
      String whole = text.substring(0, text.lastIndexOf('\n') + 1);
      String found = whole.lines().filter(wanted::apply).findFirst().orElse("");
      if (!found.isEmpty()) {
        return found;
      }
      requireUnder(most, begun);
      Thread.sleep(5);
    }
  }

  /** Waits until a file is there. */
  public void await(Path file, long begunNanos) throws InterruptedException {
    while (!Files.exists(file)) {
      requireUnder(START_MAX, begunNanos);
      Thread.sleep(50);
    }
  }

  /** Throws where it has ended, or has taken too long for what is waited for. */
  void requireUnder(Duration most, long begunNanos) {
    if (!process.isAlive() || System.nanoTime() - begunNanos > most.toNanos()) {
      throw new IllegalStateException(
          name + (process.isAlive() ? " takes too long." : " has ended.") + shown());
    }
  }

  /** What the process has printed so far. */
  public String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The end of its log, for an error message. */
  public String shown() {
    String text = output();
    return " The end of its log:\n" + text.substring(Math.max(0, text.length() - LOG_SHOWN_MAX));
  }

  /** Ends it as a power failure does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
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
