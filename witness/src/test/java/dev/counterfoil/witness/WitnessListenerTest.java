package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.http.listener.HostileRequests;
import dev.counterfoil.witness.WitnessConfiguration.Cosigning;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that do not arrive. Without a bound these tests would never end. */
@Timeout(120)
final class WitnessListenerTest {
  private static final Duration REQUEST_TIME = Duration.ofSeconds(5);
  private static final String HEAD = "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n";

  @TempDir Path folder;
  private TestLog log;
  private TestWitness witness;

  @BeforeEach
  void start() throws Exception {
    log = TestLog.of("log.example", 10);
    TestWitness.accept(folder, log);
    witness = TestWitness.start(folder, InstantSource.system(), Cosigning.ED25519, REQUEST_TIME);
  }

  @AfterEach
  void stop() throws Exception {
    witness.close();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), witness.witness().port());
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
      strings = {"", "POST /add", HEAD + "Content-Ty", HEAD + "Content-Length: 100\r\n\r\nold 0\n"})
  void aClientThatFallsSilentIsCutOff(String sent) throws Exception {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
      assertThat(answer(socket)).doesNotContain(" 200 ").doesNotContain("\tat ");
    }
    assertThat(witness.post(log.request(0, 5)).statusCode()).isEqualTo(200);
  }

  @Test
  void oneRequestHasOneAnswer() throws Exception {
    HostileRequests hostile =
        new HostileRequests(witness.witness().port(), HEAD, "no request of a checkpoint", 400);
    hostile.assertSoundIsServed();
    hostile.assertDataIsNoRequest(400);
    hostile.assertRefusedOnce();
    hostile.assertLittleIsLogged();
    hostile.assertOldVersionIsExplained();
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
    assertThat(witness.post(log.request(0, 5)).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        "POST /../add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
      })
  void whatIsNoRequestIsRefusedWithoutAnEcho(String sent) throws Exception {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
      assertThat(answer(socket)).doesNotContain(" 200 ").doesNotContain("nonsense");
    }
    assertThat(witness.post(log.request(0, 5)).statusCode()).isEqualTo(200);
  }
}
