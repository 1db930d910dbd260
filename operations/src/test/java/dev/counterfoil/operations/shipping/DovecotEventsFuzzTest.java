package dev.counterfoil.operations.shipping;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Lines of a mail server's event file: an audit event, nothing, or a refusal. */
class DovecotEventsFuzzTest {
  private static final int CHANGED = 3000;

  private static final List<String> GOOD =
      List.of(
          """
          {"event":"mail_opened","start_time":"2026-11-24T23:48:10.600000Z","end_time":"2026-11-24T23:48:10.698497Z","fields":{"user":"alice@enterprise.example","session":"UD3LVw5hMMh/AAAB","remote_ip":"127.0.0.1","mailbox":"INBOX","uid":7,"cmd_name":"UID FETCH"}}""",
          """
          {"event":"other","end_time":"2026-11-24T23:48:10.698497Z","fields":{}}""");

  @FuzzTest(maxDuration = "60s")
  void lines(byte[] line) throws Exception {
    event(line);
  }

  private static Optional<JsonObject> event(byte[] line) throws Exception {
    try {
      Optional<JsonObject> event = new DovecotEvents("acme", "dovecot").event(line, 7);
      if (event.isPresent()) {
        assertThat(event.get().object("metadata").number("sequence")).isEqualTo(7);
        assertThat(event.get().object("metadata").string("tenant_uid")).isEqualTo("acme");
      }
      return event;
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
      return Optional.empty();
    }
  }

  @Test
  void changedLines() throws Exception {
    byte[] opened = GOOD.getFirst().getBytes(StandardCharsets.UTF_8);
    assertThat(AuditEvent.parseReported(event(opened).orElseThrow().canonicalBytes())).isNotNull();
    ChangedInputs changed = new ChangedInputs(20261127);
    for (int i = 0; i < CHANGED; i++) {
      lines(changed.of(GOOD.get(i % GOOD.size()).getBytes(StandardCharsets.UTF_8)));
    }
  }
}
