package dev.counterfoil.http.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Posts over real sockets. */
class GuardedAsksTest {
  private static final byte[] BODY = "a=b".getBytes(StandardCharsets.US_ASCII);

  private final AtomicInteger requests = new AtomicInteger();
  private volatile String answer = "HTTP/1.1 200 OK\r\n\r\n";
  private volatile boolean isSilent;
  private volatile String got = "";

  @SuppressWarnings("NullAway.Init") // by listen
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private void serve() {
    try {
      while (true) {
        Socket socket = server.accept();
        requests.incrementAndGet();
        InputStream in = socket.getInputStream();
        StringBuilder text = new StringBuilder();
        while (text.indexOf("a=b") < 0) {
          int next = in.read();
          if (next < 0) {
            break;
          }
          text.append((char) next);
        }
        got = text.toString();
        if (!isSilent) {
          socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
          socket.close();
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private URI at(String host) {
    return URI.create("http://" + host + ":" + server.getLocalPort() + "/bye?x=y");
  }

  private static GuardedAsks posts(Duration within, GuardedConnections.Resolver resolver) {
    return new GuardedAsks(
        new GuardedConnections(resolver, () -> (SSLSocketFactory) SSLSocketFactory.getDefault()),
        new OutboundGuard(List.of())::objection,
        within,
        0);
  }

  private static GuardedAsks posts() {
    return posts(Duration.ofSeconds(10), GuardedConnections.Resolver.ofHost());
  }

  private static int post(GuardedAsks posts, URI target) throws Exception {
    return posts.post(target, "application/x-www-form-urlencoded", BODY);
  }

  @Test
  void aPostIsSentAndItsStatusRead() throws Exception {
    assertThat(post(posts(), at("127.0.0.1"))).isEqualTo(200);
    assertThat(got)
        .startsWith("POST /bye?x=y HTTP/1.1\r\nHost: 127.0.0.1:" + server.getLocalPort())
        .contains("Content-Type: application/x-www-form-urlencoded\r\n", "Content-Length: 3\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 100 Continue|X: y||HTTP/1.1 204 None||, 204",
    "HTTP/1.0 500|, 500",
    "HTTP/1.1 302 Found|Location: http://127.0.0.1:1/||, 302",
  })
  void theFinalStatusCountsAndNoRedirectIsFollowed(String text, int status) throws Exception {
    answer = text.replace("|", "\r\n");
    assertThat(post(posts(), at("localhost"))).isEqualTo(status);
    assertThat(requests).hasValue(1);
  }

  @ParameterizedTest
  @CsvSource({"SSH-2.0-x|", "HTTP/2 200|", "HTTP/1.1 20|", "''"})
  void whatIsNoAnswerIsAnError(String text) {
    answer = text.replace("|", "\r\n");
    assertThatThrownBy(() -> post(posts(), at("localhost"))).isInstanceOf(IOException.class);
  }

  @Test
  void anEndlessHeadEnds() {
    answer = "HTTP/1.1 100 Continue\r\n" + "x: y\r\n".repeat(10_000);
    assertThatThrownBy(() -> post(posts(), at("localhost"))).isInstanceOf(IOException.class);
  }

  @Test
  void whoIsSilentIsLeft() {
    isSilent = true;
    assertThatThrownBy(
            () ->
                post(
                    posts(Duration.ofMillis(200), GuardedConnections.Resolver.ofHost()),
                    at("localhost")))
        .hasMessageContaining("200 milliseconds");
    assertThat(requests).hasValue(1);
  }

  @Test
  void aNameThatLeadsInwardIsNotConnectedTo() {
    URI inward = URI.create("https://app.example:" + server.getLocalPort() + "/");
    GuardedAsks posts =
        posts(Duration.ofSeconds(10), host -> List.of(InetAddress.getLoopbackAddress()));
    assertThatThrownBy(() -> post(posts, inward)).hasMessageContaining("not public");
    assertThat(requests).hasValue(0);
  }

  @Test
  void aNameIsResolvedOnceAndConnectedToAsItWasLookedAt() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    GuardedAsks posts =
        posts(
            Duration.ofSeconds(10),
            host -> {
              asked.incrementAndGet();
              return List.of(InetAddress.getLoopbackAddress());
            });
    assertThat(post(posts, at("localhost"))).isEqualTo(200);
    assertThat(asked).hasValue(1);
  }
}
