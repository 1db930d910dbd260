package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.AuditLeaf;
import dev.counterfoil.format.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RecordedEventTest {
  private static final byte[] SALT = new byte[AuditLeaf.SALT_BYTES];
  private static final byte[] EVENT = "{\"class_uid\":6005}".getBytes(StandardCharsets.UTF_8);

  @Test
  void aRecordIsReadAsItWasWrittenAndItsLeafIsTheEvents() throws FormatException {
    byte[] payload = new RecordedEvent(7, 1_795_737_600_000L, SALT, EVENT).encode();
    RecordedEvent read = (RecordedEvent) LogEntry.parse(payload);
    assertThat(read.position()).isEqualTo(7);
    assertThat(read.timeMillis()).isEqualTo(1_795_737_600_000L);
    assertThat(read.salt()).isEqualTo(SALT);
    assertThat(read.event()).isEqualTo(EVENT);
    assertThat(read.encode()).isEqualTo(payload);
    assertThat(read.leaf()).isEqualTo(AuditLeaf.of(SALT, EVENT));
    assertThat(read.toString()).doesNotContain("class_uid");
  }

  @Test
  void aRecordThatIsNotOneIsRefused() throws FormatException {
    byte[] payload = new RecordedEvent(7, 1, SALT, new byte[AuditEvent.BYTES_MAX]).encode();
    assertThat(LogEntry.parse(payload)).isInstanceOf(RecordedEvent.class);
    byte[] longer = Arrays.copyOf(payload, payload.length + 1);
    byte[] empty = Arrays.copyOf(payload, payload.length - AuditEvent.BYTES_MAX);
    byte[] negative = payload.clone();
    negative[1] = (byte) 0x80;
    for (byte[] bad : new byte[][] {longer, empty, negative, Arrays.copyOf(payload, 20)}) {
      assertThatThrownBy(() -> LogEntry.parse(bad)).isInstanceOf(FormatException.class);
    }
  }
}
