package dev.counterfoil.monitor.watching;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is taken for an authority's word on its health. */
final class AuthorityHealthTest {
  private static final String NOT_READY = "{\"ready\":false}";

  private final AuthorityHealth authority = new AuthorityHealth(Duration.ofSeconds(10));
  private HttpServer server;
  private volatile int status = 200;
  private volatile String body = "{\"ready\":true}";

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/acme/health/ready",
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    authority.close();
    server.stop(0);
  }

  private String issuer() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/acme";
  }

  @Test
  void whoIsNotReadyIsHeardToo() throws Exception {
    assertThat(authority.read(issuer())).hasValueSatisfying(ready(true));
    status = 503;
    body = NOT_READY;
    assertThat(authority.read(issuer())).hasValueSatisfying(ready(false));
  }

  /** It hides what it passes on, alarms of the registrar among it: not only for who debugs. */
  @Test
  void whoAnswersWhatCannotBeReadIsWarnedOfOnceUntilItCan() throws Exception {
    List<Level> said = new CopyOnWriteArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            said.add(line.getLevel());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(AuthorityHealth.class.getName());
    logger.addHandler(handler);
    try {
      authority.read(issuer());
      status = 500;
      authority.read(issuer());
      assertThat(said).doesNotContain(Level.WARNING);
      status = 200;
      String whole = body;
      String tooLong = "{\"text\":\"" + "x".repeat(AuthorityHealth.BYTES_MAX) + "\"}";
      for (String unreadable : List.of(tooLong, "no JSON")) {
        said.clear();
        body = unreadable;
        authority.read(issuer());
        authority.read(issuer());
        assertThat(said)
            .filteredOn(Level.WARNING::equals)
            .as(unreadable.substring(0, 7))
            .hasSize(1);
        body = whole;
        assertThat(authority.read(issuer())).isPresent();
      }
    } finally {
      logger.removeHandler(handler);
    }
  }

  private static Consumer<JsonObject> ready(boolean wanted) {
    return health -> assertThat(health.get("ready")).isEqualTo(wanted);
  }

  @Test
  void whatIsNoSuchAnswerIsNone() throws Exception {
    body = "no JSON";
    assertThat(authority.read(issuer())).isEmpty();
    body = "{\"ready\":true,\"text\":\"" + "x".repeat(AuthorityHealth.BYTES_MAX) + "\"}";
    assertThat(authority.read(issuer())).isEmpty();
    status = 500;
    body = NOT_READY;
    assertThat(authority.read(issuer())).isEmpty();
    status = 503;
    assertThat(authority.read(issuer())).as("the control").isPresent();
    server.stop(0);
    assertThat(authority.read(issuer())).isEmpty();
  }
}
