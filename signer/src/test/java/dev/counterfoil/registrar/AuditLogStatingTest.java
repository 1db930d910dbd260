package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.AuditLogConsent;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.format.keylog.AuditLogEnded.Reason;
import dev.counterfoil.format.keylog.AuditLogStated;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The registrar's commands about the audit log. */
class AuditLogStatingTest extends RegistrarWorld {
  private static final String FIRST = "monitor/audit";
  private static final String SECOND = "monitor/audit-2";

  private static NoteSigner key(String origin) throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return NoteKey.of(origin, pair.getPublic());
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

  private static String consent(NoteSigner key, String issuer) throws GeneralSecurityException {
    return consent(key, issuer, 0);
  }

  private static String consent(NoteSigner key, String issuer, long size)
      throws GeneralSecurityException {
    Checkpoint checkpoint = new Checkpoint(key.key().name(), size, TreeHasher.EMPTY_ROOT);
    return new String(
        new AuditLogConsent(checkpoint, KeyLog.origin(issuer)).sign(key).bytes(),
        StandardCharsets.UTF_8);
  }

  /** A new audit log that says that it is an issuer's. */
  static AuditLogStated auditLog(URI issuer, String origin) throws GeneralSecurityException {
    NoteSigner key = key(origin);
    return new AuditLogStated(key.key(), consent(key, issuer.toString()), Optional.empty());
  }

  private AuditLogStated auditLog(String origin) throws GeneralSecurityException {
    return auditLog(configuration.process().issuer(), origin);
  }

  private static AuditLogStated following(String before, AuditLogStated log) {
    return new AuditLogStated(log.key(), log.consent(), Optional.of(before));
  }

  private List<String> standing() throws Exception {
    return ((Answer.Done) registrar.carryOut(Commands.readKeys())).result().strings("audit_logs");
  }

  @Test
  void anAuditLogIsStatedOnceByItsOwnConsentAndOutlastsARestart() throws Exception {
    AuditLogStated log = auditLog(FIRST);
    assertThat(refused(Commands.stateAuditLog(log))).as("no delegation").isEqualTo(Code.NO_KEY);
    delegate();
    assertThat(standing()).isEmpty();
    assertThat(changed(Commands.stateAuditLog(log))).isTrue();
    long size = keyLog.size();
    assertThat(changed(Commands.stateAuditLog(log))).isFalse();
    assertThat(keyLog.size()).isEqualTo(size);
    restart();
    assertThat(keySet().auditLogs())
        .singleElement()
        .satisfies(stated -> assertThat(stated.key()).isEqualTo(log.key()));
    assertThat(standing()).containsExactly(log.key().toString());
  }

  @Test
  void aKeyWhoseHolderDidNotSayItForThisKeyLogIsNotStated() throws Exception {
    delegate();
    long size = keyLog.size();
    NoteSigner key = key(FIRST);
    String issuer = configuration.process().issuer().toString();
    AuditLogStated good = new AuditLogStated(key.key(), consent(key, issuer), Optional.empty());
    for (String consent :
        List.of(
            consent(key, "https://login.example/consumer"),
            consent(key(FIRST), issuer),
            consent(key(SECOND), issuer),
            new String(
                new Checkpoint(FIRST, 0, TreeHasher.EMPTY_ROOT).sign(key).bytes(),
                StandardCharsets.UTF_8),
            "no note")) {
      assertThat(
              refused(
                  Commands.stateAuditLog(new AuditLogStated(key.key(), consent, Optional.empty()))))
          .as(consent)
          .isEqualTo(Code.OUT_OF_SCOPE);
    }
    assertThat(keyLog.size()).isEqualTo(size);
    assertThat(changed(Commands.stateAuditLog(good))).isTrue();
  }

  @Test
  void onlyAnOperatorHasAnAuditLogStatedOrEnded() {
    for (String command : List.of(Commands.STATE_AUDIT_LOG, Commands.END_AUDIT_LOG)) {
      assertThat(RegistrarCommands.OF_ADMIN).contains(command);
      assertThat(RegistrarCommands.OF_SERVICE).doesNotContain(command);
      assertThat(RegistrarCommands.OF_SIGNER).doesNotContain(command);
    }
  }

