package dev.counterfoil.log.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Leaf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RecordedEventTest {
  private static final Hash DIGEST = Hash.sha256(new byte[1]);
  private static final byte[] OUTLINE = "of acme".getBytes(StandardCharsets.UTF_8);
  private static final byte[] SEALED = "sealed".getBytes(StandardCharsets.UTF_8);

  @Test
  void aRecordIsReadAsItWasWrittenAndItsLeafNeedsNoKey() throws FormatException {
    byte[] payload = new RecordedEvent(7, 1_795_737_600_000L, DIGEST, OUTLINE, SEALED).encode();
    RecordedEvent read = (RecordedEvent) LogEntry.parse(payload);
    assertThat(read.position()).isEqualTo(7);
    assertThat(read.timeMillis()).isEqualTo(1_795_737_600_000L);
    assertThat(read.outline()).isEqualTo(OUTLINE);
    assertThat(read.sealed()).isEqualTo(SEALED);
    assertThat(read.encode()).isEqualTo(payload);
    assertThat(read.leaf()).isEqualTo(new Leaf(DIGEST));
    assertThat(read.toString()).doesNotContain("acme");
  }

  @Test
  void aRecordThatIsNotOneIsRefused() throws FormatException {
    int most = AuditEvent.BYTES_MAX + RecordedEvent.SEAL_BYTES_MAX;
    byte[] payload = new RecordedEvent(7, 1, DIGEST, OUTLINE, new byte[most]).encode();
    assertThat(LogEntry.parse(payload)).isInstanceOf(RecordedEvent.class);
    byte[] longer = Arrays.copyOf(payload, payload.length + 1);
    byte[] empty = Arrays.copyOf(payload, payload.length - most);
    byte[] negative = payload.clone();
    negative[1] = (byte) 0x80;
    byte[] outline = payload.clone();
    outline[1 + 8 + 8 + Hash.BYTES] = (byte) 0x80;
    byte[] beyond = Arrays.copyOf(payload, payload.length - most + 10);
    beyond[1 + 8 + 8 + Hash.BYTES + 1] = 100;
    for (byte[] bad :
        new byte[][] {longer, empty, negative, outline, beyond, Arrays.copyOf(payload, 20)}) {
      assertThatThrownBy(() -> LogEntry.parse(bad)).isInstanceOf(FormatException.class);
    }
  }

  @Test
  void aRecordOfABuildThatKeptNamesInPlainIsNamed() {
    byte[] payload = new RecordedEvent(7, 1, DIGEST, OUTLINE, SEALED).encode();
    payload[0] = 3;
    assertThatThrownBy(() -> LogEntry.parse(payload)).hasMessageContaining("names in plain");
  }
}
