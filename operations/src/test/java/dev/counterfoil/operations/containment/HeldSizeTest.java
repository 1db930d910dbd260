package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.monitor.MonitorAdmin;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldSizeTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  /** Holds one more each time it is asked, up to five. */
  @Test
  void aMonitorThatIsBehindIsWaitedForAndOneThatHoldsLessIsBelieved() throws Exception {
    Path socket = folder.resolve("admin.sock");
    AtomicInteger asked = new AtomicInteger();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofPlatform().daemon().start(() -> answer(server, asked));
      MonitorAdmin monitor = new MonitorAdmin(socket);
      Duration patience = Duration.ofSeconds(60);
      assertThat(HeldSize.reaching(monitor, "main", "s1g1", 4, patience)).contains(4L);
      assertThat(HeldSize.reaching(monitor, "main", "s1g9", 4, patience)).isEmpty();
      assertThat(HeldSize.reaching(monitor, "other", "s1g1", 4, patience)).isEmpty();
      assertThat(HeldSize.reaching(monitor, "main", "s1g1", 1L << 40, Duration.ZERO)).contains(5L);
    }
  }

  private static void answer(ServerSocketChannel server, AtomicInteger asked) {
    while (true) {
      try (SocketChannel channel = server.accept()) {
        new BufferedReader(
                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))
            .readLine();
        String held =
            """
            {"ready":true,"logs":[{"domain":"main","log":"s1g1","held":%d}]}
            {"end":true}
            """
                .formatted(Math.min(5, asked.incrementAndGet()));
        channel.write(ByteBuffer.wrap(held.getBytes(StandardCharsets.UTF_8)));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
