package dev.counterfoil.monitor.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.HostileRequests;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.monitor.database.DatabaseBudget;
import dev.counterfoil.monitor.judging.SightingStore;
import dev.counterfoil.monitor.judging.TestMonitor;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that do not arrive. Without a bound these tests would never end. */
@Timeout(120)
final class MonitorListenerTest {
  private final Answers answers = Answers.toBearers("counterfoil-monitor");
  private static final Duration READ_TIME_MAX = Duration.ofSeconds(4);
  private static final String HEAD =
      """
      POST /sightings HTTP/1.1\r
      Host: x\r
      Authorization: Bearer reporter\r
      Content-Type: application/json\r
      """;
  private static final String BODY =
      "{\"v\":1,\"reporter\":\"mail\",\"sequence\":1,\"lost\":0,\"sightings\":[]}";

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final CountDownLatch answerSlowly = new CountDownLatch(1);
  private final CountDownLatch answering = new CountDownLatch(1);
  private final List<String> readers = new CopyOnWriteArrayList<>();
  private TestMonitor monitor;
  private Listener web;

  @BeforeEach
  void start() throws Exception {
    monitor = new TestMonitor(clock, folder.resolve("monitor"));
    web = listen(monitor.sightings);
  }

  private Listener listen(SightingStore sightings) {
    MonitorRoutes routes =
        new MonitorRoutes(
            answers,
            (token, scope, address) ->
                new Caller("acme", "mail", token.equals("operator") ? "counterfoil" : "acme"),
            sightings,
            new AcknowledgementStore(monitor.database.jdbi()),
            monitor.findings,
            monitor.keyReport(),
            new MonitorMeters(answers.failed()),
            Watchers.of(List.of()),
            clock,
            1 << 20,
            (operation, caller, address, about) -> readers.add(address),
            this::ready,
            List::of,
            (caller, batch) -> {},
            (chain, request, response) -> chain.proceed(),
            List.of(),
            routing -> {});
    return answers.listen(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        1 << 20,
        new ClientAddress(List.of("127.0.0.1")),
        READ_TIME_MAX,
        routes::register);
  }

  @AfterEach
  void stop() throws Exception {
    answerSlowly.countDown();
    web.close();
    monitor.close();
  }

  private List<String> ready() {
    answering.countDown();
    try {
      answerSlowly.await();
      return Thread.currentThread().isInterrupted() ? List.of("interrupted") : List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of("interrupted");
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port());
    // A connection that is kept ends in a SocketTimeoutException.
    socket.setSoTimeout(60_000);
    return socket;
  }

  /** What comes back until the connection ends. */
  private static String answer(Socket socket) throws IOException {
    try (InputStream in = socket.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (SocketException e) {
      // Reset: cut off as well.
      return "";
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "POST /sigh",
        "POST /sightings HTTP/1.1\r\nHost: x\r\nContent-Ty",
        HEAD + "Content-Length: 100\r\n\r\n{\"v\":1,"
      })
  void aClientThatFallsSilentIsCutOff(String sent) throws Exception {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
      assertThat(answer(socket)).doesNotContain(" 202 ").doesNotContain("\tat ");
    }
  }

  private void readFindings(String from, String headers) throws IOException {
    try (Socket socket = new Socket()) {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), web.port()));
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(
              ("GET /findings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer operator\r\n"
                      + "Connection: close\r\n"
                      + headers
                      + "\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(answer(socket)).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void theReaderIsOnRecordAndNotTheProxy() throws Exception {
    // 127.0.0.1 is a proxy that this monitor trusts, and 127.0.0.2 is not.
    readFindings("127.0.0.1", "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n");
    readFindings("127.0.0.2", "X-Forwarded-For: 203.0.113.9\r\n");
    readFindings("127.0.0.1", "");
    assertThat(readers).containsExactly("203.0.113.9", "127.0.0.2", "127.0.0.1");
  }

  @Test
  void oneRequestHasOneAnswer() throws Exception {
    HostileRequests hostile = new HostileRequests(web.port(), HEAD, BODY, 202);
    hostile.assertSoundIsServed();
    hostile.assertDataIsNoRequest(400);
    hostile.assertRefusedOnce();
    hostile.assertLittleIsLogged();
    hostile.assertOldVersionIsExplained();
  }

  @Test
  void aWholeRequestIsAnswered() throws Exception {
    String whole =
        HEAD + "Connection: close\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY;
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      // In two parts, so that the server waits for the second.
      out.write(whole.substring(0, whole.length() - 10).getBytes(StandardCharsets.US_ASCII));
      out.flush();
      out.write(whole.substring(whole.length() - 10).getBytes(StandardCharsets.US_ASCII));
      assertThat(answer(socket)).startsWith("HTTP/1.1 202").contains("\"repeated\":false");
    }
  }

  @Test
  void aFullDatabaseIsSaidToWhoeverIsToComeAgain() throws Exception {
    web.close();
    web =
        listen(
            new SightingStore(
                monitor.database.jdbi(),
                monitor.findings,
                new DatabaseBudget(monitor.database.jdbi(), 1),
                judgement -> {}));
    String whole =
        HEAD + "Connection: close\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY;
    try (Socket socket = connect()) {
      socket.getOutputStream().write(whole.getBytes(StandardCharsets.US_ASCII));
      assertThat(answer(socket))
          .startsWith("HTTP/1.1 503")
          .containsIgnoringCase("Retry-After: 5")
          .contains("\"code\":\"database-full\"");
    }
  }

  @Test
  void aClientThatSendsByteByByteIsCutOff() throws Exception {
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write((HEAD + "Content-Length: 100000\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 5000; i++) {
                  out.write(' ');
                  Thread.sleep(20);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void anAnswerThatTakesLongerIsNotCutOff() throws Exception {
    String request = "GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    try (Socket socket = connect();
        Socket silent = connect()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      answering.await();
      silent.getOutputStream().write('G');
      answer(silent);
      // One that came later is cut off by now, and the next round has come for both.
      try (Socket another = connect()) {
        another.getOutputStream().write('G');
        answer(another);
      }
      answerSlowly.countDown();
      assertThat(answer(socket)).startsWith("HTTP/1.1 200").contains("\"ready\":true");
    }
  }
}
