package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The built distribution, used as a person does: by its command. */
final class Distribution {
  private static final Path HOME =
      Path.of(System.getProperty("counterfoil.root"), "cli/target/counterfoil");

  private static final Path COMMAND = HOME.resolve("bin/counterfoil");
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Of a search through gigabytes on a busy machine. */
  private static final Duration SEARCH_PATIENCE = Duration.ofMinutes(10);

  private Distribution() {}

  /** What a command did. */
  record Result(int exitCode, String out, String err) {
    JsonObject json() {
      return parse(out.strip());
    }

    /** One object on each line. */
    List<JsonObject> jsonLines() {
      return out.lines().map(this::parse).toList();
    }

    private JsonObject parse(String text) {
      try {
        return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 20);
      } catch (FormatException e) {
        throw new AssertionError("not JSON: " + out + err, e);
      }
    }
  }

  static Result run(Path folder, String... arguments) throws IOException, InterruptedException {
    return runWithInput(folder, "", arguments);
  }

  static Result runWithInput(Path folder, String input, String... arguments)
      throws IOException, InterruptedException {
    return run(builder(folder, arguments), folder, input, PATIENCE);
  }

  /** Searches for keys, with the compiler for long work that tests' short commands do without. */
  static Result scan(Path folder, Path where) throws IOException, InterruptedException {
    ProcessBuilder scan = builder(folder, "scan", "--json", where.toString());
    scan.environment().remove("JDK_JAVA_OPTIONS");
    return run(scan, folder, "", SEARCH_PATIENCE);
  }

  private static Result run(ProcessBuilder builder, Path folder, String input, Duration patience)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(
          "no end within " + patience + ": " + builder.command() + Files.readString(err));
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  /** Starts a command that serves; what it says on its standard error goes to a file. */
  static Process start(Path folder, Path err, String... arguments) throws IOException {
    return builder(folder, arguments).redirectError(err.toFile()).start();
  }

  /** Runs the command of a copy of the distribution. */
  static Result runOf(Path home, Path folder, String... arguments)
      throws IOException, InterruptedException {
    return run(builder(home.resolve("bin/counterfoil"), folder, arguments), folder, "", PATIENCE);
  }

  /** The folder of the distribution. */
  static Path home() {
    return HOME;
  }

  private static ProcessBuilder builder(Path folder, String... arguments) {
    return builder(COMMAND, folder, arguments);
  }

  private static ProcessBuilder builder(Path program, Path folder, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(Map.of("JAVA_HOME", System.getProperty("java.home")));
    return builder;
  }

  /** Sends a process a signal, such as {@code STOP}. */
  static void signal(String name, long pid) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
    assertThat(kill.waitFor()).as("kill -%s %d", name, pid).isZero();
  }

  /** A free port on loopback. */
  static int freePort() throws IOException {
    return FreePorts.find(1).getFirst();
  }

  /** A running {@code counterfoil up}. */
  static final class Running implements AutoCloseable {
    private final Process process;
    private final JsonObject ready;

    private Running(Process process, JsonObject ready) {
      this.process = process;
      this.ready = ready;
    }

    /** Starts it and waits for its one line of JSON. */
    static Running start(Path folder, Path configuration) throws Exception {
      return start(folder, builder(folder, "up", "--json", "--config", configuration.toString()));
    }

    /**
     * The same, behind words that end by running what follows them.
     *
     * @param before such as {@code unshare --mount}
     */
    static Running startBehind(List<String> before, Path folder, Path configuration)
        throws Exception {
      ProcessBuilder up = builder(folder, "up", "--json", "--config", configuration.toString());
      List<String> words = new ArrayList<>(before);
      words.addAll(up.command());
      return start(folder, up.command(words));
    }

    /** Its own process. */
    long pid() {
      return process.pid();
    }

    /** The same, where every process writes to its log whatever it can say. */
    static Running startTalkative(Path folder, Path configuration) throws Exception {
      Path logging =
          Files.writeString(
              folder.resolve("logging.properties"),
              """
              handlers=java.util.logging.ConsoleHandler
              .level=ALL
              java.util.logging.ConsoleHandler.level=ALL
              """);
      ProcessBuilder up = builder(folder, "up", "--json", "--config", configuration.toString());
      up.environment()
          .merge(
              "JDK_JAVA_OPTIONS",
              "-Djava.util.logging.config.file=" + logging,
              (given, more) -> given + " " + more);
      return start(folder, up);
    }

    private static Running start(Path folder, ProcessBuilder up) throws Exception {
      Process process = up.redirectError(folder.resolve("up.err").toFile()).start();
      BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
      String line = out.readLine();
      assertThat(line)
          .as("what up said: %s", Files.readString(folder.resolve("up.err")))
          .isNotNull();
      return new Running(
          process, StrictJson.object(line.getBytes(StandardCharsets.UTF_8), 1 << 20));
    }

    /** Process identifiers by name, as they were at the start. */
    long pid(String name) throws Exception {
      for (JsonObject child : ready.objects("processes")) {
        if (child.string("name").equals(name)) {
          return child.number("pid");
        }
      }
      throw new AssertionError("no process " + name);
    }

    /** All of its processes, as they are now. */
    List<ProcessHandle> children() {
      return process.children().toList();
    }

    /**
     * A process as it is now, which may have been started again.
     *
     * @param configuration with which its configuration file's name ends
     */
    long pidNow(String configuration) throws IOException {
      for (ProcessHandle child : children()) {
        Path file = Path.of("/proc", Long.toString(child.pid()), "cmdline");
        try {
          String command = Files.readString(file, StandardCharsets.ISO_8859_1);
          if (command.replace('\0', ' ').strip().endsWith(configuration)) {
            return child.pid();
          }
        } catch (NoSuchFileException e) {
          // It ended meanwhile.
        }
      }
      throw new AssertionError("no process with " + configuration);
    }

    /** Stops it as Ctrl-C does. */
    @Override
    public void close() {
      process.destroy();
      if (!process.onExit().completeOnTimeout(process, 30, TimeUnit.SECONDS).join().isAlive()) {
        return;
      }
      process.destroyForcibly();
      throw new AssertionError("up does not stop");
    }
  }
}
