package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.registrar.settings.SecondPerson;
import dev.counterfoil.registrar.signers.SignersWatch;
import dev.counterfoil.signer.MemoryDisk;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which of the operators' commands end the alarm about a signer, and begin its count anew. */
class StatingRoomTest extends RegistrarWorld {
  private static final int FLOOD = 10_000;
  private static final SecondPerson TWO =
      new SecondPerson(true, Duration.ofHours(1), true, Duration.ofHours(4));

  private static void askAndConfirm(OperatorDesk desk, Request.Command command) throws Exception {
    Answer waits = desk.carryOut(command, "anna");
    String id = ((Answer.Done) waits).result().string("waits");
    assertThat(desk.carryOut(Commands.confirm(id), "bert")).isInstanceOf(Answer.Done.class);
  }

  @Test
  void aSecondPersonsWordMakesRoomOnlyForWhatTakesSomethingBack() throws Exception {
    delegate();
    assertThat(changed(Commands.stateKey(key, log))).isTrue();
    SignersWatch watch = SignersWatch.open(new MemoryDisk(), configuration, now);
    OperatorDesk desk =
        new OperatorDesk(TWO, () -> now, line -> {}, SignersDesk.hearing(registrar, watch));
    flood(watch);
    long before = registrar.version();
    askAndConfirm(
        desk,
        Commands.stateAuditLog(
            AuditLogStatingTest.auditLog(configuration.process().issuer(), "monitor/audit")));
    assertThat(registrar.version()).isGreaterThan(before);
    assertThat(watch.alarms(now)).as("an audit log was stated").isNotEmpty();

    Request.Command revoke = Commands.revokeKeys(List.of(key.kid()), log.name(), 0);
    askAndConfirm(desk, revoke);
    assertThat(watch.alarms(now)).as("the control: a key was revoked").isEmpty();
    flood(watch);
    askAndConfirm(desk, revoke);
    assertThat(watch.alarms(now)).as("the same again changes nothing").isNotEmpty();
  }

  private void flood(SignersWatch watch) {
    watch.stated("s1", Commands.STATE_KEY, FLOOD, now);
    watch.trespassed("s1", Commands.END_LOG, "end-log of log s2g1", now);
    assertThat(texts(watch.alarms(now))).contains("rotation needs", "s2g1");
  }

  @Test
  void whatIsTakenBackOfOneSignerEndsNoAlarmAboutAnother() throws Exception {
    signers = List.of(signer("s1", List.of()), signer("s2", List.of()));
    configuration = withRoot(root);
    restart();
    delegate();
    assertThat(changed(Commands.stateKey(key, log))).isTrue();
    SignersWatch watch = SignersWatch.open(new MemoryDisk(), configuration, now);
    watch.trespassed("s2", Commands.END_LOG, "end-log of log s1g1", now);
    OperatorDesk.Executor operator = SignersDesk.hearing(registrar, watch);
    assertThat(operator.carryOut(Commands.taintKey(key.kid()))).isInstanceOf(Answer.Done.class);
    assertThat(watch.alarms(now)).as("a key of s1 was tainted").isNotEmpty();
    StatedLog second = log("s2g1");
    assertThat(changed(Commands.stateLog(second))).isTrue();
    assertThat(
            operator.carryOut(
                Commands.endLog("s2g1", 0, Optional.empty(), KeyLogEvent.EndReason.LOST)))
        .isInstanceOf(Answer.Done.class);
    assertThat(watch.alarms(now)).as("the control: the log of s2 has ended").isEmpty();
  }
}
