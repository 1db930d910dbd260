package dev.counterfoil.http.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every listener refuses, and how often it says so. */
@Timeout(300)
class ListenerTest {
  private static final int BODY_MAX = 200_000;
  private static final String HEAD = "POST /read HTTP/1.1\r\nHost: x\r\n";

  private final FailedRequests failures = new FailedRequests();
  private Listener web;

  @BeforeEach
  void start() {
    web =
        Listener.start(
            new Listener.Settings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                1024,
                8192,
                BODY_MAX,
                false,
                64,
                Duration.ofSeconds(10),
                new ClientAddress(List.of())),
            Problem.Form.TEXT,
            failures,
            routing ->
                routing
                    .post("/read", ListenerTest::read)
                    .post("/careless", this::careless)
                    .post("/done", ListenerTest::done)
                    .post("/unread", (request, response) -> response.send("unread"))
                    .get("/health/live", (request, response) -> response.send("live")));
  }

  @AfterEach
  void stop() {
    web.close();
  }

  private static void read(ServerRequest request, ServerResponse response) throws Exception {
    try (InputStream in = request.content().inputStream()) {
      response.send(Integer.toString(in.readAllBytes().length));
    }
  }

  /** Takes a failure of the body for one of its own, and keeps the connection. */
  private void careless(ServerRequest request, ServerResponse response) {
    try {
      read(request, response);
    } catch (Exception e) {
      response.send("careless");
    }
  }

  /** Ends the connection without a look at the body. */
  private static void done(ServerRequest request, ServerResponse response) {
    response.header(HeaderValues.CONNECTION_CLOSE).send("done");
  }

  private HostileRequests to(String path, int expected) {
    return new HostileRequests(
        web.port(), HEAD.replace("/read", path), "some text of no meaning", expected);
  }

  @Test
  void oneRequestHasOneAnswer() throws Exception {
    to("/read", 200).assertSoundIsServed();
    to("/read", 200).assertDataIsNoRequest(200);
    to("/read", 200).assertRefusedOnce();
  }

  @Test
  void aRouteThatTakesNoNoticeCannotGoOnEither() throws Exception {
    HostileRequests careless = to("/careless", 200);
    careless.assertSoundIsServed();
    for (String body : careless.unsound().values()) {
      HostileRequests.Answers answers =
          careless.exchange(
              HEAD.replace("/read", "/careless")
                  + "Transfer-Encoding: chunked\r\n\r\n"
                  + body
                  + "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(answers.statuses()).as(body).containsExactly(200);
      assertThat(answers.ended()).as(body).isTrue();
    }
  }

  @Test
  void aBodyThatNobodyReadsIsNoRequest() throws Exception {
    HostileRequests unread = to("/unread", 200);
    unread.assertSoundIsServed();
    for (String body : unread.unsound().values()) {
      HostileRequests.Answers answers =
          unread.exchange(
              HEAD.replace("/read", "/unread")
                  + "Transfer-Encoding: chunked\r\n\r\n"
                  + body
                  + "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(answers.statuses()).as(body).containsExactly(200);
      assertThat(answers.ended()).as(body).isTrue();
    }
  }

  @Test
  void nothingIsReadBehindAnAnswerThatEndsTheConnection() throws Exception {
    String smuggled = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    for (String request :
        List.of(
            HEAD.replace("/read", "/done") + "Content-Length: 42\r\n\r\n" + smuggled,
            HEAD.replace("/read", "/done") + "Transfer-Encoding: chunked\r\n\r\n" + smuggled,
            "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + smuggled)) {
      HostileRequests.Answers answers = to("/done", 200).exchange(request);
      assertThat(answers.statuses()).as(request).containsExactly(200);
      assertThat(answers.ended()).as(request).isTrue();
    }
  }

  @Test
  void aLargeChunkIsHandedOnInPieces() throws Exception {
    String body = "x".repeat(BODY_MAX - 1);
    HostileRequests large = new HostileRequests(web.port(), HEAD, body, 200);
    large.assertSoundIsServed();
    HostileRequests.Answers answers =
        large.exchange(
            HEAD + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n" + "x".repeat(3 << 16));
    assertThat(answers.statuses()).containsExactly(413);
    assertThat(answers.ended()).isTrue();
  }

  /** One that sends on hears why it is refused, and then its connection ends. */
  @Test
  void whoSendsTooMuchHearsSo() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
      socket.setSoTimeout(20_000);
      OutputStream out = socket.getOutputStream();
      out.write((HEAD + "Content-Length: 9000000\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 9; i++) {
        out.write(new byte[1_000_000]);
        Thread.sleep(20);
      }
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(answer).startsWith("HTTP/1.1 413").contains("the body is longer than");
    }
  }

  @Test
  void strangersDoNotFillTheLog() throws Exception {
    to("/read", 200).assertLittleIsLogged();
    assertThat(failures.malformed()).isGreaterThanOrEqualTo(1_900);
  }

  @Test
  void aFailureOfOursIsShownOnceAMinute() {
    HostileRequests.Logged logged = new HostileRequests.Logged();
    try (logged) {
      for (int i = 0; i < 2_000; i++) {
        failures.failed("/read", new UncheckedIOException(new java.io.IOException("disk")));
      }
    }
    assertThat(logged.text()).contains("/read").contains("disk").hasSizeLessThan(20_000);
    assertThat(failures.failed()).isEqualTo(2_000);
  }

  @Test
  void anOldVersionIsExplained() throws Exception {
    to("/read", 200).assertOldVersionIsExplained();
  }
}
