package dev.counterfoil.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Care;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An auditor whose disk is full or fails: it refuses, loses nothing that it answered for, and goes
 * on by itself; looked at from outside after each fault.
 */
class AuditorFaultsTest {
  private static final int BATCH = 40;
  private static final Source MAIL = new Source("trial", "mail", Optional.of("acme"));
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Reader ANALYST = new Reader("analyst", Optional.empty(), Optional.empty());

  @TempDir Path folder;

  private final FailingDisk.Faults faults = new FailingDisk.Faults();
  private final List<Throwable> unknownState = new CopyOnWriteArrayList<>();
  private volatile boolean isClockRight = true;
  private volatile long nowMillis = SampleEvents.TIME + 60_000;
  private long next;

  /** Files of 60 events, segments of 64 KiB. */
  private Auditor open() throws IOException {
    return Auditor.start(
        new Auditor.Settings(
            folder,
            KilledAuditor.ORIGIN,
            new JournalOptions(64 << 10, 0),
            1_000_000,
            60,
            Long.MAX_VALUE),
        path -> new FailingDisk(FileDisk.privateFolder(path), faults),
        new Care(() -> isClockRight, Care.BY_ITSELF.damage()),
        () -> Instant.ofEpochMilli(nowMillis),
        new SecureRandom(),
        unknownState::add);
  }

  private IntakeAnswer send(Auditor auditor) throws IOException {
    List<JsonObject> events = new ArrayList<>();
    for (long n = next; n < next + BATCH; n++) {
      events.add(SampleEvents.read("acme", n, "box", "s1g1." + n + ".x"));
    }
    IntakeAnswer answer = auditor.take(MAIL, SampleEvents.lines(events));
    if (answer instanceof IntakeAnswer.Taken taken) {
      assertThat(taken.refused()).isEmpty();
      next += BATCH;
    }
    return answer;
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 12_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  /** As whoever has the key checks it: nothing that was answered for is missing. */
  private void look(Auditor auditor) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor.export(ACME, EventQuery.parse(name -> Optional.empty()), ANALYST, out);
    TreeSet<Long> found = new TreeSet<>();
    AuditBundle.Proved proved =
        AuditBundle.check(
            new ByteArrayInputStream(out.toByteArray()),
            auditor.key(),
            one -> {
              if (one.event().reporter().equals(Optional.of(MAIL.name()))) {
                assertThat(found.add(one.event().sequence())).as("twice").isTrue();
              }
            });
    assertThat(proved.complete()).isTrue();
    for (long n = 0; n < next; n++) {
      assertThat(found).as("answered for, and lost").contains(n);
    }
    List<String> differences = new ArrayList<>();
    assertThat(auditor.check(differences::add).differences()).as("%s", differences).isZero();
  }

