package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.registrar.settings.SecondPerson;
import dev.counterfoil.registrar.signers.SignersOwn;
import dev.counterfoil.registrar.signers.SignersWatch;
import dev.counterfoil.signer.MemoryDisk;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who holds one signer has the registrar do nothing to the others' keys and logs. */
class SignersDeskTest extends RegistrarWorld {
  private final SignersOwn first = new SignersOwn("s1", Set.of("d1"), Set.of());
  private final SignersOwn second = new SignersOwn("s2", Set.of("d2"), Set.of("d9"));

  @SuppressWarnings("NullAway.Init") // each test starts with them
  private StatedLog secondLog;

  @SuppressWarnings("NullAway.Init")
  private ProcessAudit audit;

  @SuppressWarnings("NullAway.Init")
  private SignersWatch watch;

  @SuppressWarnings("NullAway.Init")
  private SignersDesk desk;

  private long read;

  SignersDeskTest() {
    signers = List.of(signer("s1", List.of("d1")), signer("s2", List.of("d2")));
  }

  @BeforeEach
  void desk() throws Exception {
    secondLog = log("s2g1");
    audit = ProcessAudit.start(configuration, () -> now);
    registrar.audited(audit);
    watch = SignersWatch.open(new MemoryDisk(), configuration, now);
    desk = newDesk(operators(SecondPerson.NOBODY));
    delegate();
  }

  private OperatorDesk operators(SecondPerson rules) {
    return new OperatorDesk(rules, () -> now, line -> {}, registrar::carryOut);
  }

  private SignersDesk newDesk(OperatorDesk operators) {
    return new SignersDesk(registrar, operators, watch, audit, () -> now);
  }

  @AfterEach
  void stopAudit() throws Exception {
    audit.close();
  }

  private static Request.Command end(String log, String successor) {
    return Commands.endLog(log, 0, Optional.of(successor), EndReason.REPLACED);
  }

  private KeyStatement keyOf(StatedLog log, Instant from) throws Exception {
    return newKey(from).toBuilder().record(new RecordForm.Position(log.name())).build();
  }

  private Answer ask(SignersOwn by, Request.Command command) throws Exception {
    return desk.carryOut(command, by, "counterfoil-signer-" + by.signer());
  }

  private void done(SignersOwn by, Request.Command command) throws Exception {
    assertThat(ask(by, command)).as(command.toString()).isInstanceOf(Answer.Done.class);
  }

  /** The events of refusals since the last look. */
  private List<AuditEvent> refusals() throws Exception {
    // What nobody waits for is written a moment later, and in order.
    audit.keep(audit.draft(Operation.AUDIT_EXPORT).socket("mark"));
    List<AuditEvent> refusals = new ArrayList<>();
    Answer answer =
        audit.read(
            new Request.Command(
                Commands.READ_EVENTS, JsonObject.builder().put("acknowledged", read).build()));
    for (JsonObject one : ((Answer.Done) answer).result().objects("events")) {
      read = one.number("number") + 1;
      AuditEvent event =
          AuditEvent.parseReported(one.string("line").getBytes(StandardCharsets.UTF_8));
      if (event.json().has("status_code")) {
        refusals.add(event);
      }
    }
    return refusals;
  }

  /** Of each kind one that is for the first signer alone to say, in an order in which all pass. */
  private Map<String, Request.Command> ofTheFirst(KeyStatement next) throws Exception {
    Map<String, Request.Command> commands = new LinkedHashMap<>();
    commands.put("a key", Commands.stateKey(next, log));
    commands.put("a successor log", Commands.stateLog(log("s1g2")));
    commands.put("a record log", Commands.stateLog(log("d1g1")));
    commands.put(
        "a pause", Commands.pauseRotation("s1g1", now.plusSeconds(60), "counterfoil-signer-s2"));
    commands.put("a key's end", Commands.retireKey(key.kid()));
    commands.put("a record log's end", end("d1g1", "d1g2"));
    commands.put("a log's end", end("s1g1", "s1g2"));
    return commands;
  }

