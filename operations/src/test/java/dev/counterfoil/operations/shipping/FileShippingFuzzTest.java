package dev.counterfoil.operations.shipping;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Files that somebody exported: records, each of which is events that can be reported, nothing, or
 * a refusal; or a refusal of the file.
 */
class FileShippingFuzzTest {
  private static final int CHANGED = 2000;
  private static final FileShipping.Place PLACE = new FileShipping.Place("file", 3, 7);

  private static final String OCSF =
      """
      {"activity_id":1,"category_uid":6,"class_uid":6005,"type_uid":600501,"severity_id":1,"time":1684137600000,"metadata":{"version":"1.1.0","product":{"name":"Old"},"logged_time":1684137601000},"actor":{"user":{"uid":"mallory"}},"databucket":{"name":"bob"}}""";

  private static List<byte[]> records(byte[] file) throws Exception {
    List<byte[]> records = new ArrayList<>();
    try (FileRecords found = FileRecords.any(new ByteArrayInputStream(file), M365Events.COLUMN)) {
      for (FileRecords.Found one = found.next(); one != null; one = found.next()) {
        assertThat(one.line()).isPositive();
        assertThat(one.bytes().length).isLessThanOrEqualTo(FileRecords.RECORD_BYTES_MAX);
        records.add(one.bytes());
      }
    } catch (FormatException e) {
      assertThat(e.getMessage()).startsWith("line ");
    }
    return records;
  }

  private static int events(FileShipping.Mapping mapping, byte[] record) {
    try {
      List<JsonObject> events = mapping.events(record, PLACE);
      for (JsonObject event : events) {
        assertThat(event.object("metadata").has("sequence")).isTrue();
      }
      return events.size();
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
      return 0;
    }
  }

  @FuzzTest(maxDuration = "60s")
  void files(byte[] file) throws Exception {
    M365Events m365 = new M365Events("acme");
    OcsfLines ocsf = new OcsfLines("acme");
    for (byte[] record : records(file)) {
      events(ocsf, record);
      try {
        for (JsonObject event : m365.events(record, PLACE)) {
          // Whatever strangers wrote: what is made of it can be reported.
          AuditEvent.parseReported(event.canonicalBytes());
        }
      } catch (FormatException e) {
        assertThat(e.getMessage()).doesNotStartWith("member metadata");
      }
    }
  }

  @Test
  void changedFiles() throws Exception {
    String record = M365EventsTest.BIND;
    List<String> good =
        List.of(
            record + "\n" + OCSF + "\n",
            "[" + record + ",\n" + M365EventsTest.LOGIN + "]",
            "A,AuditData\n1,\"" + record.replace("\"", "\"\"") + "\"\n");
    for (String file : good) {
      byte[] bytes = file.getBytes(StandardCharsets.UTF_8);
      assertThat(events(new M365Events("acme"), records(bytes).getFirst())).isEqualTo(1);
    }
    assertThat(events(new OcsfLines("acme"), OCSF.getBytes(StandardCharsets.UTF_8))).isEqualTo(1);
    ChangedInputs changed = new ChangedInputs(20261130);
    for (int i = 0; i < CHANGED; i++) {
      files(changed.of(good.get(i % good.size()).getBytes(StandardCharsets.UTF_8)));
    }
  }
}
