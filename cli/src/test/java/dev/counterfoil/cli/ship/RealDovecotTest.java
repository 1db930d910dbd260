package dev.counterfoil.cli.ship;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.Conformance;
import dev.counterfoil.audit.bundle.Conformance.Requirement;
import dev.counterfoil.audit.bundle.Conformance.Verdict;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.drills.mail.RealDovecot;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.shipping.DovecotEvents;
import dev.counterfoil.operations.shipping.EventShipping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real Dovecot writes reaches a real audit log, and is enough to find a thief. */
class RealDovecotTest {
  private static final int MESSAGES = 5;
  private static final Source MAIL = new Source("trial", "mail", Optional.of("acme"));
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Reader ANALYST = new Reader("analyst", Optional.empty(), Optional.empty());

  @TempDir Path auditFolder;
  private Path folder = Path.of("unset");
  private final List<String> said = new ArrayList<>();

  @BeforeEach
  void layOut() throws IOException {
    // Not JUnit's folder: other users' processes have to be able to pass through.
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf-ship-");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
  }

  @AfterEach
  void remove() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private Auditor auditor(List<Throwable> failures) throws IOException {
    return Auditor.start(
        new Auditor.Settings(auditFolder, "monitor.example/audit", 1000),
        InstantSource.system(),
        new SecureRandom(),
        failures::add);
  }

  private static Optional<String> take(Auditor auditor, byte[] batch) throws IOException {
    if (auditor.take(MAIL, batch) instanceof IntakeAnswer.Taken taken) {
      return taken.refused().isEmpty() ? Optional.empty() : Optional.of(taken.refused().toString());
    }
    throw new IOException("not taken");
  }

  /** Ships until so many messages that were read are in the audit log. */
  private void ship(Auditor auditor, int reads) throws Exception {
    int[] looks = {600};
    new EventShipping(
            folder.resolve("imap/out/events.jsonl"),
            folder.resolve("shipped"),
            new DovecotEvents("acme", "dovecot"),
            MAIL.name(),
            Duration.ofSeconds(60),
            batch -> take(auditor, batch),
            InstantSource.system(),
            said::add)
        .run(() -> looks[0]-- > 0 && reads(auditor).size() < reads);
    assertThat(said).isEmpty();
  }

  private static List<StoredEvent> all(Auditor auditor) {
    try {
      while (auditor.indexed() < auditor.size()) {
        Thread.sleep(5);
      }
      Map<String, String> asked = Map.of("order", "oldest", "limit", "1000");
      EventQuery query = EventQuery.parse(name -> Optional.ofNullable(asked.get(name)));
      return auditor.search(ACME, query, ANALYST).events();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<AuditEvent> reads(Auditor auditor) {
    return all(auditor).stream()
        .map(StoredEvent::event)
        .filter(event -> event.classUid() == 6005)
        .toList();
  }

  private static Map<Requirement, Verdict> verdicts(Auditor auditor) {
    Conformance conformance = new Conformance(MAIL.name());
    all(auditor).forEach(one -> conformance.add(one.position(), one.event()));
    return conformance.findings().stream()
        .collect(Collectors.toMap(Conformance.Finding::requirement, Conformance.Finding::verdict));
  }

  @Test
  void eachMessageThatIsReadIsAnEventWithAllThatFindsAThief() throws Exception {
    List<Throwable> failures = new ArrayList<>();
    try (RealDovecot dovecot = RealDovecot.in(folder, MESSAGES);
        Auditor auditor = auditor(failures)) {
      dovecot.start(true);
      assertThat(dovecot.read()).isEqualTo(MESSAGES);
      assertThat(dovecot.refusesAStranger()).isTrue();
      ship(auditor, MESSAGES);

      List<AuditEvent> reads = reads(auditor);
      assertThat(reads).hasSize(MESSAGES);
      TreeSet<String> items = new TreeSet<>();
      for (AuditEvent read : reads) {
        assertThat(read.keys().entity()).contains(RealDovecot.USER);
        assertThat(read.keys().actor()).contains(RealDovecot.USER);
        assertThat(read.keys().client()).contains("mail-app");
        assertThat(read.keys().address()).contains("127.0.0.1");
        assertThat(read.keys().session()).isEqualTo(reads.getFirst().keys().session()).isPresent();
        assertThat(read.keys().token()).contains(RealDovecot.TOKEN_ID);
        assertThat(read.keys().key()).contains(dovecot.kid());
        assertThat(read.json().object("recorded_token").string("digest")).hasSize(64);
        items.add(String.valueOf(read.json().get("item_uids")));
      }
      assertThat(items).hasSize(MESSAGES).first().isEqualTo("[INBOX;UID=1]");
      List<JsonObject> logins =
          all(auditor).stream()
              .map(one -> one.event().json())
              .filter(event -> Long.valueOf(3002).equals(event.get("class_uid")))
              .toList();
      assertThat(logins).extracting(event -> event.get("status_id")).contains(1L, 2L);
      assertThat(verdicts(auditor))
          .containsOnlyKeys(EnumSet.allOf(Requirement.class))
          .allSatisfy(
              (what, verdict) -> assertThat(verdict).as(what.code()).isEqualTo(Verdict.MET));

      // And where it says no token with each message, the verdict names what is missing.
      dovecot.start(false);
      dovecot.read();
      ship(auditor, 2 * MESSAGES);
      Map<Requirement, Verdict> without = verdicts(auditor);
      assertThat(without).containsEntry(Requirement.TOKEN, Verdict.NOT_MET);
      assertThat(without).containsEntry(Requirement.ITEMS, Verdict.MET);
      assertThat(without).containsEntry(Requirement.GAPS, Verdict.MET);
    }
    assertThat(failures).isEmpty();
  }
}
