package dev.counterfoil.auditclient;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.audit.AuditEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against an audit log that is away, refuses, and answers again. */
class AuditClientTest {
  private static final byte[] TAKEN =
      "{\"recorded\":1,\"repeated\":0,\"refused\":[]}".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;
  private final List<AuditEvent> taken = new CopyOnWriteArrayList<>();
  private final AtomicInteger status = new AtomicInteger(200);
  private final AtomicInteger asked = new AtomicInteger();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private final List<String> told = new CopyOnWriteArrayList<>();

  @SuppressWarnings("NullAway.Init")
  private HttpServer monitor;

  @BeforeEach
  void start() throws IOException {
    monitor = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    monitor.createContext("/audit/v1/events", this::take);
    monitor.start();
  }

  @AfterEach
  void stop() {
    monitor.stop(0);
  }

  private void take(HttpExchange exchange) throws IOException {
    asked.incrementAndGet();
    told.add(String.valueOf(exchange.getRequestHeaders().getFirst(Delivery.TOLD)));
    tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    byte[] answer = TAKEN;
    if (status.get() == 200) {
      try {
        for (String line : body.lines().toList()) {
          taken.add(AuditEvent.parseReported(line.getBytes(StandardCharsets.UTF_8)));
        }
      } catch (Exception e) {
        throw new IOException(e);
      }
    } else {
      answer = "{\"code\":\"quota\"}".getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Retry-After", "1");
    }
    exchange.sendResponseHeaders(status.get(), answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private AuditClient client(Duration heartbeat) throws IOException {
    return AuditClient.start(
        new AuditClient.Settings(
            new Spool.Settings(folder, "mail"), "trial/mail", "acme", heartbeat),
        URI.create("http://127.0.0.1:" + monitor.getAddress().getPort()),
        rejected -> rejected ? "fresh" : "token",
        InstantSource.system(),
        new Random(1));
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 12_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @Test
  void whatIsRecordedArrivesInItsOrderAndGoes() throws Exception {
    try (AuditClient client = client(Duration.ofHours(1))) {
      for (int i = 0; i < 25; i++) {
        client.record(SpoolTest.event("client-" + i));
      }
      until(() -> client.spool().acknowledged() == 26);
      assertThat(client.delivery().orElseThrow().delivered()).isEqualTo(26);
    }
    // The first says that the stream begins.
    assertThat(taken.get(0).classUid()).isEqualTo(AuditEvent.SOURCE_ACTIVITY);
    assertThat(taken).extracting(AuditEvent::sequence).isSorted().doesNotHaveDuplicates();
    assertThat(taken.get(25).keys().entity()).contains("client-24");
    assertThat(tokens).allMatch("Bearer token"::equals);
  }

  @Test
  void theLogIsAskedWhetherItHasWhatItSaidToHave() throws Exception {
    try (AuditClient client = client(Duration.ofHours(1))) {
      client.record(SpoolTest.event("one"));
      until(() -> client.spool().acknowledged() == 2);
      int before = asked.get();
      until(() -> asked.get() > before);
      assertThat(client.spool().acknowledged()).as("nothing new was sent").isEqualTo(2);
    }
    assertThat(told.get(0)).as("nothing was told yet").isEqualTo("null");
    assertThat(told.get(told.size() - 1)).isEqualTo("1");
    assertThat(taken.get(taken.size() - 1).sequence()).isEqualTo(1);
  }

  @Test
  void whileTheAuditLogIsAwayEventsWaitAndThenArriveWithTheSameNumbers() throws Exception {
    status.set(503);
    try (AuditClient client = client(Duration.ofHours(1))) {
      client.record(SpoolTest.event("one"));
      until(() -> client.delivery().orElseThrow().problem().isPresent());
      assertThat(client.spool().acknowledged()).isZero();
      status.set(200);
      until(() -> client.spool().acknowledged() == 2);
      assertThat(client.delivery().orElseThrow().problem()).isEmpty();
    }
    assertThat(taken).extracting(AuditEvent::sequence).containsExactly(0L, 1L);
  }

  @Test
  void whatWasNotDeliveredIsDeliveredByTheNextProcess() throws Exception {
    status.set(429);
    try (AuditClient client = client(Duration.ofHours(1))) {
      client.record(SpoolTest.event("one"));
      until(() -> asked.get() > 0);
    }
    status.set(200);
    try (AuditClient client = client(Duration.ofHours(1))) {
      until(() -> client.spool().acknowledged() == 3);
    }
    assertThat(taken).extracting(AuditEvent::sequence).containsExactly(0L, 1L, 2L);
    assertThat(taken.get(1).keys().entity()).contains("one");
  }

  @Test
  void aTokenThatIsRejectedIsReplacedOnce() throws Exception {
    status.set(401);
    try (AuditClient client = client(Duration.ofHours(1))) {
      until(() -> tokens.contains("Bearer fresh"));
      status.set(200);
      until(() -> client.spool().acknowledged() == 1);
    }
  }

  @Test
  void aClientSaysThatItIsThere() throws Exception {
    try (AuditClient client = client(Duration.ofSeconds(1))) {
      until(
          () ->
              taken.stream()
                      .filter(event -> event.classUid() == AuditEvent.SOURCE_ACTIVITY)
                      .filter(event -> event.activityId() == 1)
                      .count()
                  >= 2);
      assertThat(client.spool().lost()).isZero();
    }
  }
}