  @Test
  void whatIsOneSignersIsRefusedToAnotherAndDoneForItself() throws Exception {
    done(first, Commands.stateKey(key, log));
    done(second, Commands.stateKey(keyOf(secondLog, T0.plus(DAY)), secondLog));
    assertThat(refusals()).isEmpty();
    KeyStatement next = newKey(T0.plus(DAY));
    Map<String, Request.Command> commands = ofTheFirst(next);
    assertThat(commands.values())
        .extracting(Request.Command::name)
        .as("every kind that changes something")
        .containsAll(
            RegistrarCommands.OF_SIGNER.stream()
                .filter(name -> !name.equals(Commands.READ_KEYS))
                .toList());
    long before = registrar.version();
    int asked = 0;
    for (Map.Entry<String, Request.Command> one : commands.entrySet()) {
      now = now.plus(SignersWatch.EVENT_EVERY);
      Answer answer = ask(second, one.getValue());
      assertThat(answer).as(one.getKey()).isInstanceOf(Answer.Refused.class);
      assertThat(((Answer.Refused) answer).code()).as(one.getKey()).isEqualTo(Code.NOT_ITS_OWN);
      assertThat(registrar.version()).as(one.getKey()).isEqualTo(before);
      assertThat(refusals())
          .as(one.getKey())
          .singleElement()
          .satisfies(
              event -> {
                assertThat(event.json().string("status_code")).isEqualTo("NOT_ITS_OWN");
                assertThat(event.keys().actor()).contains("counterfoil-signer-s2");
                assertThat(event.json().number("severity_id")).isEqualTo(4);
                assertThat(event.json().string("message"))
                    .contains("signer s2", one.getValue().name());
              });
      asked++;
      assertThat(texts(watch.alarms(now)))
          .as(one.getKey())
          .contains("signer s2", one.getValue().name(), "compromise s2", asked + " time")
          .doesNotContain("signer s1");
    }
    done(second, Commands.readKeys());
    for (Map.Entry<String, Request.Command> one : commands.entrySet()) {
      done(first, one.getValue());
    }
    assertThat(registrar.version()).isGreaterThanOrEqualTo(before + commands.size());
    assertThat(refusals()).isEmpty();
  }

  /** With one foot in its own. */
  @Test
  void neitherIsWhatIsPartlyAnothers() throws Exception {
    done(first, Commands.stateKey(key, log));
    done(second, Commands.stateLog(secondLog));
    KeyStatement own = keyOf(secondLog, T0.plus(DAY));
    List<Request.Command> mixed =
        List.of(
            Commands.stateKey(newKey(T0.plus(DAY)), secondLog),
            Commands.stateKey(own, log),
            // The first's key, as if it were the second's.
            Commands.stateKey(
                key.toBuilder().record(new RecordForm.Position("s2g1")).build(), secondLog),
            Commands.stateKey(
                own.toBuilder().record(new RecordForm.Position("d2g1")).build(), log("d2g1")),
            Commands.stateLog(log("s22g1")),
            Commands.stateLog(log("d3g1")),
            Commands.stateLog(log("other")),
            Commands.pauseRotation("d2g1", now.plusSeconds(60), "root"),
            end("s2g1", "s1g2"),
            end("s2g1", "d2g1"),
            end("s2g1", "keys"));
    for (Request.Command command : mixed) {
      Answer answer = ask(second, command);
      assertThat(answer).as(command.toString()).isInstanceOf(Answer.Refused.class);
      assertThat(((Answer.Refused) answer).code())
          .as(command.toString())
          .isEqualTo(Code.NOT_ITS_OWN);
    }
    done(second, Commands.stateKey(own, secondLog));
    done(second, Commands.stateLog(log("d2g1")));
    done(second, Commands.pauseRotation("s2g1", now.plusSeconds(60), "root"));
    done(second, end("s2g1", "s2g2"));
  }

  /** A door that was taken out of the configuration ends with its signer's generation. */
  @Test
  void aRecordLogThatWasItsOwnIsEndedAndNotStatedAnew() throws Exception {
    assertThat(registrar.carryOut(Commands.stateLog(log("d9g1")))).isInstanceOf(Answer.Done.class);
    assertThat(((Answer.Refused) ask(second, Commands.stateLog(log("d9g2")))).code())
        .isEqualTo(Code.NOT_ITS_OWN);
    assertThat(((Answer.Refused) ask(first, end("d9g1", "d9g2"))).code())
        .isEqualTo(Code.NOT_ITS_OWN);
    done(second, end("d9g1", "d9g2"));
  }

  /**
   * At each start a signer says again how its last logs ended: also of a record log that was taken
   * out of the configuration, or is another's, since.
   */
  @Test
  void anEndThatStandsIsNoTrespassWhoeverTellsItAgain() throws Exception {
    done(first, Commands.stateLog(log("d1g1")));
    done(first, end("d1g1", "d1g2"));
    long before = registrar.version();
    SignersOwn without = new SignersOwn("s1", Set.of(), Set.of());
    done(without, end("d1g1", "d1g2"));
    done(second, end("d1g1", "d1g3"));
    assertThat(registrar.version()).isEqualTo(before);
    assertThat(watch.alarms(now)).isEmpty();
    assertThat(refusals()).isEmpty();
    Request.Command otherwise = Commands.endLog("d1g1", 1, Optional.of("d1g2"), EndReason.REPLACED);
    assertThat(((Answer.Refused) ask(without, otherwise)).code())
        .as("the control")
        .isEqualTo(Code.NOT_ITS_OWN);
    assertThat(watch.alarms(now)).isNotEmpty();
  }

