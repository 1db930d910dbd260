package dev.counterfoil.authority;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.http.listener.HostileRequests;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that no honest client sends. After each test the server still serves. */
class HostileRequestsTest {
  private static RunningDomain domain;
  private static String secret;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    domain =
        new RunningDomain(
            folder,
            "enterprise",
            "https://login.example",
            List.of(),
            List.of(),
            List.of(),
            null,
            Duration.ofSeconds(4));
    secret =
        domain
            .admin
            .register(ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of()))
            .orElseThrow();
  }

  @AfterAll
  static void stop() throws Exception {
    domain.close();
  }

  @AfterEach
  void theServerStillServes() throws Exception {
    assertThat(domain.send(domain.tokenRequest("app", secret)).statusCode()).isEqualTo(200);
  }

  private static Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), domain.port());
  }

  private static String exchange(byte[] request) throws IOException {
    try (Socket socket = connect()) {
      socket.setSoTimeout(15_000);
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      try {
        out.write(request);
        out.flush();
        socket.shutdownOutput();
        return new String(in.readNBytes(64 * 1024), StandardCharsets.ISO_8859_1);
      } catch (SocketException e) {
        // The server closed while it was still being written to.
        return "";
      }
    }
  }

  private static String exchange(String request) throws IOException {
    return exchange(request.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void clean(String answer) {
    assertThat(answer)
        .doesNotContain("Exception")
        .doesNotContain("dev.counterfoil")
        .doesNotContain("io.helidon")
        .doesNotContain("\tat ");
  }

  private static void refused(String answer, int... statuses) {
    clean(answer);
    if (!answer.isEmpty()) {
      int status = Integer.parseInt(answer.substring(9, 12));
      assertThat(statuses).as(answer).contains(status);
    }
  }

  @Test
  void aBodyBeyondTheLimit() throws Exception {
    String head =
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    refused(exchange(head + "Content-Length: 100000\r\n\r\n" + "a".repeat(100_000)), 413);
    refused(exchange(head + "Content-Length: 99999999999\r\n\r\na=b"), 413);
    StringBuilder chunks = new StringBuilder(head + "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100; i++) {
      chunks.append("400\r\n").append("a".repeat(1024)).append("\r\n");
    }
    refused(exchange(chunks + "0\r\n\r\n"), 413);
  }

  @Test
  void aBodyInChunksIsRead() throws Exception {
    String basic = RunningDomain.basic("app", secret);
    String answer =
        exchange(
            "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Authorization: "
                + basic
                + "\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "d\r\ngrant_type=cl\r\nf\r\nient_credential\r\n1\r\ns\r\n0\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200");
  }

  private static HostileRequests hostile() {
    return new HostileRequests(
        domain.port(),
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + "Authorization: "
            + RunningDomain.basic("app", secret)
            + "\r\n",
        "grant_type=client_credentials",
        200);
  }

  @Test
  void oneRequestHasOneAnswer() throws Exception {
    hostile().assertSoundIsServed();
    hostile().assertDataIsNoRequest(400);
    hostile().assertRefusedOnce();
  }

  @Test
  void strangersDoNotFillTheLog() throws Exception {
    hostile().assertLittleIsLogged();
  }

  @Test
  void anOldVersionIsExplained() throws Exception {
    hostile().assertOldVersionIsExplained();
  }

  @Test
  void headersBeyondTheLimit() throws Exception {
    refused(
        exchange("GET /jwks HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(40_000) + "\r\n\r\n"),
        400,
        431);
    StringBuilder many = new StringBuilder("GET /jwks HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 5000; i++) {
      many.append("X").append(i).append(": a\r\n");
    }
    refused(exchange(many + "\r\n"), 400, 431);
    refused(exchange("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"), 400, 414);
  }

  @Test
  void bytesThatAreNoRequest() throws Exception {
    refused(exchange("\r\n\r\n\r\n"), 400);
    refused(exchange("hello\r\n\r\n"), 400);
    refused(exchange("GET / HTTP/9.9\r\n\r\n"), 400, 505);
    refused(exchange("POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"), 400);
    refused(
        exchange(
            "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
        400);
    refused(
        exchange(
            "POST /token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
        400);
    refused(exchange(new byte[] {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01}), 400);
  }

  @Test
  void aBodyThatStopsHalfWay() throws Exception {
    refused(
        exchange(
            "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Content-Length: 100\r\n\r\ngrant_type=cl"),
        400,
        408);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "POST /tok",
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Ty",
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + "Content-Length: 100\r\n\r\ngrant_type=cl"
      })
  void aClientThatFallsSilentIsCutOff(String sent) throws Exception {
    try (Socket socket = connect()) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      refused(answer, 408, 400);
    } catch (SocketException e) {
      // Reset: cut off as well. A connection that is kept ends in a SocketTimeoutException.
      assertThat(e).hasMessageContaining("reset");
    }
  }

  @Test
  void aClientThatSendsByteByByteIsCutOff() throws Exception {
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      String head =
          "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
              .concat("Content-Type: application/x-www-form-urlencoded\r\n\r\n");
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 900; i++) {
                  out.write('a');
                  Thread.sleep(20);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void requestsWithBytesChangedAtRandom(long seed) throws Exception {
    Random random = new Random(seed);
    String good =
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + "Authorization: "
            + RunningDomain.basic("app", secret)
            + "\r\nContent-Length: 29\r\n\r\ngrant_type=client_credentials";
    for (int i = 0; i < 250; i++) {
      byte[] bytes = good.getBytes(StandardCharsets.ISO_8859_1);
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      clean(exchange(bytes));
    }
  }
}
