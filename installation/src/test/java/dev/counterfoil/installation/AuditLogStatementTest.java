package dev.counterfoil.installation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.AuditLogConsent;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.registrar.keys.FirstRegistrarKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a start has the audit log's key stated, and what it says when it does not. */
class AuditLogStatementTest {
  private static final String KEY_LOG = KeyLog.origin("https://login.example/enterprise");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final List<String> asked = new ArrayList<>();
  private List<String> stated = List.of();
  private Answer answer = new Answer.Done(JsonObject.builder().put("changed", true).build());

  private static NoteSigner key() throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return NoteKey.of("monitor/audit", pair.getPublic());
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(text);
        return signature.sign();
      }
    };
  }

  private static AuditLogRequest request() throws GeneralSecurityException {
    NoteSigner key = key();
    Checkpoint empty = new Checkpoint(key.key().name(), 0, TreeHasher.EMPTY_ROOT);
    return new AuditLogRequest(
        key.key(),
        KEY_LOG,
        new String(new AuditLogConsent(empty, KEY_LOG).sign(key).bytes(), StandardCharsets.UTF_8));
  }

  private Optional<String> state(AuditLogRequest request, boolean begins) throws Exception {
    asked.clear();
    Path socket = folder.resolve("admin.sock");
    SignerServer.Handler registrar =
        (what, peer, responder) -> {
          String name = ((Request.Command) what).name();
          asked.add(name);
          responder.answer(
              name.equals(Commands.READ_KEYS)
                  ? new Answer.Done(JsonObject.builder().put("audit_logs", stated).build())
                  : answer);
        };
    Path file = Files.write(folder.resolve("request.json"), request.bytes());
    try (SignerServer server = SignerServer.listen(socket, UnixUsers.self(), registrar)) {
      assertThat(server).isNotNull();
      return AuditLogStatement.state(file, socket, begins);
    }
  }

  @Test
  void onlyInAKeyLogThatBeginsIsItStatedUnasked() throws Exception {
    AuditLogRequest request = request();
    assertThat(state(request, false)).hasValueSatisfying(why -> assertThat(why).contains("first"));
    assertThat(asked).containsExactly(Commands.READ_KEYS);
    assertThat(state(request, true)).isEmpty();
    assertThat(asked).containsExactly(Commands.READ_KEYS, Commands.STATE_AUDIT_LOG);
    stated = List.of(request.key().toString());
    assertThat(state(request, false)).as("an operator has had it stated").isEmpty();
    assertThat(asked).containsExactly(Commands.READ_KEYS);
  }

  @Test
  void whatWaitsForASecondPersonIsNotStated() throws Exception {
    answer = new Answer.Done(JsonObject.builder().put("waits", "c7").build());
    assertThat(state(request(), true))
        .hasValueSatisfying(why -> assertThat(why).contains("keys confirm c7"));
  }

  @Test
  void anyOtherAnswerIsNoSuccess() throws Exception {
    answer = new Answer.Recorded(List.of(7L));
    assertThat(state(request(), true))
        .hasValueSatisfying(why -> assertThat(why).contains("unexpected answer"));
    answer = new Answer.Refused(Answer.Code.NO_KEY, "there is no delegation");
    assertThat(state(request(), true))
        .hasValueSatisfying(why -> assertThat(why).contains("no delegation"));
  }

  @Test
  void aKeyLogBeginsBeforeItsKeyIsMade() throws Exception {
    DataFolder.DomainFolder domain = new DataFolder.DomainFolder(folder.resolve("enterprise"));
    Path key = FirstRegistrarKeys.keyLogFile(domain.registrar());
    DataFolder.ownerOnly(domain.registrar().resolve("keys"));
    Files.writeString(key, "of an earlier start");
    Installation.markBegin(domain);
    assertThat(domain.keyLogBegins()).doesNotExist();
    Files.delete(key);
    Installation.markBegin(domain);
    assertThat(domain.keyLogBegins()).exists();
  }
}