  @Test
  void aFullDiskRefusesEventsAndWhatNeedsOneAndGoesOnWhenThereIsRoom() throws Exception {
    try (Auditor auditor = open()) {
      assertThat(send(auditor)).isInstanceOf(IntakeAnswer.Taken.class);
      faults.full = true;
      // What is allocated already takes some more, and the store's files are not written meanwhile.
      IntakeAnswer answer = send(auditor);
      for (int i = 0; i < 100 && answer instanceof IntakeAnswer.Taken; i++) {
        answer = send(auditor);
      }
      assertThat(answer)
          .isInstanceOfSatisfying(
              IntakeAnswer.Again.class, again -> assertThat(again.code()).isEqualTo("log-full"));
      // One event may still find room where forty did not.
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  auditor.search(ACME, EventQuery.parse(name -> Optional.empty()), ANALYST);
                }
              })
          .isInstanceOf(AuditUnavailableException.class)
          .hasMessageContaining("make room on the disk");
      assertThatThrownBy(() -> auditor.hold(ACME, "a case", ANALYST))
          .isInstanceOf(AuditUnavailableException.class);
      assertThat(auditor.holds()).isEmpty();

      faults.full = false;
      until(
          () -> {
            try {
              return send(auditor) instanceof IntakeAnswer.Taken;
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      auditor.hold(ACME, "a case", ANALYST);
      assertThat(auditor.holds()).hasSize(1);
      look(auditor);
      assertThat(unknownState).isEmpty();
    }
    try (Auditor auditor = open()) {
      look(auditor);
    }
  }

  @Test
  void aStoreThatCannotBeWrittenStopsNothing() throws Exception {
    try (Auditor auditor = open()) {
      send(auditor);
      auditor.next(ACME, EventQuery.parse(name -> Optional.empty()), 60_000);
      faults.full = true;
      assertThatThrownBy(auditor::compact).isInstanceOf(IOException.class);
      assertThat(unknownState).isEmpty();
      faults.full = false;
      auditor.compact();
      send(auditor);
      look(auditor);
      assertThat(unknownState).isEmpty();
    }
  }

  @Test
  void aSyncThatFailsIsAnsweredForByNobodyAndTheNextStartHasAllThatWas() throws Exception {
    try (Auditor auditor = open()) {
      send(auditor);
      faults.syncsFail = true;
      assertThat(send(auditor)).isInstanceOf(IntakeAnswer.Again.class);
      until(() -> !unknownState.isEmpty());
      assertThatThrownBy(() -> auditor.hold(ACME, "a case", ANALYST))
          .isInstanceOf(AuditUnavailableException.class);
    }
    faults.syncsFail = false;
    unknownState.clear();
    try (Auditor auditor = open()) {
      assertThat(send(auditor)).isInstanceOf(IntakeAnswer.Taken.class);
      look(auditor);
      assertThat(unknownState).isEmpty();
    }
  }

  @Test
  void aShortWriteIsAnsweredForByNobodyAndItsTornEndIsCutOff() throws Exception {
    try (Auditor auditor = open()) {
      send(auditor);
      faults.writesAreShort = true;
      assertThat(send(auditor)).isInstanceOf(IntakeAnswer.Again.class);
      until(() -> !unknownState.isEmpty());
    }
    faults.writesAreShort = false;
    unknownState.clear();
    try (Auditor auditor = open()) {
      assertThat(auditor.size()).isEqualTo(BATCH);
      assertThat(send(auditor)).isInstanceOf(IntakeAnswer.Taken.class);
      look(auditor);
      assertThat(unknownState).isEmpty();
    }
  }

  /** Whose clock stepped, the source's or this one's, is known by others' alone. */
  @Test
  void aClockThatSteppedRefusesNothingForItsTime() throws Exception {
    try (Auditor auditor = open()) {
      nowMillis = SampleEvents.TIME - 3_600_000;
      isClockRight = false;
      assertThat(send(auditor))
          .isInstanceOfSatisfying(
              IntakeAnswer.Again.class,
              again -> assertThat(again.code()).isEqualTo("clock-unsure"));
      nowMillis = SampleEvents.TIME + 60_000;
      assertThat(send(auditor)).isInstanceOf(IntakeAnswer.Taken.class);
      look(auditor);
      // Where this clock is right, it is the event's that is not.
      isClockRight = true;
      nowMillis = SampleEvents.TIME - 3_600_000;
      byte[] batch = SampleEvents.lines(SampleEvents.read("acme", next, "box", "s1g1.0.x"));
      assertThat(auditor.take(MAIL, batch))
          .isInstanceOfSatisfying(
              IntakeAnswer.Taken.class,
              taken -> assertThat(taken.refused().getFirst().code()).isEqualTo("time-off"));
    }
  }

  /** Sources fill the log's queue while its disk is slow: what an operator does has a place. */
  @Test
  void aQueueThatSourcesFillTakesOurOwnEvents() throws Exception {
    CountDownLatch slow = new CountDownLatch(1);
    AtomicBoolean isSyncing = new AtomicBoolean();
    try (Auditor auditor = open()) {
      faults.fails =
          change -> {
            if (change.startsWith("sync ") && !change.endsWith("people")) {
              isSyncing.set(true);
              awaits(slow);
            }
            return false;
          };
      List<CompletableFuture<IntakeAnswer>> sent = new ArrayList<>();
      sent.add(sendLater(auditor, 0, 1));
      until(isSyncing::get);
      sent.add(sendLater(auditor, 1, 9_000));
      sent.add(sendLater(auditor, 9_001, 9_000));
      // A source's one event is refused once there is no place for it.
      AtomicLong number = new AtomicLong(20_000);
      until(
          () -> {
            CompletableFuture<IntakeAnswer> one =
                sendLater(auditor, number.getAndIncrement(), 1)
                    .completeOnTimeout(new IntakeAnswer.Again("waits", false), 1, TimeUnit.SECONDS);
            return one.join() instanceof IntakeAnswer.Again again
                && again.code().equals("log-busy");
          });
      CompletableFuture<Boolean> held = new CompletableFuture<>();
      Thread operator =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      auditor.hold(ACME, "a case", ANALYST);
                      held.complete(true);
                    } catch (IOException e) {
                      held.completeExceptionally(e);
                    }
                  });
      until(() -> operator.getState() == Thread.State.WAITING || held.isDone());
      assertThat(held.isDone()).isFalse();
      slow.countDown();
      assertThat(held.get(120, TimeUnit.SECONDS)).isTrue();
      for (CompletableFuture<IntakeAnswer> one : sent) {
        assertThat(one.get(120, TimeUnit.SECONDS)).isNotNull();
      }
      assertThat(auditor.holds()).hasSize(1);
      assertThat(unknownState).isEmpty();
    }
  }

  private static CompletableFuture<IntakeAnswer> sendLater(Auditor auditor, long from, int many) {
    List<JsonObject> events = new ArrayList<>();
    for (long n = from; n < from + many; n++) {
      events.add(SampleEvents.read("acme", n, "box", "s1g1.1.x"));
    }
    byte[] lines = SampleEvents.lines(events);
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return auditor.take(MAIL, lines);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        },
        task -> Thread.ofVirtual().start(task));
  }

  private static void awaits(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aQuarantineThatCannotBeWrittenBlocksNoGoodEvent() throws Exception {
    try (Auditor auditor = open()) {
      Path quarantine = folder.resolve("quarantine");
      Files.delete(quarantine);
      Files.createFile(quarantine);
      byte[] batch =
          ("no event\n" + SampleEvents.read("acme", 0, "box", "s1g1.0.x") + "\n")
              .getBytes(StandardCharsets.UTF_8);
      assertThat(auditor.take(MAIL, batch))
          .isInstanceOfSatisfying(
              IntakeAnswer.Taken.class,
              taken -> {
                assertThat(taken.recorded()).isEqualTo(1);
                assertThat(taken.refused()).hasSize(1);
              });
      assertThat(unknownState).isEmpty();
    }
  }
}
