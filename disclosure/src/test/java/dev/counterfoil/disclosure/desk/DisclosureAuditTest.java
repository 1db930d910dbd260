package dev.counterfoil.disclosure.desk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.EventFeed.NumberedEvent;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.Operation.Part;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.ReleasedOcsf;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.signerprotocol.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each command is an event before it is carried out, and none is carried out without. */
class DisclosureAuditTest {
  private static final int BYTES_MAX = 1 << 20;
  private static final JsonObject NOTHING = JsonObject.builder().build();

  @TempDir private Path folder;

  /** A new client's key. */
  static Path clientKey(Path file) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    byte[] secret = PublicJwk.coordinateBytes(((ECPrivateKey) pair.getPrivate()).getS());
    Files.writeString(
        file,
        PublicJwk.es256((ECPublicKey) pair.getPublic())
            .toJson()
            .with("d", Base64Url.encode(secret))
            .toString());
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** The operations of which a spool holds events, in order. */
  static List<String> codes(Path spool) throws Exception {
    List<String> codes = new ArrayList<>();
    for (JsonObject event : events(spool)) {
      codes.add(event.object("metadata").string("event_code"));
    }
    return codes;
  }

  private static List<JsonObject> events(Path folder) throws Exception {
    List<JsonObject> events = new ArrayList<>();
    try (Spool spool =
        Spool.open(new Spool.Settings(folder, DisclosureAudit.PART), new SecureRandom())) {
      long from = 0;
      while (true) {
        List<NumberedEvent> some = spool.waiting(from, 1_000, BYTES_MAX);
        if (some.isEmpty()) {
          return events;
        }
        for (NumberedEvent one : some) {
          events.add(StrictJson.object(one.line().getBytes(StandardCharsets.UTF_8), BYTES_MAX));
          from = one.number() + 1;
        }
      }
    }
  }

  private DisclosureAudit audit(long bytesMax) throws Exception {
    return new DisclosureAudit(
        AuditClient.undelivered(
            new AuditClient.Settings(
                new Spool.Settings(
                    folder.resolve("spool"), DisclosureAudit.PART, bytesMax, 1024, 1024, false),
                "consumer/counterfoil-disclosure",
                "counterfoil"),
            () -> TestIssuer.NOW,
            new SecureRandom()));
  }

  @Test
  void eachCommandIsAnEventOfOcsfAndRefusedOnesTwo() throws Exception {
    Set<String> asked = new TreeSet<>();
    try (DisclosureAudit audit = audit(1 << 20);
        DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      JsonObject draft = DeskWorld.about("7").with("draft", world.draft());
      for (String command : DisclosureAudit.OPERATORS.keySet()) {
        asked.add(command);
        audit.ofOperator(
            world.desk::carryOut,
            command,
            command.equals("approve") ? draft : NOTHING,
            DeskWorld.BEN);
      }
      JsonObject person = NOTHING.with("subject", "carol", "tenant", "acme").with("incident", "7");
      for (String command : DisclosureAudit.PEOPLE.keySet()) {
        asked.add(command);
        audit.ofPerson(world.desk::forConsole, command, person, "console");
      }
      // How the process is, is nothing of anybody.
      assertThat(audit.ofOperator(world.desk::carryOut, "status", NOTHING, DeskWorld.BEN))
          .isInstanceOf(Answer.Done.class);
    }
    ReleasedOcsf ocsf = ReleasedOcsf.read();
    Set<String> told = new TreeSet<>();
    Set<String> codes = new HashSet<>();
    for (JsonObject event : events(folder.resolve("spool"))) {
      assertThat(ocsf.faults(event)).as(event.toString()).isEmpty();
      codes.add(event.object("metadata").string("event_code"));
      event.optionalString("message").ifPresent(said -> told.add(said.split(" ", -1)[0]));
      // What people write stands in the disclosure log alone.
      assertThat(event.toString()).doesNotContain("crash dump");
    }
    assertThat(told).containsAll(asked).doesNotContain("status");
    assertThat(codes)
        .containsAll(
            Arrays.stream(Operation.values())
                .filter(one -> one.part() == Part.DISCLOSURE)
                .map(Operation::code)
                .toList());
  }

  @Test
  void whoAsksIsInTheEventAndWhyItWasRefused() throws Exception {
    try (DisclosureAudit audit = audit(1 << 20);
        DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      JsonObject draft = DeskWorld.about("7").with("draft", world.draft());
      audit.ofOperator(world.desk::carryOut, "publish", draft, DeskWorld.ANNA);
      audit.ofPerson(
          world.desk::forConsole, "person-approve", draft.with("subject", "carol"), "console");
      audit.ofPerson(
          world.desk::forConsole,
          "tenant-notices",
          NOTHING.with("subject", "dora", "tenant", "acme"),
          "console");
    }
    List<JsonObject> events = events(folder.resolve("spool"));
    events.removeFirst(); // the source's start
    assertThat(events)
        .extracting(one -> one.object("actor").object("user").string("uid"))
        .containsExactly("anna", "anna", "carol", "dora");
    assertThat(events)
        .extracting(one -> one.object("metadata").string("tenant_uid"))
        .containsExactly("counterfoil", "counterfoil", "counterfoil", "acme");
    assertThat(events)
        .extracting(one -> one.optionalString("status_code").orElse(""))
        .containsExactly("", "NOT_ALLOWED", "", "");
  }

  @Test
  void whatCannotBeRecordedIsNotDone() throws Exception {
    try (DisclosureAudit audit = audit(6 * 1024);
        DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      JsonObject draft = DeskWorld.about("7").with("draft", world.draft());
      Answer answer = new Answer.Refused(Answer.Code.UNKNOWN, "");
      int taken = 0;
      for (int time = 0; time < 20; time++) {
        answer = audit.ofOperator(world.desk::carryOut, "draft", draft, DeskWorld.BEN);
        taken += answer instanceof Answer.Done ? 1 : 0;
      }
      assertThat(taken).isPositive();
      assertThat(((Answer.Refused) answer).text()).startsWith("audit-unavailable");
      audit.ofOperator(world.desk::carryOut, "approve", draft, DeskWorld.BEN);
      assertThat(world.record.incident("7").orElseThrow().approvers(world.draft())).isEmpty();
    }
  }

  @Test
  void aCommandWithoutAnEventIsNone() throws Exception {
    try (DisclosureAudit audit = audit(1 << 20)) {
      Answer answer =
          audit.ofOperator(
              (command, arguments, by) -> new Answer.Done(arguments), "new", NOTHING, "anna");
      assertThat(((Answer.Refused) answer).code()).isEqualTo(Answer.Code.UNKNOWN);
      answer =
          audit.ofPerson(
              (command, arguments, by) -> new Answer.Done(arguments),
              "person-desk",
              NOTHING,
              "console");
      assertThat(((Answer.Refused) answer).code()).isEqualTo(Answer.Code.MALFORMED);
    }
  }
}
