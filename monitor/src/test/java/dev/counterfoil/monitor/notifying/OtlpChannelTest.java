package dev.counterfoil.monitor.notifying;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.JsonFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.settings.NotificationChannel.Otlp;
import dev.counterfoil.verifier.SettableClock;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Log records, read with OpenTelemetry's own classes, which refuse a member that they lack. */
@Timeout(120)
final class OtlpChannelTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00.5Z");

  private final SettableClock clock = new SettableClock(NOON.plusSeconds(3));
  private final List<ExportLogsServiceRequest> requests = new CopyOnWriteArrayList<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  @TempDir Path folder;
  private HttpServer server;
  private volatile int status = 200;

  /** A record of this body is rejected, as in OTLP's "Partial Success". */
  private volatile String rejects = "none";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/logs", this::take);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void take(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    ExportLogsServiceResponse.Builder answer = ExportLogsServiceResponse.newBuilder();
    int code = status;
    try {
      ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
      JsonFormat.parser().merge(body, request);
      requests.add(request.build());
      long rejected =
          records(request.build()).stream()
              .filter(one -> one.getBody().getStringValue().equals(rejects))
              .count();
      if (rejected > 0) {
        answer.getPartialSuccessBuilder().setRejectedLogRecords(rejected);
      }
    } catch (IOException e) {
      code = 400;
    }
    byte[] text = JsonFormat.printer().print(answer).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, text.length);
    exchange.getResponseBody().write(text);
    exchange.close();
  }

  private static List<LogRecord> records(ExportLogsServiceRequest request) {
    ResourceLogs logs = request.getResourceLogs(0);
    assertThat(logs.getResource().getAttributes(0).getValue().getStringValue())
        .isEqualTo("counterfoil-monitor");
    return logs.getScopeLogs(0).getLogRecordsList();
  }

  private OtlpChannel channel(Optional<SecretFile> authorization) {
    return new OtlpChannel(
        new Otlp(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/logs"),
            authorization),
        clock);
  }

  private static Notification finding(String id, String type, Severity severity, String summary) {
    return new Notification(
        id,
        type,
        NOON,
        Optional.of(severity),
        JsonObject.builder()
            .put("id", 7)
            .put("kind", "forged-token")
            .put("domain", "acme")
            .put("kid", "k1")
            .put("summary", summary)
            .put("detail", JsonObject.builder().put("sub", "alice").build())
            .build());
  }

  private static Notification raised(String id, String summary) {
    return finding(id, "counterfoil.finding.raised", Severity.CRITICAL, summary);
  }

  @Test
  void aFindingIsALogRecord() throws Exception {
    try (OtlpChannel channel = channel(Optional.empty())) {
      channel.send(
          List.of(
              raised("finding-1-1", "a forged token\nwas shown \u2014"),
              finding("finding-1-2", "counterfoil.finding.resolved", Severity.CRITICAL, "over"),
              finding("finding-1-3", "counterfoil.finding.raised", Severity.LOW, "late")));
    }
    List<LogRecord> records = records(requests.getFirst());
    LogRecord first = records.getFirst();
    assertThat(first.getTimeUnixNano()).isEqualTo(NOON.toEpochMilli() * 1_000_000);
    assertThat(first.getObservedTimeUnixNano() - first.getTimeUnixNano()).isEqualTo(3_000_000_000L);
    assertThat(first.getEventName()).isEqualTo("counterfoil.finding.raised");
    assertThat(first.getBody().getStringValue()).isEqualTo("a forged token\nwas shown \u2014");
    Map<String, String> attributes =
        first.getAttributesList().stream()
            .collect(Collectors.toMap(one -> one.getKey(), one -> one.getValue().getStringValue()));
    assertThat(attributes)
        .isEqualTo(
            Map.of(
                "counterfoil.notification.id", "finding-1-1",
                "counterfoil.finding.id", "7",
                "counterfoil.finding.kind", "forged-token",
                "counterfoil.finding.domain", "acme",
                "counterfoil.finding.kid", "k1"));
    assertThat(records)
        .extracting(LogRecord::getSeverityNumber)
        .containsExactly(
            SeverityNumber.SEVERITY_NUMBER_FATAL,
            SeverityNumber.SEVERITY_NUMBER_INFO,
            SeverityNumber.SEVERITY_NUMBER_INFO2);
    assertThat(authorizations).containsExactly("null");
  }

  @Test
  void theOneThatIsRejectedIsNamedAndThoseBeforeItAreTaken() throws Exception {
    List<Notification> batch =
        List.of(raised("1", "first"), raised("2", "second"), raised("3", "third"));
    rejects = "second";
    try (OtlpChannel channel = channel(Optional.empty())) {
      assertThatThrownBy(() -> channel.send(batch))
          .isInstanceOfSatisfying(
              NotificationRefusedException.class, e -> assertThat(e.taken()).isEqualTo(1));
      rejects = "none";
      requests.clear();
      channel.send(batch);
      assertThat(requests).as("the control: in one request").hasSize(1);
      for (int refused : List.of(400, 413)) {
        status = refused;
        assertThatThrownBy(() -> channel.send(batch))
            .isInstanceOfSatisfying(
                NotificationRefusedException.class, e -> assertThat(e.taken()).isZero());
      }
      for (int away : List.of(302, 401, 404, 429, 503)) {
        status = away;
        assertThatThrownBy(() -> channel.send(batch))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(NotificationRefusedException.class)
            .hasMessageContaining("answered " + away);
        assertThatThrownBy(() -> channel.probe(batch.getFirst())).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void theAuthorizationIsReadForEachRequestAndNeverShown() throws Exception {
    Path file = Files.writeString(folder.resolve("secret"), "Bearer hush\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    List<Notification> one = List.of(raised("1", "first"));
    try (OtlpChannel channel = channel(Optional.of(SecretFile.at(file)))) {
      channel.send(one);
      Files.writeString(file, "Bearer new\n");
      channel.send(one);
      assertThat(authorizations).containsExactly("Bearer hush", "Bearer new");
      for (String bad : List.of("", "Bearer hush\r\nX-Other: 1", "Bearer \u00e9")) {
        Files.writeString(file, bad);
        assertThatThrownBy(() -> channel.send(one))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("needs one line")
            .hasMessageNotContaining("hush")
            .hasNoCause();
      }
    }
  }
}
