package dev.counterfoil.drills.rotation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Verifiers that we did not write, in a process of their own: the module {@code strangers}. Ends
 * when its input does, so with this process too.
 */
final class StrangerProcess implements AutoCloseable {
  /** What the Java program has. */
  static final List<String> JAVA = List.of("Nimbus JWKSourceBuilder", "Spring NimbusJwtDecoder");

  /** What the Node program has. */
  static final List<String> NODE = List.of("jose createRemoteJWKSet");

  /**
   * Those that fetch a JWK set at most so often: they refuse a key that was stated too late. Spring
   * fetches for every unknown key.
   */
  static final List<String> FETCHING_SELDOM = List.of(JAVA.getFirst(), NODE.getFirst());

  private static final long END_SECONDS = 5;

  private final Process process;
  private final Writer in;
  private final BufferedReader out;
  private final List<String> names;

  private StrangerProcess(List<String> command, List<String> names, Path errors)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    this.process = builder.start();
    this.in = process.outputWriter(StandardCharsets.UTF_8);
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.names = names;
    List<String> said = List.of(ask("names").split("\t", -1));
    if (!said.equals(names)) {
      close();
      throw new IOException("the strangers are others: " + said);
    }
  }

  /** Whether the Java program is there. */
  static boolean hasJava(Path strangers) {
    return Files.isDirectory(strangers.resolve("lib"));
  }

  /** Whether the Node program is there, and its library is installed. */
  static boolean hasNode(Path strangers) {
    return Files.isDirectory(strangers.resolve("node/node_modules/jose")) && onPath("node");
  }

  private static boolean onPath(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /** Starts the Java program. */
  static StrangerProcess java(Path strangers, Path errors) throws IOException {
    return new StrangerProcess(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-cp",
            strangers.resolve("lib") + "/*",
            "dev.counterfoil.strangers.Strangers"),
        JAVA,
        errors);
  }

  /** Starts the Node program. */
  static StrangerProcess node(Path strangers, Path errors) throws IOException {
    return new StrangerProcess(
        List.of("node", strangers.resolve("node/strangers.mjs").toString()), NODE, errors);
  }

  List<String> names() {
    return names;
  }

  /**
   * Shows a token to each.
   *
   * @return what each said, in the order of the names: {@code ok}, or why not
   */
  List<String> verdicts(URI jwks, String token) throws IOException {
    List<String> verdicts =
        new ArrayList<>(List.of(ask("verify " + jwks + " " + token).split("\t", -1)));
    if (verdicts.size() != names.size()) {
      throw new IOException("an answer for other verifiers");
    }
    return verdicts;
  }

  private synchronized String ask(String line) throws IOException {
    in.write(line + "\n");
    in.flush();
    String answer = out.readLine();
    if (answer == null) {
      throw new IOException("the program of " + names + " ended");
    }
    return answer;
  }

  @Override
  public void close() {
    try {
      in.close();
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      // It has ended.
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
