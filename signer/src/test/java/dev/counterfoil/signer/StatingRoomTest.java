package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** After a flood of statements, which of the operators' commands begin the count anew. */
class StatingRoomTest extends RegistrarWorld {
  private static final int FLOOD = 10_000;
  private static final SecondPerson TWO =
      new SecondPerson(true, Duration.ofHours(1), true, Duration.ofHours(4));

  private static void askAndConfirm(OperatorDesk desk, Request.Command command) throws Exception {
    Answer waits = desk.take(command, "anna");
    String id = ((Answer.Done) waits).result().string("waits");
    assertThat(desk.take(Commands.confirm(id), "bert")).isInstanceOf(Answer.Done.class);
  }

  @Test
  void aSecondPersonsWordMakesRoomOnlyForWhatTakesSomethingBack() throws Exception {
    delegate();
    assertThat(changed(Commands.stateKey(key, log))).isTrue();
    StatingQuota quota = new StatingQuota(configuration.resolvedPurposes(), now);
    OperatorDesk desk = new OperatorDesk(TWO, () -> now, line -> {}, quota.makingRoom(registrar));
    quota.count(FLOOD, now);
    long before = registrar.version();
    askAndConfirm(
        desk,
        Commands.stateAuditLog(
            AuditLogStatingTest.auditLog(configuration.issuer(), "monitor/audit")));
    assertThat(registrar.version()).isGreaterThan(before);
    assertThat(quota.isExceeded(now)).as("an audit log was stated").isTrue();

    Request.Command revoke = Commands.revokeKeys(List.of(key.kid()), log.name(), 0);
    askAndConfirm(desk, revoke);
    assertThat(quota.isExceeded(now)).as("the control: a key was revoked").isFalse();
    quota.count(FLOOD, now);
    askAndConfirm(desk, revoke);
    assertThat(quota.isExceeded(now)).as("the same again changes nothing").isTrue();
  }
}
