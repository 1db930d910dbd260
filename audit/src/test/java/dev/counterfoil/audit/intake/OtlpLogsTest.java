package dev.counterfoil.audit.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests in protobuf, made with OpenTelemetry's own classes. */
public class OtlpLogsTest {
  private static final int BYTES_MAX = 1 << 20;

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static KeyValue attribute(String key, long value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setIntValue(value))
        .build();
  }

  private static LogRecord.Builder record(long sequence) {
    return LogRecord.newBuilder()
        .setTimeUnixNano(1_795_754_968_128_000_000L)
        .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_INFO)
        .setSeverityText("INFO")
        .setFlags(1)
        .setBody(AnyValue.newBuilder().setStringValue("read"))
        .addAttributes(attribute("counterfoil.tenant", "acme"))
        .addAttributes(attribute("counterfoil.sequence", sequence))
        .addAttributes(attribute("counterfoil.class_uid", 6005))
        .addAttributes(attribute("counterfoil.activity_id", 1))
        .addAttributes(attribute("counterfoil.token", "s1g1.8.x"))
        .addAttributes(attribute("client.address", "203.0.113.9"))
        .addAttributes(
            KeyValue.newBuilder()
                .setKey("other")
                .setValue(
                    AnyValue.newBuilder()
                        .setArrayValue(
                            ArrayValue.newBuilder()
                                .addValues(AnyValue.newBuilder().setDoubleValue(1.5)))));
  }

  private static ExportLogsServiceRequest request(List<LogRecord> records) {
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(
            ResourceLogs.newBuilder()
                .setResource(Resource.newBuilder().addAttributes(attribute("service.name", "mail")))
                .addScopeLogs(ScopeLogs.newBuilder().addAllLogRecords(records)))
        .build();
  }

  public static ExportLogsServiceRequest request() {
    return request(
        List.of(
            record(3).build(),
            LogRecord.newBuilder()
                .setBody(AnyValue.newBuilder().setStringValue("{\"a\":1}"))
                .build(),
            LogRecord.newBuilder().build()));
  }

  @Test
  void aRecordIsTheSameEventInProtobufAsInJson() throws Exception {
    OtlpLogs logs = OtlpLogs.parseProtobuf(request().toByteArray(), BYTES_MAX);
    assertThat(logs.events()).isEqualTo(2);
    String first = new String(logs.ndjson(), StandardCharsets.UTF_8).lines().findFirst().get();
    AuditEvent event = AuditEvent.parseReported(first.getBytes(StandardCharsets.UTF_8));
    assertThat(event.tenant()).isEqualTo("acme");
    assertThat(event.sequence()).isEqualTo(3);
    assertThat(event.timeMillis()).isEqualTo(1_795_754_968_128L);
    assertThat(event.keys().token()).contains("s1g1.8.x");
    assertThat(event.keys().address()).contains("203.0.113.9");
    assertThat(event.json().number("severity_id")).isEqualTo(1);
    String json =
        """
        {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"mail"}}]},
         "scopeLogs":[{"logRecords":[
          {"timeUnixNano":"1795754968128000000","severityNumber":9,"body":{"stringValue":"read"},"attributes":[
           {"key":"counterfoil.tenant","value":{"stringValue":"acme"}},
           {"key":"counterfoil.sequence","value":{"intValue":"3"}},
           {"key":"counterfoil.class_uid","value":{"intValue":6005}},
           {"key":"counterfoil.activity_id","value":{"intValue":"1"}},
           {"key":"counterfoil.token","value":{"stringValue":"s1g1.8.x"}},
           {"key":"client.address","value":{"stringValue":"203.0.113.9"}}]}]}]}]}
        """;
    assertThat(
            new String(
                OtlpLogs.parse(json.getBytes(StandardCharsets.UTF_8), 1 << 16).ndjson(),
                StandardCharsets.UTF_8))
        .isEqualTo(first + "\n");
  }

  @Test
  void anAnswerIsReadByWhoSent() throws Exception {
    OtlpLogs logs = OtlpLogs.parseProtobuf(request().toByteArray(), BYTES_MAX);
    ExportLogsServiceResponse answer =
        ExportLogsServiceResponse.parseFrom(
            logs.protobufAnswer(
                List.of(new IntakeAnswer.RefusedLine(2, "malformed", "it is no event"))));
    assertThat(answer.getPartialSuccess().getRejectedLogRecords()).isEqualTo(2);
    assertThat(answer.getPartialSuccess().getErrorMessage())
        .contains("record 3: unmapped")
        .contains("record 2: malformed");
    OtlpLogs whole =
        OtlpLogs.parseProtobuf(request(List.of(record(1).build())).toByteArray(), BYTES_MAX);
    assertThat(ExportLogsServiceResponse.parseFrom(whole.protobufAnswer(List.of())))
        .isEqualTo(ExportLogsServiceResponse.getDefaultInstance());
  }

  @Test
  void whatIsTooManyIsRefusedAndWhatIsNoneToo() throws Exception {
    LogRecord empty = LogRecord.getDefaultInstance();
    assertThat(
            OtlpLogs.parseProtobuf(
                    request(Collections.nCopies(OtlpProtobuf.RECORDS_MAX, empty)).toByteArray(),
                    BYTES_MAX)
                .events())
        .isZero();
    refused(
        request(Collections.nCopies(OtlpProtobuf.RECORDS_MAX + 1, empty)).toByteArray(),
        "log records");
    LogRecord.Builder many = LogRecord.newBuilder();
    for (int i = 0; i <= OtlpProtobuf.ATTRIBUTES_MAX; i++) {
      many.addAttributes(attribute("a" + i, i));
    }
    refused(request(List.of(many.build())).toByteArray(), "attributes");
    ByteArrayOutputStream groups = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(groups);
    for (int i = 0; i < 1_000_000; i++) {
      out.writeTag(9, 3);
    }
    out.flush();
    refused(groups.toByteArray(), "no ExportLogsServiceRequest");
    refused("{\"resourceLogs\":[]}".getBytes(StandardCharsets.UTF_8), "no ExportLogs");
    byte[] whole = request().toByteArray();
    refused(Arrays.copyOf(whole, whole.length - 1), "no ExportLogs");
  }

  /** What stands in a resource stands in each of its events: a small body must not become much. */
  @Test
  void whatARequestBecomesIsBounded() throws Exception {
    assertThat(ofResource("u".repeat(500), 10).events()).isEqualTo(10);
    assertThat(ofResource("u".repeat(AuditEvent.REPORTED_BYTES_MAX), 10).events()).isZero();
    assertThatThrownBy(() -> ofResource("u".repeat(AuditEvent.REPORTED_BYTES_MAX + 1), 1))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("a text is longer");
    assertThatThrownBy(() -> ofResource("u".repeat(5000), 1000))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("bytes together");
  }

  private static OtlpLogs ofResource(String user, int records) throws FormatException {
    String record = "{\"timeUnixNano\":\"1795754968128000000\"}";
    String body =
        """
        {"resourceLogs":[{"resource":{"attributes":[
         {"key":"service.name","value":{"stringValue":"mail"}},
         {"key":"user.id","value":{"stringValue":"%s"}},
         {"key":"counterfoil.tenant","value":{"stringValue":"acme"}},
         {"key":"counterfoil.sequence","value":{"intValue":"3"}},
         {"key":"counterfoil.class_uid","value":{"intValue":6005}},
         {"key":"counterfoil.activity_id","value":{"intValue":"1"}}]},
         "scopeLogs":[{"logRecords":[%s]}]}]}
        """
            .formatted(user, String.join(",", Collections.nCopies(records, record)));
    return OtlpLogs.parse(body.getBytes(StandardCharsets.UTF_8), BYTES_MAX);
  }

  private static void refused(byte[] request, String why) {
    assertThatThrownBy(() -> OtlpLogs.parseProtobuf(request, BYTES_MAX))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(why);
  }
}
