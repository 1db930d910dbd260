package dev.counterfoil.drills.attach;

import dev.counterfoil.drills.run.Await;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Keycloak in a folder of its own, in development mode, with the jar that records its tokens. It
 * ends with {@link #close}, and also when this process dies in any way: a small shell holds the
 * reading end of a pipe from this process, and ends Keycloak's process group when the pipe closes.
 */
public final class AttachedKeycloak implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofMinutes(6);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
  private static final String UNTIL_STDIN_CLOSES =
      """
      exec 3<&0
      setsid "$@" 3<&- </dev/null &
      child=$!
      { cat <&3 >/dev/null; kill -s TERM -- "-$child" 2>/dev/null; sleep 3; kill -s KILL -- "-$child" 2>/dev/null; } &
      exec 3<&-
      wait "$child"
      """;

  private final Process shell;
  private final Path log;
  private final URI base;
  private final URI management;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER_MAX).build();

  private AttachedKeycloak(Process shell, Path log, int port, int managementPort) {
    this.shell = shell;
    this.log = log;
    this.base = URI.create("http://127.0.0.1:" + port);
    this.management = URI.create("http://127.0.0.1:" + managementPort);
  }

  /** The Keycloak in a folder, such as {@code keycloak-26.7.3}; empty when there is none. */
  public static Optional<Path> find(Path folder) throws IOException {
    if (isKeycloak(folder)) {
      return Optional.of(folder);
    }
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(AttachedKeycloak::isKeycloak).sorted().reduce((first, last) -> last);
    }
  }

  private static boolean isKeycloak(Path folder) {
    return Files.isRegularFile(folder.resolve("bin/kc.sh"));
  }

  /**
   * A copy of a Keycloak for one run. What is large is linked: {@code lib/lib} is only read.
   *
   * @param jar for {@code providers/}, or none
   * @param options lines of {@code keycloak.conf}
   */
  public static Path prepare(Path keycloak, Path into, Optional<Path> jar, List<String> options)
      throws IOException {
    Path libraries = keycloak.resolve("lib/lib");
    Files.walkFileTree(
        keycloak,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Path copy = into.resolve(keycloak.relativize(folder));
            if (folder.equals(libraries)) {
              Files.createSymbolicLink(copy, libraries.toRealPath());
              return FileVisitResult.SKIP_SUBTREE;
            }
            if (folder.equals(keycloak.resolve("data"))) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(copy);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path copy = into.resolve(keycloak.relativize(file));
            Files.copy(file, copy);
            copy.toFile().setExecutable(Files.isExecutable(file), true);
            return FileVisitResult.CONTINUE;
          }
        });
    if (jar.isPresent()) {
      Files.copy(jar.get(), into.resolve("providers/counterfoil-keycloak.jar"));
    }
    Files.write(into.resolve("conf/keycloak.conf"), options);
    return into;
  }

  /**
   * Starts it, and returns when it serves a realm.
   *
   * @param home as {@link #prepare} made it
   * @param realm the realm in {@code data/import}
   */
  public static AttachedKeycloak start(
      Path home, int port, int managementPort, String realm, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", UNTIL_STDIN_CLOSES, "keycloak"));
    command.addAll(
        List.of(
            home.resolve("bin/kc.sh").toString(),
            "start-dev",
            "--http-host=127.0.0.1",
            "--http-port=" + port,
            "--http-management-host=127.0.0.1",
            "--http-management-port=" + managementPort,
            "--db=dev-file",
            "--import-realm"));
    Path log = home.resolveSibling("keycloak.log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx512m");
    builder.environment().putAll(environment);
    AttachedKeycloak started = new AttachedKeycloak(builder.start(), log, port, managementPort);
    try {
      URI serves = started.realm(realm);
      boolean ready =
          Await.comes(START_MAX, () -> !started.shell.isAlive() || started.answers(serves));
      if (!ready || !started.shell.isAlive()) {
        throw new IOException("Keycloak did not start. Its log ends with:\n" + started.lastWords());
      }
      return started;
    } catch (IOException | InterruptedException e) {
      started.close();
      throw e;
    }
  }

  private boolean answers(URI address) throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(ANSWER_MAX).build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private String lastWords() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  /** A realm's issuer URL. */
  public URI realm(String name) {
    return base.resolve("/realms/" + name);
  }

  /** The administrators' interface of a realm. */
  public URI admin(String realm) {
    return base.resolve("/admin/realms/" + realm);
  }

  /** What its management interface says at a path, such as {@code /metrics}. */
  public String management(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(management.resolve(path)).timeout(ANSWER_MAX).build();
    return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /** Everything that it printed. */
  public String printed() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() throws IOException {
    http.close();
    shell.getOutputStream().close();
    try {
      if (!shell.waitFor(30, TimeUnit.SECONDS)) {
        shell.destroyForcibly();
      }
    } catch (InterruptedException e) {
      shell.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
