package dev.counterfoil.custodian.issuer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.custodian.held.RecordItem;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.verifier.KeySetSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An issuer that stops inside an answer. Without a bound these tests would never end. */
@Timeout(120)
final class HttpIssuerSourceTest {
  private static final String WHOLE =
      "\0\0\0\u0003one\0\0\0\u0003two\u0001\0\0\u0004head\u0002\0\0\0";

  private final HttpClient http = HttpClient.newHttpClient();

  /** Without threads for what comes, as a custodian's. */
  private final HttpClient direct = HttpClient.newBuilder().executor(Runnable::run).build();

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer server;
  private HttpIssuerSource source;
  private StatedLog log;
  private volatile boolean stalling;
  private volatile boolean unauthorized;

  /** Whose tokens were asked for, and whether the last one was rejected. */
  private final List<String> asked = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    RecordedIssuer issuer = new RecordedIssuer("acme", url, InstantSource.system());
    log =
        KeySetSource.read(issuer.issuer.policy(), issuer.keyLog(), InstantSource.system().instant())
            .logs()
            .getFirst();
    source =
        new HttpIssuerSource(
            http,
            direct,
            url,
            rejected -> asked("custodian", rejected),
            rejected -> asked("monitor", rejected),
            Duration.ofMillis(300));
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    http.shutdownNow();
    direct.shutdownNow();
    threads.close();
  }

  private String asked(String token, boolean rejected) {
    asked.add(token + (rejected ? " anew" : ""));
    return token;
  }

  private void serve(HttpExchange exchange) throws IOException {
    if (unauthorized) {
      try (exchange) {
        exchange.sendResponseHeaders(401, -1);
      }
      return;
    }
    byte[] body = WHOLE.getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, body.length);
    try (exchange) {
      // Half of it has a whole record: it must not pass for all there is.
      int half = body.length / 2;
      exchange.getResponseBody().write(body, 0, half);
      exchange.getResponseBody().flush();
      if (stalling) {
        end.await();
      }
      exchange.getResponseBody().write(body, half, body.length - half);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aBodyThatStopsIsGivenUpAndTheNextIsRead() throws Exception {
    assertThat(source.checkpoint(log)).isEqualTo(WHOLE.getBytes(StandardCharsets.US_ASCII));
    stalling = true;
    assertThatThrownBy(() -> source.checkpoint(log))
        .isInstanceOf(IssuerUnavailableException.class)
        .hasMessageContaining("broke off");
    stalling = false;
    assertThat(source.checkpoint(log)).isEqualTo(WHOLE.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void recordsThatStopAreGivenUpAndTheNextAreRead() throws Exception {
    assertThat(texts()).containsExactly("one", "two", "head", "pause");
    stalling = true;
    assertThatThrownBy(this::texts)
        .isInstanceOf(IssuerUnavailableException.class)
        .hasMessageContaining("broke off");
    stalling = false;
    assertThat(texts()).containsExactly("one", "two", "head", "pause");
  }

  /** Its thread may wait for a name, so that tokens are all that may wait for it. */
  @Test
  void recordsAndWordsAloneAreAskedWithTheClientWithoutThreads() throws Exception {
    assertThat(texts()).isNotEmpty();
    assertThat(source.held(log.name(), new byte[] {1}).get()).isEqualTo(200);
    direct.shutdownNow();
    assertThatThrownBy(this::texts).isInstanceOf(IssuerUnavailableException.class);
    assertThatThrownBy(() -> source.held(log.name(), new byte[] {1}).get())
        .hasRootCauseInstanceOf(IOException.class);
    assertThat(source.checkpoint(log)).isEqualTo(WHOLE.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aTokenThatIsRefusedIsReplacedAndTheOtherIsKept() throws Exception {
    unauthorized = true;
    assertThatThrownBy(this::texts).hasMessageContaining("401");
    assertThatThrownBy(() -> source.checkpoint(log)).hasMessageContaining("401");
    unauthorized = false;
    assertThatThrownBy(() -> source.word(log, Hash.sha256())).hasMessageContaining("understood");
    assertThat(texts()).isNotEmpty();
    assertThat(texts()).isNotEmpty();
    assertThat(asked).containsExactly("custodian", "monitor", "custodian anew", "custodian");
  }

  private List<String> texts() throws IssuerUnavailableException {
    List<String> texts = new ArrayList<>();
    try (RecordStream stream = source.records(log, 0)) {
      List<RecordItem> items = stream.next();
      while (!items.isEmpty()) {
        for (RecordItem item : items) {
          texts.add(
              switch (item) {
                case RecordItem.Payload payload -> text(payload.bytes());
                case RecordItem.Head head -> text(head.note());
                case RecordItem.Pause pause -> "pause";
              });
        }
        items = stream.next();
      }
    }
    return texts;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
