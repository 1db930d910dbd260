package dev.counterfoil.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a source sends: an event that is held and read again as the same, or a refusal. */
class AuditEventFuzzTest {
  private static final int CHANGED = 20_000;

  @FuzzTest(maxDuration = "60s")
  void reported(byte[] input) {
    AuditEvent event;
    try {
      event = AuditEvent.parseReported(input);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
      return;
    }
    assertThat(event.canonicalBytes().length).isLessThanOrEqualTo(AuditEvent.BYTES_MAX);
    AuditEvent held = event.received("trial/mail", 1);
    try {
      AuditEvent read = AuditEvent.parse(held.canonicalBytes());
      assertThat(read.canonicalBytes()).isEqualTo(held.canonicalBytes());
      assertThat(read.reportedBytes()).isEqualTo(event.canonicalBytes());
      assertThat(read.tenant()).isEqualTo(event.tenant()).isNotEmpty();
    } catch (FormatException e) {
      throw new AssertionError("what was taken cannot be read again", e);
    }
  }

  @Test
  void changedEvents() {
    ChangedInputs changed = new ChangedInputs(20261127);
    List<byte[]> good = new ArrayList<>();
    AuditEventCases.good()
        .values()
        .forEach(event -> good.add(event.toString().getBytes(StandardCharsets.UTF_8)));
    AuditEventCases.bad()
        .values()
        .forEach(bad -> good.add(bad.event().toString().getBytes(StandardCharsets.UTF_8)));
    for (int i = 0; i < CHANGED; i++) {
      reported(changed.of(good.get(i % good.size())));
    }
  }
}
