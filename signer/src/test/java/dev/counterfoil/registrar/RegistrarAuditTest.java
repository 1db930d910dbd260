package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.format.keylog.AuditLogStated;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.registrar.settings.SecondPerson;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every operation of a registrar is exactly one event. The operations are those of the commands and
 * of the key log's entries: one that is new there and has no place here fails.
 */
class RegistrarAuditTest extends RegistrarWorld {
  @SuppressWarnings("NullAway.Init") // each test starts with them
  private ProcessAudit audit;

  @SuppressWarnings("NullAway.Init")
  private AuditedDesk desk;

  private long read;

  @BeforeEach
  void audit() throws Exception {
    audit = ProcessAudit.start(configuration, () -> now);
    registrar.audited(audit);
    desk =
        new AuditedDesk(
            new OperatorDesk(
                SecondPerson.NOBODY, () -> now, line -> {}, command -> registrar.carryOut(command)),
            audit);
    assertThat(codes()).containsExactly("source.start", "process.start");
  }

  @AfterEach
  void stopAudit() throws Exception {
    audit.close();
  }

  private List<AuditEvent> events() throws Exception {
    // What nobody waits for is written a moment later, and in order.
    audit.keep(audit.draft(Operation.AUDIT_EXPORT).socket("mark"));
    List<AuditEvent> events = new ArrayList<>();
    Answer answer =
        audit.read(
            new Request.Command(
                Commands.READ_EVENTS, JsonObject.builder().put("acknowledged", read).build()));
    for (JsonObject one : ((Answer.Done) answer).result().objects("events")) {
      read = one.number("number") + 1;
      AuditEvent event =
          AuditEvent.parseReported(one.string("line").getBytes(StandardCharsets.UTF_8));
      if (!code(event).equals(Operation.AUDIT_EXPORT.code())) {
        events.add(event);
      }
    }
    return events;
  }

  private static String code(AuditEvent event) {
    return event.json().get("metadata") instanceof JsonObject metadata
            && metadata.get("event_code") instanceof String code
        ? code
        : "";
  }

  private List<String> codes() throws Exception {
    return events().stream().map(RegistrarAuditTest::code).toList();
  }

