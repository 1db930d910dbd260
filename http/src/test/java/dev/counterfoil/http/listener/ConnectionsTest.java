package dev.counterfoil.http.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Those who open connections and hold them keep nobody out. */
@Timeout(120)
class ConnectionsTest {
  private static final int MAX = 256;

  private static Listener start(Duration readTimeMax) {
    return Listener.start(
        new Listener.Settings(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            1024,
            8192,
            1024,
            false,
            MAX,
            readTimeMax,
            new ClientAddress(List.of())),
        Problem.Form.TEXT,
        new FailedRequests(),
        routing -> routing.get("/small", (request, response) -> response.send("s")));
  }

  private static Socket connect(Listener web) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static String ask(Socket socket) throws IOException {
    // What is left of the last answer.
    socket.getInputStream().skipNBytes(socket.getInputStream().available());
    socket
        .getOutputStream()
        .write("GET /small HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    byte[] answer = new byte[15];
    int count = socket.getInputStream().readNBytes(answer, 0, answer.length);
    return new String(answer, 0, count, StandardCharsets.US_ASCII);
  }

  @Test
  void moreIdleConnectionsThanThereAreShutNobodyOut() throws Exception {
    List<Socket> idle = new ArrayList<>();
    try (Listener web = start(Duration.ofMinutes(1))) {
      Socket early = connect(web);
      idle.add(early);
      assertThat(ask(early)).isEqualTo("HTTP/1.1 200 OK");
      for (int i = 0; i < 2 * MAX; i++) {
        idle.add(connect(web));
        if (i % 64 == 0) {
          long startedAt = System.nanoTime();
          try (Socket honest = connect(web)) {
            assertThat(ask(honest)).as("after " + i).isEqualTo("HTTP/1.1 200 OK");
          }
          assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
              .as("before the time of an idle connection is over")
              .isLessThan(TimedConnections.FIRST_BYTE_MAX);
        }
      }
      assertThat(ask(early)).as("one that has spoken goes last").isEqualTo("HTTP/1.1 200 OK");
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void aConnectionThatNeverSpeaksEndsAndOneThatSpokeStays() throws Exception {
    try (Listener web = start(Duration.ofSeconds(30));
        Socket silent = connect(web);
        Socket spoken = connect(web)) {
      assertThat(ask(spoken)).isEqualTo("HTTP/1.1 200 OK");
      long startedAt = System.nanoTime();
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
          .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(18));
      assertThat(ask(spoken)).isEqualTo("HTTP/1.1 200 OK");
    }
  }

  /** A connection of an address, as far as it matters here. */
  private static final class Known implements Connections.Held {
    private final InetAddress address;
    private final boolean isBusy;
    private boolean isEnded;

    Known(String address, boolean isBusy) {
      this.address = InetAddress.ofLiteral(address);
      this.isBusy = isBusy;
    }

    @Override
    public @Nullable InetAddress address() {
      return address;
    }

    @Override
    public boolean hasSpoken() {
      return isBusy;
    }

    @Override
    public boolean isBetweenRequests() {
      return !isBusy;
    }

    @Override
    public boolean isOverdue() {
      return false;
    }

    @Override
    public long waitsSinceNanos() {
      return System.nanoTime();
    }

    @Override
    public void end() {
      isEnded = true;
    }
  }

  @Test
  void oneAddressHoldsAQuarter() throws Exception {
    InetAddress proxy = InetAddress.ofLiteral("192.0.2.1");
    try (Connections connections = new Connections(8, proxy::equals)) {
      assertThat(connections.enter(new Known("198.51.100.1", true))).isTrue();
      Known idle = new Known("198.51.100.1", false);
      assertThat(connections.enter(idle)).isTrue();
      Known third = new Known("198.51.100.1", true);
      assertThat(connections.enter(third)).as("its own idle one goes").isTrue();
      assertThat(idle.isEnded).isTrue();
      assertThat(connections.enter(new Known("198.51.100.1", true))).as("all busy").isFalse();
      connections.leave(third);
      assertThat(connections.enter(new Known("198.51.100.1", true))).isTrue();
      // One network of IPv6 is one client.
      assertThat(connections.enter(new Known("2001:db8::1", true))).isTrue();
      assertThat(connections.enter(new Known("2001:db8::2", true))).isTrue();
      assertThat(connections.enter(new Known("2001:db8::3", true))).isFalse();
      for (int i = 0; i < 4; i++) {
        assertThat(connections.enter(new Known("192.0.2.1", true))).as("a proxy").isTrue();
      }
      assertThat(connections.enter(new Known("127.0.0.1", true))).as("all are taken").isFalse();
    }
  }
}
