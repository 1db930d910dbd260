package dev.counterfoil.audit.access;

import static dev.counterfoil.audit.names.SampleEvents.lines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that are older than a source may report, brought in by an operator. */
class ImportTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Reader OPERATOR =
      new Reader("counterfoil", Optional.of("root"), Optional.empty());
  private static final String SOURCE = "trial/@import/acme/old-siem";
  private static final long YEAR_MS = Duration.ofDays(365).toMillis();

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Auditor auditor;

  private final AtomicLong now = new AtomicLong(SampleEvents.TIME);
  private final AtomicBoolean clockIsRight = new AtomicBoolean(true);
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() throws IOException {
    auditor =
        Auditor.start(
            new Auditor.Settings(
                folder,
                "monitor.example/audit",
                new JournalOptions(64 << 10, 0),
                1_000_000,
                1_000_000,
                Long.MAX_VALUE),
            new Care(clockIsRight::get, damage -> {}),
            () -> Instant.ofEpochMilli(now.get()),
            new SecureRandom(),
            failures::add);
  }

  @AfterEach
  void close() throws IOException {
    auditor.close();
    assertThat(failures).isEmpty();
  }

  private static JsonObject read(long sequence, long atMillis) {
    return SampleEvents.read("acme", sequence, "box@acme.example", "s1g1.1.x")
        .with("time", atMillis);
  }

  private IntakeAnswer bringIn(JsonObject... events) throws IOException {
    return auditor.takeImport(
        ACME,
        new ImportedBatch("old-siem", "2023.ndjson", Hash.sha256(new byte[1]), 1, events.length),
        lines(events),
        OPERATOR);
  }

  private static IntakeAnswer.Taken taken(IntakeAnswer answer) {
    assertThat(answer).isInstanceOf(IntakeAnswer.Taken.class);
    return (IntakeAnswer.Taken) answer;
  }

  private List<AuditEvent> found(Map<String, String> asked) throws Exception {
    while (auditor.indexed() < auditor.size()) {
      assertThat(failures).isEmpty();
      Thread.sleep(5);
    }
    return auditor
        .search(ACME, EventQuery.parse(name -> Optional.ofNullable(asked.get(name))), OPERATOR)
        .events()
        .stream()
        .map(StoredEvent::event)
        .toList();
  }

  private AuditBundle.Proved export() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor.export(ACME, EventQuery.parse(name -> Optional.empty()), OPERATOR, out);
    return AuditBundle.check(new ByteArrayInputStream(out.toByteArray()), auditor.key(), one -> {});
  }

  @Test
  void whatNoSourceMayReportIsImportedAndMarked() throws Exception {
    long old = now.get() - 3 * YEAR_MS;
    Source mail = new Source("trial", "mail", Optional.empty());
    assertThat(taken(auditor.take(mail, lines(read(1, old)))).refused())
        .extracting(IntakeAnswer.RefusedLine::code)
        .containsExactly("time-off");

    assertThat(taken(bringIn(read(1, old), read(2, old + 1))).recorded()).isEqualTo(2);

    List<AuditEvent> events =
        found(Map.of("from", Long.toString(old), "to", Long.toString(old + 1)));
    assertThat(events).hasSize(1);
    assertThat(events.getFirst().isImported()).isTrue();
    assertThat(events.getFirst().reporter()).contains(SOURCE);
    assertThat(events.getFirst().timeMillis()).isEqualTo(old);
    assertThat(events.getFirst().loggedMillis()).isEqualTo(now.get());
    assertThat(export().imported()).isEqualTo(2);
  }

  @Test
  void thatSomebodyImportsIsAnEventBeforeEachBatch() throws Exception {
    bringIn(read(1, now.get() - 3 * YEAR_MS));
    List<AuditEvent> events = found(Map.of("entity", SOURCE));
    assertThat(events).hasSize(2);
    JsonObject event = events.getLast().json();
    assertThat(events.getFirst().isImported()).isFalse();
    assertThat(event.object("metadata").string("event_code")).isEqualTo("audit.import");
    assertThat(event.object("actor").object("user").string("uid")).isEqualTo("root");
    assertThat(event.string("message"))
        .startsWith("up to 1 events from lines 1 to 1 ")
        .contains("2023.ndjson", Hash.sha256(new byte[1]).hex());
    bringIn(read(1, now.get() - 3 * YEAR_MS), read(2, now.get() - 3 * YEAR_MS));
    bringIn(read(3, now.get() + YEAR_MS));
    assertThat(found(Map.of("entity", SOURCE)))
        .extracting(one -> one.json().string("message").replaceAll(" of 2023.*", ""))
        .containsExactlyInAnyOrder(
            "up to 1 events from lines 1 to 1",
            "1 events recorded, 0 recorded before, from lines 1 to 1",
            "up to 2 events from lines 1 to 2",
            "1 events recorded, 1 recorded before, from lines 1 to 2",
            "up to 1 events from lines 1 to 1",
            "0 events recorded, 0 recorded before, from lines 1 to 1");
  }

  @Test
  void theSameAgainIsRecordedOnce() throws Exception {
    JsonObject old = read(1, now.get() - 3 * YEAR_MS);
    bringIn(old);
    IntakeAnswer.Taken again = taken(bringIn(old));
    assertThat(again.recorded()).isZero();
    assertThat(again.repeated()).isEqualTo(1);
    assertThat(found(Map.of("source", SOURCE))).hasSize(1);
    assertThat(found(Map.of("entity", SOURCE)))
        .as("whose first answer may have been lost")
        .extracting(one -> one.json().string("message"))
        .anyMatch(text -> text.startsWith("0 events recorded, 1 recorded before"));
  }

  @Test
  void theFutureAndOtherTenantsAreRefused() throws Exception {
    IntakeAnswer.Taken answer =
        taken(
            bringIn(
                read(1, now.get() + Duration.ofMinutes(11).toMillis()),
                SampleEvents.read("globex", 2, "box", "x").with("time", now.get()),
                read(3, 0)));
    assertThat(answer.recorded()).isEqualTo(1);
    assertThat(answer.refused())
        .extracting(IntakeAnswer.RefusedLine::code)
        .containsExactly("time-off", "foreign-tenant");
    assertThat(taken(bringIn(read(5, -1))).refused())
        .singleElement()
        .satisfies(line -> assertThat(line.detail()).contains("member time is out of range"));
    // With a clock that may be wrong nothing is decided.
    clockIsRight.set(false);
    assertThat(bringIn(read(4, now.get() + YEAR_MS)))
        .isEqualTo(new IntakeAnswer.Again("clock-unsure", false));
  }

  @Test
  void noClientImports() throws Exception {
    Source pretender = new Source("trial", "@import/acme/old-siem", Optional.of("acme"));
    assertThat(auditor.take(pretender, lines(read(1, now.get()))))
        .isInstanceOf(IntakeAnswer.Malformed.class);
    assertThatThrownBy(() -> new ImportedBatch("a/b", "f", Hash.sha256(new byte[1]), 1, 1).check())
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> Source.imported(new Fence("trial", "a".repeat(250)), "old"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void itIsKeptFromItsRecordingOn() throws Exception {
    long old = now.get() - 3 * YEAR_MS;
    bringIn(read(1, old));
    settle();
    assertThat(found(Map.of("source", SOURCE))).hasSize(1);

    now.addAndGet(Duration.ofDays(364).toMillis());
    settle();
    assertThat(found(Map.of("source", SOURCE))).hasSize(1);

    now.addAndGet(Duration.ofDays(3).toMillis());
    // What came later does not stay with it.
    settle();
    settle();
    assertThat(found(Map.of("source", SOURCE))).isEmpty();
    assertThat(export().deleted()).isPositive();
    List<String> differences = new ArrayList<>();
    assertThat(auditor.check(differences::add).differences()).as("%s", differences).isZero();
  }

  private void settle() throws Exception {
    while (auditor.indexed() < auditor.size()) {
      assertThat(failures).isEmpty();
      Thread.sleep(5);
    }
    auditor.compact();
    auditor.deleteWhatIsDue();
  }
}