  @Test
  void aSuccessorIsAnnouncedAndTheOldOneEndsAtItsSize() throws Exception {
    delegate();
    assertThat(changed(Commands.stateAuditLog(auditLog(FIRST)))).isTrue();
    assertThat(refused(Commands.stateAuditLog(auditLog(FIRST))))
        .as("its name with another key")
        .isEqualTo(Code.CONFLICT);
    AuditLogStated next = auditLog(SECOND);
    assertThat(refused(Commands.stateAuditLog(next))).isEqualTo(Code.CONFLICT);
    assertThat(changed(Commands.stateAuditLog(following(FIRST, next)))).isTrue();
    assertThat(standing()).hasSize(2);
    assertThat(refused(Commands.stateAuditLog(following(FIRST, auditLog("monitor/audit-3")))))
        .isEqualTo(Code.CONFLICT);
    AuditLogEnded end = new AuditLogEnded(FIRST, 90, Reason.REPLACED);
    assertThat(changed(Commands.endAuditLog(end))).isTrue();
    assertThat(changed(Commands.endAuditLog(end))).isFalse();
    assertThat(standing()).containsExactly(next.key().toString());
    assertThat(keySet().auditLogObjection(FIRST, 90)).isEmpty();
    assertThat(keySet().auditLogObjection(FIRST, 91)).isPresent();
    assertThat(keySet().auditLogObjection(SECOND, 1_000)).isEmpty();
  }

  @Test
  void anEndBelowTheSizeAtItsStatementIsRefusedUnlessItIsAWithdrawal() throws Exception {
    delegate();
    NoteSigner key = key(FIRST);
    String consent = consent(key, configuration.process().issuer().toString(), 40);
    changed(Commands.stateAuditLog(new AuditLogStated(key.key(), consent, Optional.empty())));
    for (Reason reason : List.of(Reason.REPLACED, Reason.LOST)) {
      for (long size : new long[] {0, 39}) {
        assertThat(refused(Commands.endAuditLog(new AuditLogEnded(FIRST, size, reason))))
            .isEqualTo(Code.CONFLICT);
      }
    }
    assertThat(keySet().auditLogObjection(FIRST, 1_000)).isEmpty();
    assertThat(changed(Commands.endAuditLog(new AuditLogEnded(FIRST, 40, Reason.LOST)))).isTrue();
    assertThat(changed(Commands.endAuditLog(new AuditLogEnded(FIRST, 0, Reason.WITHDRAWN))))
        .isTrue();
  }

  @Test
  void whatAnEndTookAwayIsNeverGivenBack() throws Exception {
    delegate();
    changed(Commands.stateAuditLog(auditLog(FIRST)));
    assertThat(refused(Commands.endAuditLog(new AuditLogEnded(SECOND, 0, Reason.LOST))))
        .isEqualTo(Code.UNKNOWN);
    assertThat(changed(Commands.endAuditLog(new AuditLogEnded(FIRST, 90, Reason.LOST)))).isTrue();
    assertThat(changed(Commands.endAuditLog(new AuditLogEnded(FIRST, 91, Reason.LOST)))).isFalse();
    assertThat(changed(Commands.endAuditLog(new AuditLogEnded(FIRST, 50, Reason.LOST)))).isTrue();
    assertThat(changed(Commands.endAuditLog(new AuditLogEnded(FIRST, 0, Reason.WITHDRAWN))))
        .isTrue();
    assertThat(keySet().endedAuditLogs())
        .containsExactly(new StatedAuditLog.Ended(FIRST, 0, Reason.WITHDRAWN, now));
    assertThat(keySet().auditLogObjection(FIRST, 0)).isPresent();
    AuditLogStated log = auditLog(FIRST);
    assertThat(refused(Commands.stateAuditLog(log))).as("it has ended").isEqualTo(Code.CONFLICT);
  }
}