  /** Its holder could have honest tokens refused after an operator said where the log ended. */
  @Test
  void aSignerSaysOnceHowItsLogEnded() throws Exception {
    done(first, Commands.stateLog(log("s1g1")));
    done(first, end("s1g1", 7));
    for (long size : List.of(6L, 8L)) {
      Answer otherwise = ask(first, end("s1g1", size));
      assertThat(((Answer.Refused) otherwise).code()).as("%d", size).isEqualTo(Code.CONFLICT);
    }
    done(first, end("s1g1", 7));
    assertThat(watch.alarms(now)).as("no trespass").isEmpty();
    assertThat(registrar.carryOut(end("s1g1", 6)))
        .as("the control: an operator narrows it")
        .isInstanceOf(Answer.Done.class);
    assertThat(registrar.state().ended("s1g1").orElseThrow().size()).isEqualTo(6);
  }

  private static Request.Command end(String log, long size) {
    return Commands.endLog(log, size, Optional.empty(), EndReason.REPLACED);
  }

  @Test
  void whatSaysNothingOrIsNobodysIsNoTrespass() throws Exception {
    for (String name : RegistrarCommands.OF_SIGNER) {
      if (!name.equals(Commands.READ_KEYS)) {
        Answer answer = ask(second, new Request.Command(name, JsonObject.builder().build()));
        assertThat(((Answer.Refused) answer).code()).as(name).isEqualTo(Code.MALFORMED);
      }
    }
    Answer unknown = ask(second, Commands.retireKey("nobody's"));
    assertThat(((Answer.Refused) unknown).code()).isEqualTo(Code.UNKNOWN);
    Answer others = ask(second, Commands.taintKey(key.kid()));
    assertThat(((Answer.Refused) others).code()).isEqualTo(Code.NOT_ALLOWED);
    assertThat(watch.alarms(now)).isEmpty();
    assertThat(refusals()).isEmpty();
  }

  @Test
  void aFloodOfRefusalsIsOneEventAMinuteAndNoneIsLostCount() throws Exception {
    done(first, Commands.stateKey(key, log));
    assertThat(refusals()).isEmpty();
    for (int i = 0; i < 1_000; i++) {
      assertThat(ask(second, Commands.retireKey(key.kid()))).isInstanceOf(Answer.Refused.class);
    }
    assertThat(refusals()).hasSize(1);
    now = now.plus(SignersWatch.EVENT_EVERY);
    assertThat(ask(second, Commands.retireKey(key.kid()))).isInstanceOf(Answer.Refused.class);
    assertThat(refusals())
        .singleElement()
        .satisfies(event -> assertThat(event.json().number("count")).isEqualTo(1_000));
    assertThat(texts(watch.alarms(now))).contains("1001 times");
  }

