package dev.counterfoil.cli.audit.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A monitor that refuses, falls silent, or sends a line without an end. */
class HttpAuditSourceTest {
  private static final String LINE = "{\"after\":\"7\"}\n";

  @TempDir Path folder;

  private final AtomicInteger asked = new AtomicInteger();
  private final Deque<Answer> answers = new ArrayDeque<>();
  private final CountDownLatch ending = new CountDownLatch(1);

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private HttpServer monitor;

  /** Answers a request. */
  @FunctionalInterface
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  @BeforeEach
  void serve() throws IOException {
    monitor = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    monitor.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    for (String path : List.of("/audit/v1/stream", "/audit/v1/export")) {
      monitor.createContext(
          path,
          exchange -> {
            asked.incrementAndGet();
            answers.remove().to(exchange);
          });
    }
    monitor.start();
  }

  @AfterEach
  void stop() {
    ending.countDown();
    monitor.stop(0);
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + monitor.getAddress().getPort());
  }

  private static Answer whole(int status, String body) {
    return exchange -> {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    };
  }

  private static Answer refusal(int status, String code) {
    return whole(status, "{\"code\":\"" + code + "\",\"detail\":\"as a test says\"}");
  }

  /** Says so much, and then nothing, with the connection open. */
  private Answer silentAfter(String text, int times) {
    return exchange -> {
      exchange.sendResponseHeaders(200, 0);
      try {
        for (int i = 0; i < times; i++) {
          exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
        }
        exchange.getResponseBody().flush();
        ending.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  private List<JsonObject> stream(Duration quietMax) throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    new HttpAuditSource(url(), "token", quietMax)
        .stream(JsonObject.builder().build(), true, lines::add);
    return lines;
  }

  @Test
  void aLineThatIsDeadIsGivenUp() throws Exception {
    answers.add(silentAfter(LINE, 2));
    assertThatThrownBy(() -> stream(Duration.ofMillis(500)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nothing arrived for");
    answers.add(whole(200, LINE + LINE));
    assertThat(stream(Duration.ofSeconds(60))).hasSize(2);
  }

  @Test
  void aLineWithoutAnEndIsNotReadForEver() throws Exception {
    answers.add(silentAfter("x".repeat(1 << 16), 20));
    assertThatThrownBy(() -> stream(Duration.ofSeconds(60)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("longer than 1048576 bytes");
    answers.add(whole(200, "{\"after\":\"" + "7".repeat(1 << 19) + "\"}\n"));
    assertThat(stream(Duration.ofSeconds(60))).hasSize(1);
  }

  private CommandRun follow() throws IOException {
    Path token = folder.resolve("token");
    Files.writeString(token, "a-token");
    return CommandRun.of(
        "audit",
        "search",
        "--follow",
        "--after=3",
        "--json",
        "--monitor",
        url(),
        "--access-token",
        token);
  }

  @Test
  void whatIsRefusedForGoodIsAskedOnceAndSaidWithItsReason() throws Exception {
    answers.add(refusal(403, "insufficient-scope"));
    CommandRun run = follow();
    assertThat(asked).hasValue(1);
    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(run.err())
        .contains("it refuses (403): insufficient-scope, as a test says")
        .contains("--follow --after 3");
  }

  @Test
  void whatMayGoWellLaterIsAskedAgain() throws Exception {
    answers.add(refusal(503, "busy"));
    answers.add(refusal(429, "too-many-streams"));
    answers.add(whole(200, LINE));
    answers.add(refusal(401, "bad-token"));
    CommandRun run = follow();
    assertThat(asked).hasValue(4);
    assertThat(run.err())
        .contains("it refuses (401): bad-token, as a test says")
        .contains("--follow --after 7");
  }

  private String export() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new HttpAuditSource(url(), "token").export(JsonObject.builder().build(), "0", out);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void anExportThatMetDamageSaysWhatIsDamaged() throws Exception {
    String lines = "{\"proof\":\"" + "A".repeat(9000) + "\"}\n";
    answers.add(whole(200, lines + lines + "{\"end\":true,\"events\":0}\n"));
    assertThat(export()).as("the control").endsWith("\"events\":0}\n");
    for (String before : List.of("", lines, lines + "{\"n\":1}\n")) {
      answers.add(whole(200, before + "{\"damaged\":\"event 7 in the store was changed\"}\n"));
      assertThatThrownBy(this::export)
          .isInstanceOf(IOException.class)
          .hasMessage("event 7 in the store was changed");
    }
  }
}
