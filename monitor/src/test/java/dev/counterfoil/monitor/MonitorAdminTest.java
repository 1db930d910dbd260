package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How long the monitor may take to begin its answer. */
@Timeout(120)
class MonitorAdminTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  /** Its socket takes connections, as the kernel does for a process that is stopped. */
  @Test
  void aMonitorThatHangsIsNotWaitedFor() throws Exception {
    Path socket = folder.resolve("admin.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      MonitorAdmin monitor = new MonitorAdmin(socket, Duration.ofSeconds(1));
      assertThatThrownBy(() -> monitor.findings(JsonObject.builder().build(), line -> {}))
          .isInstanceOf(IOException.class)
          .hasMessage("it did not begin to answer within 1 s");
      assertThatThrownBy(() -> monitor.forgedKeys(line -> {}))
          .isInstanceOf(IOException.class)
          .hasMessage("it did not begin to answer within 1 s");
    }
  }

  @Test
  void anEmptyLineBeginsAnAnswer() throws Exception {
    Path socket = folder.resolve("admin.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread answering =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (SocketChannel channel = server.accept()) {
                      channel.read(ByteBuffer.allocate(4096));
                      channel.write(
                          ByteBuffer.wrap(
                              "\n{\"kid\":\"a\",\"count\":1}\n{\"end\":true}\n"
                                  .getBytes(StandardCharsets.UTF_8)));
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      List<JsonObject> lines = new ArrayList<>();
      new MonitorAdmin(socket, Duration.ofSeconds(60)).forgedKeys(lines::add);
      answering.join();
      assertThat(lines).singleElement().extracting(line -> line.get("kid")).isEqualTo("a");
    }
  }
}