  @Test
  void oneThatStatesAsManyKeysAsMayBeKeepsNoneOfTheOthersOut() throws Exception {
    // Most of them at once, as no registrar does: each by itself takes a test too long.
    int stated = KeyLogState.KEYS_MAX * 8 / 10;
    assertThat(registrar.carryOut(Commands.stateLog(log))).isInstanceOf(Answer.Done.class);
    List<byte[]> entries = new ArrayList<>();
    for (int i = 0; i < stated; i++) {
      entries.add(
          KeyLogEntry.of(
              new KeyLogEvent.KeyStated(newKey(T0.plusSeconds(i))),
              now,
              KeyLog.origin(TestDomain.ISSUER),
              keyLog.size() + i,
              statementKeys.of(statementKeys.newest()).orElseThrow()));
    }
    assertThat(keyLog.append(entries)).isEqualTo(EntryLog.Outcome.PUBLISHED);
    restart();
    registrar.audited(audit);
    desk = newDesk(operators(SecondPerson.NOBODY));
    Answer answer = registrar.carryOut(Commands.stateKey(newKey(T0), log));
    while (answer instanceof Answer.Done) {
      stated++;
      answer = registrar.carryOut(Commands.stateKey(newKey(T0.plusSeconds(stated)), log));
    }
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.BUSY);
    assertThat(stated).isBetween(KeyLogState.KEYS_MAX / 2, KeyLogState.KEYS_MAX - 1);
    for (int i = stated; i < KeyLogState.KEYS_MAX; i++) {
      done(second, Commands.stateKey(keyOf(secondLog, T0.plusSeconds(i)), secondLog));
    }
    Answer full = ask(second, Commands.stateKey(keyOf(secondLog, T0.plus(DAY)), secondLog));
    assertThat(((Answer.Refused) full).code()).isEqualTo(Code.BUSY);
  }

  @Test
  void whoGoesOnStatingWaitsAndTheOthersDoNot() throws Exception {
    done(first, Commands.stateKey(key, log));
    done(second, Commands.stateLog(secondLog));
    Answer answer = ask(first, Commands.stateLog(log("s1g2")));
    int logs = 2;
    while (answer instanceof Answer.Done) {
      assertThat(logs).isLessThan(1_000);
      answer = ask(first, Commands.stateLog(log("s1g" + ++logs)));
    }
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.QUOTA);
    assertThat(texts(watch.alarms(now))).contains("signer s1").doesNotContain("signer s2");
    done(second, Commands.stateKey(keyOf(secondLog, T0.plus(DAY)), secondLog));
    // What it takes away, and what an honest one needs in time, is not held up.
    done(first, Commands.retireKey(key.kid()));
    now = now.plus(DAY);
    done(first, Commands.stateLog(log("s1g" + logs)));
    watch.tookBack("s1");
    done(first, Commands.stateLog(log("s1g" + (logs + 1))));
    assertThat(watch.alarms(now)).isEmpty();
  }

  @Test
  void whoEndsARecordLogOfASignerHasHeardOfIt() throws Exception {
    done(first, Commands.stateLog(log("d1g1")));
    done(second, Commands.stateLog(log("d2g1")));
    assertThat(ask(first, Commands.stateLog(log("s2g5")))).isInstanceOf(Answer.Refused.class);
    OperatorDesk.Executor operator = SignersDesk.hearing(registrar, watch);
    assertThat(operator.carryOut(end("d2g1", "d2g2"))).isInstanceOf(Answer.Done.class);
    assertThat(watch.alarms(now)).as("the control: of another").isNotEmpty();
    assertThat(operator.carryOut(end("d1g1", "d1g2"))).isInstanceOf(Answer.Done.class);
    assertThat(watch.alarms(now)).isEmpty();
  }

  /** However many it had stated: a replaced signer begins anew at once. */
  @Test
  void whoeverFloodedTheNextGenerationHasRoomOnceSomethingIsTakenBack() throws Exception {
    done(first, Commands.stateKey(key, log));
    int stated = 1;
    while (ask(first, Commands.stateKey(newKey(T0.plusSeconds(stated)), log))
        instanceof Answer.Done) {
      stated++;
    }
    assertThat(stated).isGreaterThan(Commands.REVOKED_AT_ONCE_MAX);
    KeyStatement next = keyOf(log("s1g2"), T0.plus(DAY));
    StatedLog nextLog = log("s1g2");
    assertThat(((Answer.Refused) ask(first, Commands.stateKey(next, nextLog))).code())
        .as("the control")
        .isEqualTo(Code.QUOTA);
    List<String> kids = registrar.keys().stream().map(KeyStatement::kid).toList();
    OperatorDesk.Executor operator = SignersDesk.hearing(registrar, watch);
    assertThat(((Answer.Refused) operator.carryOut(Commands.revokeKeys(kids, "s1g1", 0))).code())
        .isEqualTo(Code.MALFORMED);
    for (int done = 0; done < kids.size(); done += Commands.REVOKED_AT_ONCE_MAX) {
      List<String> some =
          kids.subList(done, Math.min(kids.size(), done + Commands.REVOKED_AT_ONCE_MAX));
      assertThat(operator.carryOut(Commands.revokeKeys(some, "s1g1", 0)))
          .isInstanceOf(Answer.Done.class);
    }
    assertThat(keySet().revokedKeys()).hasSize(stated);
    done(first, Commands.stateKey(next, nextLog));
  }

  @Test
  void pausesThatWaitForASecondPersonLeaveRoomForOperators() throws Exception {
    SecondPerson rules = new SecondPerson(true, Duration.ofHours(1), true, Duration.ofSeconds(1));
    OperatorDesk operators = operators(rules);
    desk = newDesk(operators);
    done(second, Commands.stateLog(secondLog));
    for (int i = 0; i < 2 * OperatorDesk.WAITING_MAX; i++) {
      assertThat(ask(second, Commands.pauseRotation("s2g1", now.plusSeconds(60 + i), "root")))
          .isInstanceOf(Answer.Refused.class);
    }
    assertThat(operators.waiting()).hasSize(OperatorDesk.PAUSES_OF_ONE_MAX);
    done(first, Commands.stateLog(log));
    ask(first, Commands.pauseRotation("s1g1", now.plusSeconds(60), "anna"));
    assertThat(operators.waiting())
        .as("another signer's")
        .hasSize(OperatorDesk.PAUSES_OF_ONE_MAX + 1);
    assertThat(operators.carryOut(end("s2g1", "s2g2"), "root")).isInstanceOf(Answer.Done.class);
    assertThat(operators.waiting()).hasSize(OperatorDesk.PAUSES_OF_ONE_MAX + 2);
  }
}
