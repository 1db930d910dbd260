package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.signer.TestLog;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The registrar's commands that take keys, tokens and logs back. */
class TakingBackTest extends RegistrarWorld {
  @Test
  void revokedTokensAreListedUntilTheyExpireAndTwiceIsOnce() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(600);
    assertThat(changed(revokeToken("s1g1", 7, until))).isTrue();
    assertThat(changed(revokeToken("s1g1", 7, until))).isFalse();
    assertThat(changed(revokeToken("s1g1", 7, until.minusSeconds(1)))).isFalse();
    assertThat(keySet().revokedTokens()).containsExactly(new KeySet.RevokedToken("s1g1", 7, until));
    assertThat(refused(revokeToken("s1g9", 7, until))).isEqualTo(Code.UNKNOWN);
    assertThat(
            refused(revokeToken("s1g1", 8, now.plus(TakingBack.REVOKED_UNTIL_MAX).plusSeconds(1))))
        .isEqualTo(Code.MALFORMED);
    assertThat(changed(revokeToken("s1g1", 9, now))).as("expired already").isFalse();
    restart();
    assertThat(keySet().revokedTokens()).hasSize(1);
    now = until;
    assertThat(keySet().revokedTokens()).isEmpty();
  }

  /** Whoever holds the authority has every checkpoint that the log's key signed, and no other. */
  @Test
  void onlyATokenIsRevokedThatACheckpointOfItsLogCovers() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(600);
    TestLog own = TestLog.of(log);
    SignedNote seven = own.checkpoint(7);
    assertThat(changed(Commands.revokeToken("s1g1", 6, until, seven))).isTrue();
    assertThat(refused(Commands.revokeToken("s1g1", 7, until, seven))).isEqualTo(Code.NOT_ALLOWED);
    Checkpoint larger = new Checkpoint(own.key().name(), 1_000, Hash.sha256());
    List<SignedNote> forged =
        List.of(
            larger.sign(TestLog.make("s1g1")),
            TestLog.make("s1g2").checkpoint(1_000),
            new SignedNote(larger.text(), seven.signatures()),
            new SignedNote(larger.text(), List.of()));
    for (SignedNote note : forged) {
      assertThat(refused(Commands.revokeToken("s1g1", 7, until, note)))
          .as(note.text())
          .isEqualTo(Code.MALFORMED);
    }
    changed(Commands.endLog("s1g1", 8, Optional.empty(), KeyLogEvent.EndReason.LOST));
    assertThat(changed(Commands.revokeToken("s1g1", 7, until, own.checkpoint(8))))
        .as("of a signer that is gone")
        .isTrue();
  }

  @Test
  void aKeysRevocationIsNeverNarrowed() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 100))).isTrue();
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 100))).isFalse();
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 101))).isFalse();
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 50))).isTrue();
    assertThat(keySet().revokedKeys())
        .singleElement()
        .satisfies(revoked -> assertThat(revoked.from()).isEqualTo(50));
    assertThat(refused(Commands.revokeKeys(List.of("unknown"), "s1g1", 0))).isEqualTo(Code.UNKNOWN);
    assertThat(refused(Commands.revokeKeys(List.of(key.kid()), "s1g2", 0))).isEqualTo(Code.UNKNOWN);
  }

  @Test
  void aWithdrawnKeyLeavesTheSetAndDoesNotComeBack() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(changed(Commands.withdrawKey(key.kid()))).isTrue();
    assertThat(changed(Commands.withdrawKey(key.kid()))).isFalse();
    assertThat(keySet().keys()).isEmpty();
    assertThat(keySet().withdrawnKeys()).containsExactly(key.kid());
    assertThat(refused(Commands.stateKey(key, log))).isEqualTo(Code.CONFLICT);
    assertThat(refused(Commands.withdrawKey("unknown"))).isEqualTo(Code.UNKNOWN);
    restart();
    assertThat(keySet().withdrawnKeys()).containsExactly(key.kid());
  }

  @Test
  void severalKeysAreRevokedUnderOneCheckpointOrNone() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    PublicJwk other = jwk();
    KeyStatement second = with(p -> p.jwk(other));
    changed(Commands.stateKey(second, log));
    long before = keyLog.size();
    assertThat(refused(Commands.revokeKeys(List.of(key.kid(), "unknown", second.kid()), "s1g1", 7)))
        .isEqualTo(Code.UNKNOWN);
    assertThat(keyLog.size()).as("none of them").isEqualTo(before);
    int published = publicDisk.checkpoints();
    assertThat(changed(Commands.revokeKeys(List.of(key.kid(), second.kid()), "s1g1", 7))).isTrue();
    assertThat(keyLog.size()).isEqualTo(before + 2);
    assertThat(publicDisk.checkpoints()).as("one change").isEqualTo(published + 1);
    assertThat(changed(Commands.revokeKeys(List.of(key.kid(), second.kid()), "s1g1", 7))).isFalse();
    assertThat(keyLog.size()).isEqualTo(before + 2);
  }

  @Test
  void aTaintCountsALittleLaterForTheTokensOfASignerThatDoesNotKnowYet() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    changed(Commands.taintKey(key.kid()));
    assertThat(keySet().taintedKeys())
        .containsExactly(new KeySet.TaintedKey(key.kid(), T0.plus(TakingBack.TAINT_AFTER), T0));
    assertThat(keySet().keys()).as("its earlier tokens are good").hasSize(1);
    Answer.Done keys = (Answer.Done) registrar.carryOut(Commands.readKeys());
    assertThat(keys.result().strings("taken_back")).containsExactly(key.kid());
  }

  @Test
  void aKeyRetiresOnceAndIsWithdrawnWhenItsTokensHaveEndedByEveryClock() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(changed(Commands.retireKey(key.kid()))).isTrue();
    assertThat(changed(Commands.retireKey(key.kid()))).isFalse();
    assertThat(refused(Commands.retireKey("unknown"))).isEqualTo(Code.UNKNOWN);
    now = key.verifyUntil().plus(KeySchedule.SKEW).minusSeconds(1);
    registrar.withdrawEnded();
    assertThat(keySet().withdrawals()).isEmpty();
    now = now.plusSeconds(1);
    registrar.withdrawEnded();
    registrar.withdrawEnded();
    assertThat(keySet().withdrawals())
        .containsExactly(new KeySet.WithdrawnKey(key.kid(), WithdrawalReason.ENDED, now));
    assertThat(changed(Commands.withdrawKey(key.kid())))
        .as("somebody may still say that it was stolen")
        .isTrue();
  }

  @Test
  void aLogEndsOnceAndStatesNoMoreKeys() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Request.Command end =
        Commands.endLog("s1g1", 12, Optional.of("s1g2"), KeyLogEvent.EndReason.REPLACED);
    assertThat(
            refused(
                Commands.endLog("s9g1", 12, Optional.empty(), KeyLogEvent.EndReason.ROLLED_BACK)))
        .isEqualTo(Code.UNKNOWN);
    assertThat(changed(end)).isTrue();
    assertThat(changed(end)).isFalse();
    assertThat(refused(Commands.endLog("s1g1", 13, Optional.empty(), KeyLogEvent.EndReason.LOST)))
        .isEqualTo(Code.CONFLICT);
    assertThat(refused(Commands.stateKey(newKey(T0), log))).isEqualTo(Code.CONFLICT);
    restart();
    assertThat(registrar.state().ended("s1g1"))
        .contains(
            new KeySet.EndedLog(
                "s1g1", 12, Optional.of("s1g2"), KeyLogEvent.EndReason.REPLACED, now));
  }

  /** Whoever held a signer may have had an end stated that no token reaches. */
  @Test
  void ofTwoEndsOfALogTheSmallerSizeStands() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(
            changed(
                Commands.endLog(
                    "s1g1", 1L << 40, Optional.of("s1g9"), KeyLogEvent.EndReason.ROLLED_BACK)))
        .isTrue();
    Request.Command narrower =
        Commands.endLog("s1g1", 12, Optional.empty(), KeyLogEvent.EndReason.REPLACED);
    assertThat(changed(narrower)).isTrue();
    assertThat(changed(narrower)).isFalse();
    restart();
    assertThat(registrar.state().ended("s1g1"))
        .contains(
            new KeySet.EndedLog("s1g1", 12, Optional.empty(), KeyLogEvent.EndReason.REPLACED, now));
    assertThat(keySet().endedLogs())
        .as("what a verifier reads from the first entry on")
        .extracting(KeySet.EndedLog::size)
        .containsExactly(12L);
    assertThat(
            refused(
                Commands.endLog(
                    "s1g1", 1L << 40, Optional.of("s1g9"), KeyLogEvent.EndReason.REPLACED)))
        .as("and it is never widened")
        .isEqualTo(Code.CONFLICT);
  }
}
