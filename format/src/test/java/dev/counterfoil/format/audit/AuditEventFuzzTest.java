package dev.counterfoil.format.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
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
      assertThat(EventGlance.of(held.canonicalBytes(), 0, held.canonicalBytes().length))
          .isEqualTo(new EventGlance(event.tenant(), "trial/mail", event.timeMillis()));
    } catch (FormatException e) {
      throw new AssertionError("what was taken cannot be read again", e);
    }
  }

  /** What is seen in passing is what stands there, and of an event all that is one. */
  @FuzzTest(maxDuration = "60s")
  void glanced(byte[] input) {
    EventGlance seen;
    try {
      seen = EventGlance.of(input, 0, input.length);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
      assertThatThrownBy(() -> AuditEvent.parse(input)).isInstanceOf(FormatException.class);
      return;
    }
    try {
      JsonObject event = StrictJson.object(input, input.length);
      JsonObject metadata = event.object("metadata");
      assertThat(seen)
          .isEqualTo(
              new EventGlance(
                  metadata.string("tenant_uid"),
                  metadata.object("reporter").string("uid"),
                  event.number("time")));
    } catch (FormatException e) {
      // Beyond the limits of what is kept, or not text.
      assertThat(e).hasMessageStartingWith("JSON");
    }
  }

  @Test
  void changedEventsInPassing() throws Exception {
    ChangedInputs changed = new ChangedInputs(20261128);
    List<byte[]> good = new ArrayList<>();
    for (JsonObject event : AuditEventCases.good().values()) {
      byte[] held = AuditEvent.of(event).received("trial/mail", 1).canonicalBytes();
      glanced(held);
      good.add(held);
    }
    for (String odd :
        List.of(
            "{\"metadata\":{\"reporter\":{\"uid\":\"a/b\"},\"tenant_uid\":\"x\"},\"time\":1}",
            "{\"metadata\":{\"reporter\":{\"uid\":\"a/b\"},\"tenant_uid\":\"x\",\"tenant_uid\":\"y\"},\"time\":1}",
            "{\"time\":1,\"metadata\":{\"reporter\":{\"uid\":\"a/b\"},\"tenant_uid\":\"x\"}}",
            "{\"metadata\":[],\"time\":{}}")) {
      good.add(odd.getBytes(StandardCharsets.UTF_8));
      glanced(good.get(good.size() - 1));
    }
    for (int i = 0; i < CHANGED; i++) {
      glanced(changed.of(good.get(i % good.size())));
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
