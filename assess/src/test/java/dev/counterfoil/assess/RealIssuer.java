package dev.counterfoil.assess;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A real issuer in a process of its own. It ends with {@link #close}, and also when this JVM dies
 * in any way: a small shell holds the reading end of a pipe from this JVM, and kills the issuer's
 * process group when the pipe closes.
 */
final class RealIssuer implements AutoCloseable {
  private static final Duration READY = Duration.ofMinutes(4);
  private static final long POLL_MILLIS = 250;
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
  private final HttpClient http = HttpClient.newHttpClient();

  private RealIssuer(Process shell, Path log) {
    this.shell = shell;
    this.log = log;
  }

  /** Starts a program; its output goes to {@code log}. */
  static RealIssuer start(
      Path folder, Map<String, String> environment, Path log, List<String> command)
      throws IOException {
    List<String> all = new ArrayList<>(List.of("/bin/sh", "-c", UNTIL_STDIN_CLOSES, "issuer"));
    all.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(all)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(ProcessBuilder.Redirect.PIPE);
    builder.environment().putAll(environment);
    return new RealIssuer(builder.start(), log);
  }

  /** Folder of this module. */
  static Path module() {
    return Path.of(System.getProperty("counterfoil.root", ".."), "assess")
        .toAbsolutePath()
        .normalize();
  }

  /** Asks again and again until the answer is there. */
  <T> T await(String what, Supplier<@Nullable T> question)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + READY.toNanos();
    while (shell.isAlive() && System.nanoTime() < end) {
      @Nullable T answer = question.get();
      if (answer != null) {
        return answer;
      }
      Thread.sleep(POLL_MILLIS);
    }
    throw new AssertionError(what + " did not start; its log:\n" + Files.readString(log));
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  boolean answers(URI address) {
    try {
      HttpRequest request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(5)).build();
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Asks a token endpoint for an access token of a client. */
  String accessToken(URI tokenEndpoint, String client, String secret) {
    String basic =
        Base64.getEncoder()
            .encodeToString((client + ":" + secret).getBytes(StandardCharsets.UTF_8));
    ObjectNode answer =
        send(
            HttpRequest.newBuilder(tokenEndpoint)
                .header("Authorization", "Basic " + basic)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form("grant_type", "client_credentials"))),
            200);
    return answer.get("access_token").stringValue();
  }

  /**
   * Sends a request that must be answered with the given status; the JSON object of the answer, if
   * it has one.
   */
  ObjectNode send(HttpRequest.Builder request, int status) {
    try {
      HttpResponse<String> response =
          http.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
      if (response.statusCode() != status) {
        throw new AssertionError(
            response.uri() + " answered " + response.statusCode() + ": " + response.body());
      }
      return TestKey.json(response.body().startsWith("{") ? response.body() : "{}");
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String form(String... namesAndValues) {
    return Arrays.stream(namesAndValues)
        .map(text -> URLEncoder.encode(text, StandardCharsets.UTF_8))
        .collect(Collectors.joining("="));
  }

  @Override
  public void close() throws IOException {
    http.shutdownNow();
    // The shell kills the issuer's process group when its input ends.
    shell.getOutputStream().close();
    try {
      if (!shell.waitFor(10, TimeUnit.SECONDS)) {
        shell.destroyForcibly();
        throw new AssertionError("an issuer did not end; its log:\n" + log());
      }
    } catch (InterruptedException e) {
      shell.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
