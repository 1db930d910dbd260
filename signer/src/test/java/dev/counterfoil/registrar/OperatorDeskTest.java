package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.registrar.settings.SecondPerson;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits for a second person, who may be it, and what is kept of both. */
final class OperatorDeskTest {
  private static final SecondPerson TWO =
      new SecondPerson(true, Duration.ofMinutes(30), true, Duration.ofHours(4));
  private static final Request.Command REVOKE = Commands.revokeKeys(List.of("k1"), "s1g1", 7);

  private Instant now = Instant.parse("2026-11-25T12:00:00Z");
  private final List<Request.Command> done = new ArrayList<>();
  private final List<JsonObject> kept = new ArrayList<>();
  private OperatorDesk desk = desk(TWO);

  private OperatorDesk desk(SecondPerson rules) {
    return new OperatorDesk(rules, () -> now, kept::add, this::carryOut);
  }

  private Answer carryOut(Request.Command command) {
    assertThat(kept).as("kept before it is carried out").isNotEmpty();
    done.add(command);
    return new Answer.Done(JsonObject.builder().put("changed", true).build());
  }

  private String waits(Request.Command command, String user) throws Exception {
    Answer answer = desk.carryOut(command, user);
    assertThat(answer).isInstanceOf(Answer.Done.class);
    return ((Answer.Done) answer).result().string("waits");
  }

  private Code refused(Request.Command command, String user) throws Exception {
    Answer answer = desk.carryOut(command, user);
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    return ((Answer.Refused) answer).code();
  }

  @Test
  void withoutTheRuleOnePersonIsEnoughAndIsKept() throws Exception {
    desk = desk(SecondPerson.NOBODY);
    desk.carryOut(REVOKE, "anna");
    assertThat(done).containsExactly(REVOKE);
    assertThat(kept.getFirst().toString())
        .contains("\"by\":\"anna\"", "\"command\":\"revoke-keys\"", "k1");
  }

  @Test
  void whatCannotBeTakenBackWaitsForAnotherOperator() throws Exception {
    for (Request.Command command :
        List.of(
            REVOKE,
            Commands.withdrawKey("k1"),
            Commands.stateAuditLog(
                AuditLogStatingTest.auditLog(
                    URI.create("https://login.example/enterprise"), "monitor/audit")),
            Commands.endAuditLog(
                new AuditLogEnded("monitor/audit", 0, AuditLogEnded.Reason.WITHDRAWN)),
            Commands.endLog(
                "s1g1",
                9,
                java.util.Optional.empty(),
                dev.counterfoil.format.keylog.KeyLogEvent.EndReason.LOST))) {
      done.clear();
      kept.clear();
      String id = waits(command, "anna");
      assertThat(waits(command, "anna")).as("asked twice, it waits once").isEqualTo(id);
      assertThat(done).isEmpty();
      assertThat(refused(Commands.confirm(id), "anna")).isEqualTo(Code.NOT_ALLOWED);
      assertThat(refused(Commands.confirm("c999"), "ben")).isEqualTo(Code.UNKNOWN);
      assertThat(done).isEmpty();
      assertThat(desk.carryOut(Commands.confirm(id), "ben")).isInstanceOf(Answer.Done.class);
      assertThat(done).containsExactly(command);
      assertThat(refused(Commands.confirm(id), "ben")).as("only once").isEqualTo(Code.UNKNOWN);
      assertThat(kept.toString()).contains("\"does\":\"asks\"", "\"by\":\"ben\"", id + " of anna");
    }
    desk.carryOut(Commands.taintKey("k1"), "anna");
    assertThat(done.getLast()).as("a taint waits for nobody").isEqualTo(Commands.taintKey("k1"));
  }

  @Test
  void itWaitsForItsTimeAndNoLonger() throws Exception {
    String id = waits(REVOKE, "anna");
    now = now.plus(Duration.ofMinutes(30)).minusSeconds(1);
    assertThat(desk.waiting()).hasSize(1);
    now = now.plusSeconds(1);
    assertThat(desk.waiting()).isEmpty();
    assertThat(refused(Commands.confirm(id), "ben")).isEqualTo(Code.UNKNOWN);
    assertThat(done).isEmpty();
  }

  @Test
  void inAnEmergencyOneGoesAheadAloneWhereThatIsAllowed() throws Exception {
    Request.Command alone = Commands.revokeKeysAlone(List.of("k1"), "s1g1", 7);
    desk.carryOut(alone, "anna");
    assertThat(done).as("as if it had waited").containsExactly(REVOKE);
    assertThat(kept.getLast().toString()).contains("\"how\":\"alone\"");
    done.clear();
    desk = desk(new SecondPerson(true, Duration.ofMinutes(30), false, Duration.ofHours(4)));
    assertThat(refused(alone, "anna")).isEqualTo(Code.NOT_ALLOWED);
    assertThat(done).isEmpty();
  }

  private boolean paused(Duration length, String by) {
    return desk.pause(Commands.pauseRotation("s1g1", now.plus(length), by).arguments())
        instanceof OperatorDesk.PauseVerdict.Allowed;
  }

  @Test
  void aLongPauseIsAskedForAgainWhenAnotherOneHasConfirmedIt() throws Exception {
    assertThat(paused(Duration.ofHours(4), "anna")).as("short").isTrue();
    assertThat(paused(Duration.ofHours(5), "anna")).isFalse();
    String id = desk.waiting().getFirst().string("id");
    assertThat(refused(Commands.confirm(id), "anna")).isEqualTo(Code.NOT_ALLOWED);
    desk.carryOut(Commands.confirm(id), "ben");
    assertThat(done).as("the signer has to hear of it").isEmpty();
    assertThat(paused(Duration.ofHours(6), "anna")).as("longer than was confirmed").isFalse();
    assertThat(paused(Duration.ofHours(5), "carla")).as("whoever did not ask").isFalse();
    assertThat(
            desk.pause(
                Commands.pauseRotation("s1g1", now.plus(Duration.ofHours(5)), "anna").arguments()))
        .isEqualTo(new OperatorDesk.PauseVerdict.Allowed("anna and ben"));
    assertThat(paused(Duration.ofHours(5), "anna")).as("once").isFalse();
  }

  @Test
  void onAFullDiskKeysCanStillBeTakenBack() throws Exception {
    desk =
        new OperatorDesk(
            SecondPerson.NOBODY,
            () -> now,
            line -> {
              throw new IOException("No space left on device");
            },
            command -> {
              done.add(command);
              return new Answer.Done(JsonObject.builder().build());
            });
    desk.carryOut(REVOKE, "anna");
    assertThat(done).hasSize(1);
  }

  @Test
  void whatWasKeptIsThereAfterAStartAndATornLineIsNot(@TempDir Path folder) throws Exception {
    Path file = folder.resolve(OperatorRecord.FILE);
    try (OperatorRecord record = OperatorRecord.open(folder)) {
      record.add(JsonObject.builder().put("n", 1).build());
    }
    Files.writeString(file, "{\"n\":2", StandardOpenOption.APPEND);
    try (OperatorRecord record = OperatorRecord.open(folder)) {
      record.add(JsonObject.builder().put("n", 3).build());
    }
    assertThat(Files.readAllLines(file)).containsExactly("{\"n\":1}", "{\"n\":3}");
  }
}
