package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a registrar still does when its disk is full, or as much is listed as may be. */
class RegistrarLimitsTest extends RegistrarWorld {
  @Test
  void revokingWorksOnAFullDiskUntilTheReserveIsUsedUp() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    disk.faults().full = true;
    for (int revoked = 0; revoked < 50; revoked++) {
      assertThat(changed(revokeToken("s1g1", revoked, now.plusSeconds(60)))).isTrue();
    }
    // By the hundred, for a sync each takes a test too long.
    int onFullDisk = 50;
    while (keyLog.append(revocations(onFullDisk, 100, now)) == EntryLog.Outcome.PUBLISHED) {
      onFullDisk += 100;
    }
    restart();
    int listed = keySet().revokedTokens().size();
    assertThat(listed).as("after a start on a full disk").isEqualTo(50);
    Answer answer = registrar.carryOut(revokeToken("s1g1", 50, now.plusSeconds(60)));
    while (answer instanceof Answer.Done) {
      onFullDisk++;
      listed++;
      answer = registrar.carryOut(revokeToken("s1g1", listed, now.plusSeconds(60)));
    }
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.DISK_FULL);
    assertThat(registrar.obstacle()).hasValueSatisfying(why -> assertThat(why).contains("is full"));
    assertThat(onFullDisk).as("revocations on a full disk").isGreaterThan(5_000);
    assertThat(keySet().revokedTokens()).hasSize(listed);
    disk.faults().full = false;
    assertThat(changed(revokeToken("s1g1", listed, now.plusSeconds(60)))).isTrue();
    restart();
    assertThat(keySet().revokedTokens()).hasSize(listed + 1);
  }

  private List<byte[]> revocations(int first, int count, Instant until) {
    return IntStream.range(first, first + count)
        .mapToObj(
            index ->
                KeyLogEntry.of(
                    new KeyLogEvent.TokenRevoked("s1g1", 1_000_000L + index, until), now))
        .toList();
  }

  private void fillWithRevocations(int count, Instant until) throws Exception {
    for (int done = 0; done < count; done += 1_000) {
      assertThat(keyLog.append(revocations(done, Math.min(1_000, count - done), until)))
          .isEqualTo(EntryLog.Outcome.PUBLISHED);
    }
    restart();
  }

  @Test
  void revokedTokensHaveALimitThatLeavesRoomForKeys() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(600);
    fillWithRevocations(TakingBack.REVOKED_TOKENS_MAX - 1, until);
    assertThat(changed(revokeToken("s1g1", 1, until))).isTrue();
    assertThat(refused(revokeToken("s1g1", 2, until))).isEqualTo(Code.BUSY);
    assertThat(registrar.state().revocationCount()).isEqualTo(TakingBack.REVOKED_TOKENS_MAX);
    assertThat(changed(Commands.stateKey(newKey(T0), log))).isTrue();
    now = now.plusSeconds(1);
    delegate(TestKeys.LIFE_MAX);
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 0))).isTrue();
    assertThat(changed(Commands.withdrawKey(key.kid()))).isTrue();
    now = until;
    assertThat(changed(revokeToken("s1g1", 2, now.plusSeconds(600)))).isTrue();
    assertThat(registrar.state().revocationCount()).isEqualTo(1);
  }

  @Test
  void endedKeysMakeRoomForNewOnesTheOldestFirst() throws Exception {
    delegate();
    List<KeyStatement> stated = new ArrayList<>();
    KeyStatement next = newKey(T0);
    while (registrar.carryOut(Commands.stateKey(next, log)) instanceof Answer.Done) {
      stated.add(next);
      next = newKey(T0.plusSeconds(stated.size()));
    }
    assertThat(stated).hasSize(KeyLogState.KEYS_MAX);
    assertThat(refused(Commands.stateKey(next, log))).as("none has ended").isEqualTo(Code.BUSY);
    whatAnOperatorTakesBackMakesRoom(stated);
    now = stated.getFirst().verifyUntil();
    KeyStatement live = newKey(now.plus(KeySchedule.PROPAGATION_MAX));
    assertThat(changed(Commands.stateKey(live, log))).isTrue();
    assertThat(registrar.keys())
        .contains(live, stated.getLast())
        .doesNotContain(stated.getFirst())
        .as("with a revoked and a tainted one")
        .hasSize(KeyLogState.KEYS_MAX + 2);
    restart();
    assertThat(registrar.keys())
        .contains(live, stated.getLast())
        .hasSizeLessThanOrEqualTo(KeyLogState.KEYS_MAX + 2);
  }

  /** Each for one key; and what a signer does itself makes none. */
  private void whatAnOperatorTakesBackMakesRoom(List<KeyStatement> stated) throws Exception {
    assertThat(changed(Commands.retireKey(stated.get(1).kid()))).isTrue();
    KeyStatement next = newKey(T0.plusSeconds(stated.size()));
    assertThat(refused(Commands.stateKey(next, log))).as("retired").isEqualTo(Code.BUSY);
    List<Request.Command> takingBack =
        List.of(
            Commands.revokeKeys(List.of(stated.get(2).kid()), "s1g1", 0),
            Commands.taintKey(stated.get(3).kid()),
            Commands.withdrawKey(stated.get(4).kid()));
    for (Request.Command command : takingBack) {
      assertThat(changed(command)).isTrue();
      stated.add(next);
      assertThat(changed(Commands.stateKey(next, log))).as(command.name()).isTrue();
      next = newKey(T0.plusSeconds(stated.size()));
      assertThat(refused(Commands.stateKey(next, log))).as(command.name()).isEqualTo(Code.BUSY);
    }
  }

  @Test
  void aReplayForgetsExpiredRevocationsAsItGoes() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    int expired = 20_000;
    fillWithRevocations(expired, T0.minusSeconds(1));
    changed(revokeToken("s1g1", expired, now.plusSeconds(60)));
    AtomicInteger looks = new AtomicInteger();
    registrar =
        Registrar.open(
            configuration,
            keyLog,
            statementKeys,
            () -> {
              looks.incrementAndGet();
              return now;
            });
    assertThat(looks.get()).isGreaterThanOrEqualTo(expired / Registrar.REPLAYED_AT_ONCE);
    assertThat(registrar.state().revocationCount()).isEqualTo(1);
    assertThat(keySet().revokedTokens())
        .containsExactly(new KeySet.RevokedToken("s1g1", expired, T0.plusSeconds(60)));
    assertThat(keySet().keys()).containsExactly(key);
  }

  @Test
  void aChangeThatCannotBePublishedSaysSoAndIsPublishedOnceThereIsRoom() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    publicDisk.faults().unwritable = true;
    Request.Command revoke = revokeToken("s1g1", 7, now.plusSeconds(60));
    for (int i = 0; i < 2; i++) {
      Answer answer = registrar.carryOut(revoke);
      assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.DISK_FULL);
    }
    assertThat(registrar.obstacle())
        .hasValueSatisfying(why -> assertThat(why).contains("no effect"));
    publicDisk.faults().unwritable = false;
    assertThat(changed(revoke)).as("it is recorded already").isFalse();
    assertThat(registrar.obstacle()).isEmpty();
    assertThat(keyLog.isPublished()).isTrue();
    restart();
    assertThat(registrar.state().revokedToken("s1g1", 7)).isPresent();
  }
}
