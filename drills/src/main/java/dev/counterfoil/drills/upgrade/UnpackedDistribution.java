package dev.counterfoil.drills.upgrade;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A distribution of Counterfoil of any version, used by its command.
 *
 * @param home the folder that has its {@code bin} and {@code lib}
 */
record UnpackedDistribution(Path home) {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int JSON_BYTES_MAX = 16 * 1024 * 1024;

  /**
   * What a command printed.
   *
   * @param code its exit code
   * @param out its standard output
   */
  record Said(int code, String out) {
    JsonObject json() throws IOException {
      try {
        return StrictJson.object(out.strip().getBytes(StandardCharsets.UTF_8), JSON_BYTES_MAX);
      } catch (FormatException e) {
        throw new IOException("a command that ended with " + code + " printed no JSON", e);
      }
    }
  }

  /**
   * The distribution in a folder.
   *
   * @throws IOException when there is none; the message says what to do
   */
  static UnpackedDistribution in(Path folder) throws IOException {
    if (!Files.isExecutable(folder.resolve("bin/counterfoil"))
        || !Files.isDirectory(folder.resolve("lib"))) {
      throw new IOException(
          folder
              + " is no distribution of Counterfoil, because it has no bin/counterfoil or no lib/."
              + " Unpack counterfoil-VERSION.tar.gz of the older release, and name the folder that"
              + " comes out with --from. In a clone of an older commit, ./dev build makes one in"
              + " dist/counterfoil");
    }
    return new UnpackedDistribution(folder.toRealPath());
  }

  /** Whether another one has the same programs. */
  boolean isSameAs(UnpackedDistribution other) throws IOException {
    List<String> own = programs();
    if (!own.equals(other.programs())) {
      return false;
    }
    for (String name : own) {
      if (Files.mismatch(home.resolve("lib", name), other.home.resolve("lib", name)) >= 0) {
        return false;
      }
    }
    return true;
  }

  private List<String> programs() throws IOException {
    try (Stream<Path> libraries = Files.list(home.resolve("lib"))) {
      return libraries.map(library -> library.getFileName().toString()).sorted().toList();
    }
  }

  /** What it calls itself. */
  String version() throws IOException, InterruptedException {
    return run("", "--version").out().lines().findFirst().orElse("a version that it does not say");
  }

  /**
   * Runs a command to its end.
   *
   * @param in its standard input, so that no token is in a file
   */
  Said run(String in, String... arguments) throws IOException, InterruptedException {
    Path out = Files.createTempFile("counterfoil-", ".out");
    try {
      Process process =
          command(arguments)
              .redirectOutput(out.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (var input = process.getOutputStream()) {
        input.write(in.getBytes(StandardCharsets.UTF_8));
      }
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("this does not end: counterfoil " + String.join(" ", arguments));
      }
      return new Said(process.exitValue(), Files.readString(out));
    } finally {
      Files.delete(out);
    }
  }

  /**
   * Runs {@code up} until it is closed.
   *
   * @param printed where its standard output goes: one line once everything serves
   */
  RunningUp up(Path configuration, Path data, Path printed, Path errors) throws IOException {
    return new RunningUp(
        command(
                "up",
                "--json",
                "--no-demo",
                "--config",
                configuration.toString(),
                "--data",
                data.toString())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(printed.toFile())
            .redirectError(errors.toFile())
            .start(),
        printed);
  }

  private ProcessBuilder command(String... arguments) {
    List<String> words = new ArrayList<>(List.of(home.resolve("bin/counterfoil").toString()));
    words.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(words);
    // Both run on one Java: what differs is Counterfoil.
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }
}
