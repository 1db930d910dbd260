package dev.counterfoil.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogsData;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An entry is one line, in UTC, whatever is in it. */
class LogLineTest {
  private static final String FORGED =
      "none\n2026-11-30T00:00:00.000Z ERROR x.y: the key is stolen";

  private static LogRecord entry(String message, Object... values) {
    LogRecord entry = new LogRecord(Level.WARNING, message);
    entry.setInstant(Instant.parse("2026-11-30T07:42:06Z"));
    entry.setSourceClassName("dev.counterfoil.verifier.KeyAlarmWatch$Inner");
    entry.setSourceMethodName("sayOnce");
    entry.setParameters(values);
    return entry;
  }

  @Test
  void textIsOneLineForPeople() {
    LogLine line = new LogLine(LogLine.Form.TEXT, "monitor");
    assertThat(line.format(entry("client {0} of {1}", "app", 7)))
        .isEqualTo("2026-11-30T07:42:06.000Z WARNING inner.say-once: client app of 7\n");
    LogRecord failed = entry("client {0}", FORGED);
    failed.setThrown(new IllegalStateException("a\r\nb\u202e\u001b[31m"));
    assertThat(line.format(failed))
        .startsWith(
            "2026-11-30T07:42:06.000Z WARNING inner.say-once: client none |"
                + " 2026-11-30T00:00:00.000Z ERROR x.y: the key is stolen |"
                + " java.lang.IllegalStateException: a | b\\u202e\\u001b[31m | at ")
        .matches(text -> text.indexOf('\n') == text.length() - 1);
  }

  @Test
  void jsonIsOneObject() {
    LogRecord failed = entry("client {0}", FORGED);
    failed.setThrown(new IllegalStateException("broken", new IllegalArgumentException("cause")));
    String line = new LogLine(LogLine.Form.JSON, "monitor").format(failed);
    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
    JsonNode json = new JsonMapper().readTree(line);
    assertThat(json.get("time").asString()).isEqualTo("2026-11-30T07:42:06.000Z");
    assertThat(json.get("level").asString()).isEqualTo("warning");
    assertThat(json.get("event").asString()).isEqualTo("inner.say-once");
    assertThat(json.get("message").asString()).isEqualTo("client " + FORGED);
    assertThat(json.get("values").get(0).asString()).isEqualTo(FORGED);
    assertThat(json.get("process").asString()).isEqualTo("monitor");
    assertThat(json.get("stack").asString()).contains("\n\tat ", "Caused by: ", "cause");
  }

  /** Read back by OpenTelemetry's own classes, which refuse a member that they do not know. */
  @Test
  void otlpIsALineOfTheFileFormat() throws Exception {
    LogRecord failed = entry("client {0}", FORGED);
    failed.setThrown(new IllegalStateException("broken"));
    String line = new LogLine(LogLine.Form.OTLP, "signer").format(failed);
    assertThat(line.strip()).matches("[ -~]+");
    LogsData.Builder data = LogsData.newBuilder();
    JsonFormat.parser().merge(line, data);
    ResourceLogs resource = data.getResourceLogs(0);
    assertThat(texts(resource.getResource().getAttributesList()))
        .containsExactly(Map.entry("service.name", "counterfoil-signer"));
    io.opentelemetry.proto.logs.v1.LogRecord read = resource.getScopeLogs(0).getLogRecords(0);
    assertThat(Instant.ofEpochSecond(0, read.getTimeUnixNano())).isEqualTo(failed.getInstant());
    assertThat(read.getSeverityNumber()).isEqualTo(SeverityNumber.SEVERITY_NUMBER_WARN);
    assertThat(read.getEventName()).isEqualTo("inner.say-once");
    assertThat(read.getBody().getStringValue()).isEqualTo("client " + FORGED);
    assertThat(texts(read.getAttributesList()))
        .containsEntry("counterfoil.value.0", FORGED)
        .containsEntry("exception.type", "java.lang.IllegalStateException")
        .containsEntry("exception.message", "broken")
        .hasEntrySatisfying("exception.stacktrace", stack -> assertThat(stack).contains("\n\tat "));
  }

  private static Map<String, String> texts(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(Collectors.toMap(KeyValue::getKey, one -> one.getValue().getStringValue()));
  }

  /** C1 controls, line separators and marks that turn text round: a terminal obeys them, too. */
  @Test
  void nothingInJsonReachesATerminal() {
    String tricks = "\u009b31m\u0085\u2028\u202e\ud800 \u001b[31m";
    String line = new LogLine(LogLine.Form.JSON, "monitor").format(entry("client {0}", tricks));
    assertThat(line.strip()).matches("[ -~]+");
    assertThat(new JsonMapper().readTree(line).get("values").get(0).asString()).isEqualTo(tricks);
  }

  @Test
  void aLongEntryIsCut() {
    String text = "x".repeat(3 * LogLine.TEXT_MAX);
    assertThat(new LogLine(LogLine.Form.TEXT, "").format(entry(text)))
        .endsWith("x [cut]\n")
        .hasSizeLessThan(LogLine.TEXT_MAX + 100);
    LogRecord failed = entry("client");
    failed.setThrown(new IllegalStateException(text));
    JsonNode json = new JsonMapper().readTree(new LogLine(LogLine.Form.JSON, "").format(failed));
    assertThat(json.get("error").asString()).endsWith("x [cut]");
    assertThat(json.get("stack").asString()).endsWith("x [cut]");
  }

  @Test
  void anUnknownFormatIsRefused() {
    assertThatThrownBy(() -> ProcessLog.begin("x", Map.of(ProcessLog.VARIABLE, "xml")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("COUNTERFOIL_LOG_FORMAT is text, json or otlp");
  }
}
