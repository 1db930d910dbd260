package dev.counterfoil.http.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
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

/** Clients that hold the only connection there is. Without a bound these tests would never end. */
@Timeout(300)
class TimedConnectionsTest {
  private static final Duration TIME_MAX = Duration.ofMillis(500);

  /** More than the buffers of both ends hold. */
  private static final byte[] LARGE = new byte[32 << 20];

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
                0,
                false,
                1,
                TIME_MAX,
                new ClientAddress(List.of())),
            Problem.Form.TEXT,
            failures,
            routing ->
                routing
                    .get("/small", (request, response) -> response.send(new byte[] {'s'}))
                    .get("/large", (request, response) -> response.send(LARGE)));
  }

  @AfterEach
  void stop() {
    web.close();
  }

  private Socket connect() throws Exception {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(8 << 10);
    socket.setSoTimeout(60_000);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), web.port()));
    return socket;
  }

  private static void ask(Socket socket, String text) throws Exception {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** All that comes until the server ends the connection. */
  private byte[] answer(String path) throws Exception {
    try (Socket socket = connect();
        InputStream in = socket.getInputStream()) {
      ask(socket, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      return in.readAllBytes();
    }
  }

  private void assertServed() throws Exception {
    assertThat(new String(answer("/small"), StandardCharsets.US_ASCII))
        .startsWith("HTTP/1.1 200")
        .endsWith("s");
  }

  @Test
  void whoNeverReadsHisAnswerLosesHisPlace() throws Exception {
    try (Socket socket = connect()) {
      ask(socket, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
      assertServed();
      assertThat(socket.isClosed()).isFalse();
    }
    int length = 0;
    // On a busy machine he who reads may be kept from it for as long as that.
    for (int tries = 0; tries < 20 && length <= LARGE.length; tries++) {
      length = answer("/large").length;
    }
    assertThat(length).as("who reads has all of it").isGreaterThan(LARGE.length);
  }

  @Test
  void whoStopsInsideHisRequestLosesHisPlace() throws Exception {
    try (Socket socket = connect()) {
      ask(socket, "GET /sm");
      assertServed();
    }
    assertThat(failures.malformed() + failures.failed()).as("nothing failed").isZero();
  }

  @Test
  void aResetIsNoFailureOfOurs() throws Exception {
    Socket socket = connect();
    ask(socket, "GET /small HTTP/1.1\r\nHo");
    // Its bytes are there before it goes.
    Thread.sleep(100);
    socket.setSoLinger(true, 0);
    socket.close();
    assertServed();
    assertThat(failures.malformed() + failures.failed()).isZero();
  }
}
