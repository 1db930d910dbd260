package dev.counterfoil.spring.authorizationserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;

/** An answer that never ends keeps one token waiting, and for a time only. */
class StalledDoorTest {
  private static final String TOKEN = "e30.e30.AA";
  private static final String DONE = "{\"log\":\"d1g1\",\"positions\":[0]}";

  private final AtomicBoolean stalls = new AtomicBoolean(true);
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  private void serve(ServerSocket server) {
    try {
      while (true) {
        Socket socket = server.accept();
        open.add(socket);
        byte[] request = new byte[64 << 10];
        int read = socket.getInputStream().read(request);
        OutputStream out = socket.getOutputStream();
        String head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ";
        String answer =
            stalls.get() || read < 0
                ? head + "9\r\n\r\n{"
                : head + DONE.length() + "\r\n\r\n" + DONE;
        out.write(answer.getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  @Test
  @Timeout(60)
  void thoseThatComeAfterItAreRecorded() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform().daemon().start(() -> serve(server));
      SpringRecordDoor door =
          new SpringRecordDoor(
              "http://127.0.0.1:" + server.getLocalPort(),
              rejected -> "token",
              Duration.ofSeconds(1),
              HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
      assertThatThrownBy(() -> door.record(TOKEN))
          .isInstanceOf(OAuth2AuthenticationException.class)
          .hasMessageContaining("not recorded");
      stalls.set(false);
      door.record(TOKEN);
      assertThat(open).as("each was asked").hasSizeGreaterThan(1);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }
}
