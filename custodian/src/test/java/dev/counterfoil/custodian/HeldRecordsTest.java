package dev.counterfoil.custodian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.format.TestLogKey;
import dev.counterfoil.format.TreeHasher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class HeldRecordsTest {
  private final TestLogKey key = TestLogKey.of("monitor.example/audit", new SecureRandom());

  /** What a custodian's stream gives before its end. */
  @FunctionalInterface
  private interface Given {
    void to(RecordStreamWriter stream) throws IOException;
  }

  private List<String> fetch(Given given) throws Exception {
    List<String> taken = new ArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          try {
            exchange.sendResponseHeaders(200, 0);
            RecordStreamWriter stream = new RecordStreamWriter(exchange.getResponseBody());
            given.to(stream);
            stream.flush();
          } finally {
            exchange.close();
          }
        });
    server.start();
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      new HeldRecords(http, url, "token")
          .fetch(
              key.key(),
              new HeldRecords.Taker() {
                @Override
                public long next() {
                  return taken.size();
                }

                @Override
                public void take(byte[] record) {
                  taken.add(new String(record, StandardCharsets.UTF_8));
                }
              });
    } finally {
      server.stop(0);
    }
    return taken;
  }

  @Test
  void aStreamThatPausesForEverHoldsNobodyUp() throws Exception {
    SignedNote head = new Checkpoint("monitor.example/audit", 0, TreeHasher.EMPTY_ROOT).sign(key);
    assertThat(
            fetch(
                stream -> {
                  stream.record(new byte[] {'a'});
                  stream.head(head.bytes());
                }))
        .as("the control")
        .containsExactly("a");
    assertThatThrownBy(
            () ->
                fetch(
                    stream -> {
                      while (true) {
                        stream.pause();
                        stream.flush();
                      }
                    }))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("pauses");
  }
}
