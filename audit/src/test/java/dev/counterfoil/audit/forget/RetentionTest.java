package dev.counterfoil.audit.forget;

import static dev.counterfoil.audit.names.SampleEvents.lines;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Care;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two years in a moment: what is kept, what is deleted by policy and by nothing else, and how it
 * shows.
 */
class RetentionTest {
  private static final Source MAIL = new Source("trial", "mail", Optional.empty());
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Fence GLOBEX = new Fence("trial", "globex");
  private static final Reader OPERATOR =
      new Reader("counterfoil", Optional.of("root"), Optional.empty());

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Auditor auditor;

  private final AtomicLong now = new AtomicLong(SampleEvents.TIME);
  private final AtomicBoolean clockIsRight = new AtomicBoolean(true);
  private final List<String> damage = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private long sequence;

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
            new Care(clockIsRight::get, damage::add),
            () -> Instant.ofEpochMilli(now.get()),
            new SecureRandom(),
            failures::add);
  }

  @AfterEach
  void close() throws IOException {
    auditor.close();
    assertThat(failures).isEmpty();
    assertThat(damage).isEmpty();
  }

  private void days(int days) {
    now.addAndGet(Duration.ofDays(days).toMillis());
  }

  private void report(String tenant, int count) throws IOException {
    List<JsonObject> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(
          SampleEvents.read(tenant, sequence++, "box@" + tenant + ".example", "s1g1.1.x")
              .with("time", now.get()));
    }
    assertThat(auditor.take(MAIL, lines(events)))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.recorded()).isEqualTo(count));
  }

  private void reportKeyUse(String tenant) throws IOException {
    JsonObject event =
        SampleEvents.read(tenant, sequence++, "box", "s1g1.1.x")
            .with("time", now.get())
            .with("class_uid", AuditEvent.KEY_ACTIVITY)
            .with("category_uid", 3L)
            .with("activity_id", 2L)
            .with("type_uid", AuditEvent.KEY_ACTIVITY * 100 + 2)
            .with("signing_key", JsonObject.builder().put("uid", "kid-1").build());
    assertThat(auditor.take(MAIL, lines(event)))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.recorded()).isEqualTo(1));
  }

  /** What the threads do once in a while. */
  private void settle() throws Exception {
    while (auditor.indexed() < auditor.size()) {
      assertThat(failures).isEmpty();
      Thread.sleep(5);
    }
    auditor.compact();
    auditor.deleteWhatIsDue();
  }

  private AuditBundle.Proved export(Fence fence) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor.export(fence, EventQuery.parse(name -> Optional.empty()), OPERATOR, out);
    AuditBundle.Proved proved =
        AuditBundle.check(new ByteArrayInputStream(out.toByteArray()), auditor.key(), one -> {});
    assertThat(proved.complete()).isTrue();
    return proved;
  }

  private int found(Fence fence, String classUid) throws IOException, FormatException {
    return auditor
        .search(
            fence,
            EventQuery.parse(
                name ->
                    switch (name) {
                      case "class" -> Optional.of(classUid);
                      case "limit" -> Optional.of("1000");
                      default -> Optional.empty();
                    }),
            OPERATOR)
        .events()
        .size();
  }

  private void nothingDiffers() throws Exception {
    List<String> differences = new ArrayList<>();
    assertThat(auditor.check(differences::add).differences()).as("%s", differences).isZero();
  }

  @Test
  void allIsThereForAYearAndThenNothingGoesThatMustStay() throws Exception {
    report("acme", 200);
    reportKeyUse("acme");
    report("globex", 5);
    settle();
    days(180);
    report("acme", 3);
    settle();
    // Day 1, on day 180, on one call.
    AuditBundle.Proved half = export(ACME);
    assertThat(half.events()).isEqualTo(205);
    assertThat(half.firstMillis()).isEqualTo(SampleEvents.TIME);
    auditor.hold(GLOBEX, "a dispute", OPERATOR);
    days(184);
    settle();
    assertThat(found(ACME, "6005")).isEqualTo(203);

    clockIsRight.set(false);
    days(2);
    settle();
    assertThat(found(ACME, "6005")).as("with a clock that may be wrong").isEqualTo(203);
    clockIsRight.set(true);
    settle();
    assertThat(found(ACME, "6005")).isEqualTo(3);
    assertThat(found(ACME, "" + AuditEvent.KEY_ACTIVITY)).isEqualTo(1);
    assertThat(found(GLOBEX, "6005")).isEqualTo(5);
    settle();
    AuditBundle.Proved year = export(ACME);
    assertThat(year.deleted()).isEqualTo(200);
    assertThat(year.total()).isEqualTo(year.events() + year.deleted());
    nothingDiffers();
    try (Stream<Path> segments = Files.list(folder.resolve("journal"))) {
      assertThat(segments.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.contains("0000000000000000000"));
    }
    auditor.close();
    open();
    assertThat(export(ACME).deleted()).isEqualTo(200);
    assertThat(auditor.holds()).hasSize(1);

    days(365);
    settle();
    assertThat(found(ACME, "" + AuditEvent.KEY_ACTIVITY)).isZero();
    assertThat(found(GLOBEX, "6005")).as("on hold").isEqualTo(5);
    // Also what was deleted a year ago is still said to have been.
    assertThat(export(ACME).deleted()).isGreaterThan(203);
    assertThat(auditor.endHold(GLOBEX, "settled", OPERATOR)).isTrue();
    assertThat(auditor.endHold(GLOBEX, "settled", OPERATOR)).isFalse();
    days(1);
    settle();
    assertThat(found(GLOBEX, "6005")).isZero();
    assertThat(export(GLOBEX).deleted()).isGreaterThanOrEqualTo(5);
    nothingDiffers();
  }

  @Test
  void whatIsEmptiedBeforeItsTimeIsFound() throws Exception {
    report("acme", 20);
    settle();
    Path file;
    try (Stream<Path> files = Files.list(folder.resolve("store"))) {
      file = files.filter(one -> one.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    Path changed = folder.resolve("changed.parquet");
    try (Connection tool = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = tool.createStatement()) {
      statement.execute(
          "COPY (SELECT * REPLACE (CASE WHEN position = 7 THEN NULL ELSE rest END AS rest) FROM"
              + " read_parquet('%s')) TO '%s' (FORMAT parquet)".formatted(file, changed));
    }
    nothingDiffers();
    Files.move(changed, file, StandardCopyOption.REPLACE_EXISTING);
    List<String> differences = new ArrayList<>();
    auditor.check(differences::add);
    assertThat(differences).hasSize(1);
    assertThat(differences.getFirst())
        .contains("event 7 is emptied, and is not old enough for that");
    // It is no deletion either: no event says so.
    assertThatThrownBy(() -> export(ACME))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("event 7 is gone, and no event of the auditor says");
  }

  @Test
  void theFloorsCannotBeGoneBelow() {
    assertThat(new Retention(Duration.ofDays(365), Duration.ofDays(730)))
        .isEqualTo(Retention.FLOOR);
    assertThatThrownBy(() -> new Retention(Duration.ofDays(364), Duration.ofDays(730)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Retention(Duration.ofDays(365), Duration.ofDays(729)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Retention(Duration.ofDays(800), Duration.ofDays(730)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
