package dev.counterfoil.format.keylog;

import static dev.counterfoil.format.keylog.KeyLogAuditCases.FIRST;
import static dev.counterfoil.format.keylog.KeyLogAuditCases.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.AuditLogEnded.Reason;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which audit logs count, by what the key log says. What may stand there say the vectors. */
class AuditLogsTest {
  private static final String KEY_LOG = KeyLog.origin(Samples.ISSUER);

  private final Samples samples = new Samples();
  private final NoteSigner first = KeyLogAuditCases.auditKey(FIRST);
  private KeyLogState state;

  @BeforeEach
  void state() throws Exception {
    state = samples.nothing();
    for (byte[] entry : samples.keyLog()) {
      state.apply(entry);
    }
    state.apply(samples.signed(KeyLogAuditCases.stated(first, ""), 4));
  }

  private void end(String origin, long size, Reason reason) throws FormatException {
    state.apply(KeyLogEntry.of(new AuditLogEnded(origin, size, reason), Samples.NOW));
  }

  private Optional<String> fault(NoteKey key, long size) throws FormatException {
    return state.keySet(state.size(), Samples.NOW).auditLogFault(key, size);
  }

  @Test
  void aStatementCountsOnceItIsCosignedAndAnEndAtOnce() throws Exception {
    assertThat(state.keySet(4, Samples.NOW).statesAuditLog(first.key())).isFalse();
    assertThat(state.keySet(5, Samples.NOW).statesAuditLog(first.key())).isTrue();
    end(FIRST, 7, Reason.LOST);
    assertThat(state.keySet(5, Samples.NOW).auditLogFault(first.key(), 7)).isEmpty();
    assertThat(state.keySet(5, Samples.NOW).auditLogFault(first.key(), 8)).isPresent();
  }

  @Test
  void ofTwoEndsTheSmallerCountsAndAWithdrawalAboveAll() throws Exception {
    assertThat(fault(first.key(), 1_000)).isEmpty();
    end(FIRST, 90, Reason.REPLACED);
    end(FIRST, 91, Reason.REPLACED);
    assertThat(fault(first.key(), 91)).isPresent();
    end(FIRST, 0, Reason.LOST);
    assertThat(fault(first.key(), 0)).isEmpty();
    KeyLogState before = state.copy();
    end(FIRST, 0, Reason.WITHDRAWN);
    end(FIRST, 0, Reason.LOST);
    assertThat(fault(first.key(), 0)).isPresent();
    assertThat(before.keySet(5, Samples.NOW).auditLogFault(first.key(), 0))
        .as("a copy goes on by itself")
        .isEmpty();
  }

  @Test
  void whatOneAuditLogEndsWithIsNothingToItsSuccessor() throws Exception {
    NoteSigner second = KeyLogAuditCases.auditKey(SECOND);
    assertThat(state.objection(KeyLogAuditCases.stated(second, ""))).isPresent();
    assertThat(state.objection(KeyLogAuditCases.stated(second, FIRST))).isEmpty();
    assertThat(fault(second.key(), 1)).as("nobody has stated it").isPresent();
    state.apply(samples.signed(KeyLogAuditCases.stated(second, FIRST), 5));
    end(FIRST, 0, Reason.WITHDRAWN);
    assertThat(fault(second.key(), 1_000)).isEmpty();
    assertThat(fault(new NoteKey(SECOND, first.key().publicKey()), 1)).isPresent();
  }

  @Test
  void aRequestSaysWhatItsKeySigned() throws Exception {
    String consent = KeyLogAuditCases.stated(first, "").consent();
    AuditLogRequest request = new AuditLogRequest(first.key(), KEY_LOG, consent);
    assertThat(AuditLogRequest.parse(request.bytes())).isEqualTo(request);
    assertThat(request.statement(Optional.of(SECOND)).follows()).contains(SECOND);
    byte[] other =
        new AuditLogRequest(first.key(), "login.example/consumer/logs/keys", consent).bytes();
    assertThatThrownBy(() -> AuditLogRequest.parse(other))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("not for this key log");
    byte[] more =
        new String(request.bytes(), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"also\":1,")
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> AuditLogRequest.parse(more)).isInstanceOf(FormatException.class);
  }

  @Test
  void thePageShowsTheVector() throws Exception {
    String page = Files.readString(Path.of("..", "spec", "keylog.md"));
    AuditLogStated stated = KeyLogAuditCases.stated(first, "");
    assertThat(page).contains(stated.consent());
    JsonObject shown = stated.write(JsonObject.builder()).build().without("event");
    int at = page.indexOf("{\"consent\":");
    String json = page.substring(at, page.indexOf("\n```", at)).replace("\n", "");
    assertThat(StrictJson.object(json.getBytes(StandardCharsets.UTF_8), 10_000)).isEqualTo(shown);
  }
}