  @Test
  void everyCommandIsAnEventOrSaysWhyItIsNone() throws Exception {
    Set<String> commands = new HashSet<>();
    for (Field field : Commands.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers())
          && field.getType() == String.class
          && !field.getName().equals("ALONE")) {
        commands.add((String) field.get(null));
      }
    }
    assertThat(commands).hasSizeGreaterThan(20);
    Set<String> placed = new HashSet<>(ProcessAudit.OPERATIONS.keySet());
    placed.addAll(ProcessAudit.NONE.keySet());
    assertThat(commands).isEqualTo(placed);
    assertThat(ProcessAudit.OPERATIONS.keySet())
        .doesNotContainAnyElementsOf(ProcessAudit.NONE.keySet());
    assertThat(ProcessAudit.OPERATIONS.keySet()).containsAll(ProcessAudit.SIGNERS);
  }

  @Test
  void aCommandThatNamesNoLogIsAboutTheProcess() throws Exception {
    audit.keep(audit.command(Commands.REPLACE, Commands.replace().arguments(), "anna"));
    audit.keep(audit.command(Commands.REPLACE, Commands.replace("s1g1").arguments(), "anna"));
    assertThat(events())
        .extracting(event -> event.json().object("entity").toString())
        .containsExactly(
            "{\"type\":\"process\",\"uid\":\"registrar\"}", "{\"type\":\"log\",\"uid\":\"s1g1\"}");
  }

  @Test
  void everyCommandOfAnOperatorIsExactlyOneEventWhateverBecomesOfIt() throws Exception {
    delegate();
    codes();
    for (String name : RegistrarCommands.OF_ADMIN) {
      if (name.equals(Commands.DIAGNOSE) || ProcessAudit.NONE.containsKey(name)) {
        // The process takes them before the desk.
        continue;
      }
      // Refused, since it says nothing; what is said first has a second event, of the refusal.
      Answer answer =
          desk.carryOut(new Request.Command(name, JsonObject.builder().build()), "root");
      List<AuditEvent> events = events();
      String wanted = Objects.requireNonNull(ProcessAudit.OPERATIONS.get(name)).code();
      assertThat(events).as(name + ": " + answer).isNotEmpty();
      assertThat(events).allSatisfy(event -> assertThat(code(event)).isEqualTo(wanted));
      assertThat(events.getFirst().keys().actor()).as(name).contains("root");
      if (answer instanceof Answer.Refused) {
        assertThat(events.getLast().json().number("status_id")).isEqualTo(2);
        assertThat(events.stream().filter(e -> e.json().has("status_code"))).hasSize(1);
      } else {
        assertThat(events).hasSize(1);
      }
    }
  }

  /** What makes each entry of the key log. */
  private Map<Class<?>, Request.Command> entries() throws Exception {
    Map<Class<?>, Request.Command> commands = new LinkedHashMap<>();
    commands.put(KeyLogEvent.LogStated.class, Commands.stateLog(log));
    commands.put(KeyLogEvent.KeyStated.class, Commands.stateKey(key, log));
    commands.put(
        KeyLogEvent.LogMoved.class,
        Commands.moveLog(log.name(), URI.create("https://mirror.example/logs/s1g1")));
    commands.put(
        KeyLogEvent.RotationPaused.class,
        Commands.pauseRotation(log.name(), now.plusSeconds(60), "root"));
    commands.put(KeyLogEvent.TokenRevoked.class, revokeToken(log.name(), 0, now.plusSeconds(60)));
    commands.put(
        KeyLogEvent.GroupRevoked.class,
        Commands.revokeGroup(GroupHandle.of(new byte[GroupHandle.BYTES]), now));
    commands.put(KeyLogEvent.KeyTainted.class, Commands.taintKey(key.kid()));
    commands.put(KeyLogEvent.KeyRetired.class, Commands.retireKey(key.kid()));
    commands.put(
        KeyLogEvent.KeyRevoked.class, Commands.revokeKeys(List.of(key.kid()), log.name(), 0));
    commands.put(
        KeyLogEvent.LogEnded.class,
        Commands.endLog(log.name(), 0, Optional.empty(), KeyLogEvent.EndReason.REPLACED));
    commands.put(KeyLogEvent.KeyWithdrawn.class, Commands.withdrawKey(key.kid()));
    AuditLogStated auditLog =
        AuditLogStatingTest.auditLog(configuration.process().issuer(), "monitor/audit");
    commands.put(AuditLogStated.class, Commands.stateAuditLog(auditLog));
    commands.put(
        DisclosureKeyStated.class,
        Commands.stateDisclosureKey(
            new DisclosureKeyStated(
                    PublicJwk.ed25519(auditLog.key().publicKey()), auditLog.key(), now.plus(DAY))
                .toJson()));
    commands.put(
        AuditLogEnded.class,
        Commands.endAuditLog(new AuditLogEnded("monitor/audit", 9, AuditLogEnded.Reason.LOST)));
    return commands;
  }

  @Test
  void everyEntryOfTheKeyLogIsExactlyOneEvent() throws Exception {
    delegate();
    assertThat(codes()).containsExactly("root.ceremony");
    Map<Class<?>, Request.Command> entries = entries();
    assertThat(entries.keySet())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(KeyLogEvent.Gives.class, KeyLogEvent.Takes.class)
                .flatMap(kind -> Arrays.stream(kind.getPermittedSubclasses()))
                // Nobody's act: the first revocation after another log opens one, and time ends it.
                .filter(kind -> !kind.equals(KeyLogEvent.RevocationLogStated.class))
                .filter(kind -> !kind.equals(KeyLogEvent.RevocationLogEnded.class))
                .toList());
    Map<Class<?>, String> wanted =
        Map.ofEntries(
            Map.entry(KeyLogEvent.LogStated.class, "log.state"),
            Map.entry(KeyLogEvent.KeyStated.class, "key.prepare"),
            Map.entry(KeyLogEvent.LogMoved.class, "log.move"),
            Map.entry(KeyLogEvent.RotationPaused.class, "rotation.pause"),
            Map.entry(KeyLogEvent.KeyTainted.class, "key.taint"),
            Map.entry(KeyLogEvent.KeyRetired.class, "key.retire"),
            Map.entry(KeyLogEvent.KeyRevoked.class, "key.revoke"),
            Map.entry(KeyLogEvent.LogEnded.class, "log.end"),
            Map.entry(KeyLogEvent.KeyWithdrawn.class, "key.withdraw"),
            Map.entry(AuditLogStated.class, "log.state"),
            Map.entry(DisclosureKeyStated.class, "log.state"),
            Map.entry(AuditLogEnded.class, "log.end"));
    for (Map.Entry<Class<?>, Request.Command> one : entries.entrySet()) {
      long before = registrar.version();
      Answer answer = registrar.carryOut(one.getValue());
      assertThat(answer).as(one.getKey() + ": " + answer).isInstanceOf(Answer.Done.class);
      assertThat(registrar.version()).as(one.getKey().getName()).isGreaterThan(before);
      String code = wanted.get(one.getKey());
      // A revoked token or group is the authority's event, which knows by whom.
      assertThat(codes())
          .as(one.getKey().getName())
          .isEqualTo(code == null ? List.of() : List.of(code));
    }
  }

  @Test
  void whoAskedStandsInTheEventOfTheChange() throws Exception {
    delegate();
    assertThat(changed(Commands.stateKey(key, log))).isTrue();
    assertThat(codes()).endsWith("key.prepare");
    assertThat(desk.carryOut(Commands.taintKey(key.kid()), "alice"))
        .isInstanceOf(Answer.Done.class);
    List<AuditEvent> events = events();
    assertThat(events).hasSize(1);
    assertThat(events.getFirst().keys().actor()).contains("alice");
    assertThat(events.getFirst().keys().key()).contains(key.kid());
    // The same again changes nothing, and is an event all the same.
    assertThat(desk.carryOut(Commands.taintKey(key.kid()), "bob")).isInstanceOf(Answer.Done.class);
    assertThat(events())
        .singleElement()
        .satisfies(event -> assertThat(event.keys().actor()).contains("bob"));
  }

  @Test
  void anAuditLogIsNamedAlsoWhereStatingItChangesNothing() throws Exception {
    delegate();
    codes();
    Request.Command state =
        Commands.stateAuditLog(
            AuditLogStatingTest.auditLog(configuration.process().issuer(), "monitor/audit"));
    assertThat(desk.carryOut(state, "root")).isInstanceOf(Answer.Done.class);
    assertThat(desk.carryOut(state, "root")).as("again").isInstanceOf(Answer.Done.class);
    assertThat(events())
        .hasSize(2)
        .allSatisfy(event -> assertThat(event.keys().entity()).contains("monitor/audit"));
  }

  @Test
  void whatWasFetchedAndAcknowledgedIsNotGivenOutAgain() throws Exception {
    delegate();
    assertThat(events()).isNotEmpty();
    assertThat(events()).isEmpty();
  }
}
