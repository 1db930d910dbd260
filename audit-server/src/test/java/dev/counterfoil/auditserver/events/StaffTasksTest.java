package dev.counterfoil.auditserver.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Staff reads a tenant's events for a task and a time, and the tenant sees all of it. */
class StaffTasksTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Fence GLOBEX = new Fence("trial", "globex");
  private static final Duration TWO_HOURS = Duration.ofHours(2);

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with it
  private Auditor auditor;

  @SuppressWarnings("NullAway.Init")
  private StaffTasks tasks;

  private volatile Instant now = Instant.now();
  private final List<Throwable> failures = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    auditor = auditor();
    tasks = open(true);
  }

  private Auditor auditor() throws IOException {
    return Auditor.start(
        new Auditor.Settings(folder.resolve("audit"), "monitor.example/audit", 1_000_000),
        InstantSource.system(),
        new SecureRandom(),
        failures::add);
  }

  @AfterEach
  void stop() throws IOException {
    tasks.close();
    auditor.close();
    assertThat(failures).isEmpty();
  }

  private StaffTasks open(boolean required) throws IOException {
    return StaffTasks.open(folder, required, auditor, () -> now);
  }

  private AuditDesk desk(StaffTasks of) {
    return new AuditDesk(
        auditor,
        Issuances.none(),
        new EventPages(auditor, Issuances.none()),
        new EventExport(auditor, _ -> List.of(), Optional.empty()),
        of);
  }

  private static JsonObject question(Fence fence) {
    return JsonObject.builder()
        .put("domain", fence.domain())
        .put("tenant", fence.tenant())
        .put("query", JsonObject.builder().build())
        .build();
  }

  private static void begin(AuditDesk desk, Fence fence) throws Exception {
    desk.staff(
        "staff-begin",
        question(fence).with("reason", "ticket 7", "life", TWO_HOURS.toSeconds()),
        line -> {});
  }

  private static void search(AuditDesk desk, Fence fence) throws Exception {
    desk.search(question(fence), line -> {});
  }

  private static void refused(ThrowingCallable reading) {
    assertThatThrownBy(reading)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("counterfoil staff begin");
  }

  /** What a tenant's own analyst sees: code, session and outcome of each event. */
  private List<String> seenBy(Fence fence, int atLeast) throws Exception {
    Reader analyst = new Reader("analyst", Optional.empty(), Optional.empty());
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < 500 && seen.size() < atLeast; i++) {
      seen.clear();
      for (StoredEvent event :
          auditor.search(fence, EventQuery.parse(name -> Optional.empty()), analyst).events()) {
        JsonObject of = event.event().json();
        JsonObject actor = of.object("actor");
        if ("analyst".equals(actor.get("app_uid"))) {
          continue;
        }
        seen.add(
            of.object("metadata").string("event_code")
                + " "
                + actor.object("user").string("uid")
                + " "
                + (actor.has("session") ? actor.object("session").string("uid") : "-")
                + " "
                + of.number("status_id"));
      }
      Thread.sleep(10);
    }
    return seen.reversed();
  }

  @Test
  void theTenantSeesBeginEachAccessAndEnd() throws Exception {
    AuditDesk anna = desk(tasks).as("anna");
    begin(anna, ACME);
    search(anna, ACME);
    anna.export(question(ACME), line -> {});
    anna.staff("staff-end", JsonObject.builder().put("id", "t1").build(), line -> {});

    assertThat(seenBy(ACME, 4))
        .containsExactly(
            "staff.begin anna t1 1",
            "audit.search anna t1 1",
            "audit.export anna t1 1",
            "staff.end anna t1 1");
    assertThat(seenBy(GLOBEX, 0)).isEmpty();
  }

  @Test
  void withoutATaskNothingIsReadAndTheTenantSeesTheAttempt() throws Exception {
    AuditDesk anna = desk(tasks).as("anna");
    refused(() -> search(anna, ACME));
    refused(() -> anna.export(question(ACME), line -> {}));
    refused(() -> anna.reader(ACME, Operation.AUDIT_TRACE));

    assertThat(seenBy(ACME, 3))
        .containsExactly("audit.search anna - 2", "audit.export anna - 2", "audit.trace anna - 2");
    // The control: where no task is required, and with one.
    try (StaffTasks free = StaffTasks.open(folder.resolve("free"), false, auditor, () -> now)) {
      search(desk(free).as("anna"), ACME);
    }
    begin(anna, ACME);
    search(anna, ACME);
  }

  @Test
  void aTaskIsForOneTenantAndOneUser() throws Exception {
    begin(desk(tasks).as("anna"), ACME);
    search(desk(tasks).as("anna"), ACME);

    refused(() -> search(desk(tasks).as("anna"), GLOBEX));
    refused(() -> search(desk(tasks).as("ben"), ACME));
    refused(() -> search(desk(tasks).as("anna"), new Fence("other", "acme")));
  }

  @Test
  void aTaskEndsByItselfAlsoForWhatIsUnderWay() throws Exception {
    AuditDesk anna = desk(tasks).as("anna");
    begin(anna, ACME);
    search(anna, ACME);
    assertThatThrownBy(() -> anna.export(question(ACME), line -> now = now.plus(TWO_HOURS)))
        .hasMessageContaining("the task has ended");

    refused(() -> search(anna, ACME));
    assertThat(tasks.all()).isEmpty();
    refused(() -> search(anna, ACME));
  }

  @Test
  void aRestartKeepsTasksAndEndsThoseThatAreOver() throws Exception {
    begin(desk(tasks).as("anna"), ACME);
    tasks.close();
    tasks = open(true);
    search(desk(tasks).as("anna"), ACME);
    assertThat(tasks.all()).extracting(StaffTasks.Task::reason).containsExactly("ticket 7");
    tasks.close();
    now = now.plus(TWO_HOURS);
    tasks = open(true);

    assertThat(seenBy(ACME, 3))
        .containsExactly("staff.begin anna t1 1", "audit.search anna t1 1", "staff.end anna t1 1");
    // No id comes again.
    begin(desk(tasks).as("anna"), ACME);
    assertThat(tasks.all()).extracting(StaffTasks.Task::id).containsExactly("t2");
  }

  @Test
  void theIdOfATaskThatCouldNotBeRecordedIsNotGivenAgain() throws Exception {
    auditor.close();
    assertThatThrownBy(() -> begin(desk(tasks).as("anna"), ACME))
        .isInstanceOf(AuditUnavailableException.class);
    assertThat(tasks.all()).isEmpty();
    tasks.close();
    auditor = auditor();
    tasks = open(true);
    begin(desk(tasks).as("anna"), ACME);
    assertThat(tasks.all()).extracting(StaffTasks.Task::id).containsExactly("t2");
  }

  @Test
  void whatIsNoTaskIsRefused() {
    assertThatThrownBy(() -> tasks.begin(ACME, "anna", " ", TWO_HOURS))
        .hasMessageContaining("a reason has");
    for (Duration bad : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofHours(25))) {
      assertThatThrownBy(() -> tasks.begin(ACME, "anna", "r", bad))
          .hasMessageContaining("1 second to 24 hours");
    }
    assertThat(auditor.size()).isZero();
  }
}
