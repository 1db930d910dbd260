package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A log with its threads on a real disk. */
class RunningLogTest {
  private static final List<Level> LEVELS = List.of(Level.values());
  private static final JournalOptions SMALL = new JournalOptions(256 << 10, 0);
  private final TestKey key = new TestKey("log.example/logs/s1g1");
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private RunningLog open(Path folder) throws IOException {
    Log log =
        Log.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            FileDisk.publicFolder(folder.resolve("public")),
            SMALL,
            key,
            InstantSource.system(),
            new Random(1));
    return RunningLog.start(log, RunningLog.Options.DEFAULT, failure::set);
  }

  /** Asks again as long as the log is busy: a refusal comes on this thread, within the call. */
  private static void submit(RunningLog log, TestSubmission submission) {
    do {
      submission.refusal = null;
      log.submit(submission);
      LockSupport.parkNanos(1_000);
    } while (submission.refusal == Refusal.BUSY || submission.refusal == Refusal.BEHIND);
  }

  @Test
  @Timeout(120)
  void manyThreadsSubmitAndEveryEntryIsProvenAfterwards(@TempDir Path folder) throws Exception {
    int threads = 8;
    int each = 2500;
    int total = threads * each;
    CountDownLatch recorded = new CountDownLatch(total);
    List<TestSubmission> all = new ArrayList<>();
    try (RunningLog log = open(folder)) {
      List<Thread> producers = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        List<TestSubmission> own = new ArrayList<>();
        for (int i = 0; i < each; i++) {
          own.add(
              new TestSubmission("t" + t + "-" + i) {
                @Override
                public void recorded(long position) {
                  super.recorded(position);
                  recorded.countDown();
                }
              });
        }
        all.addAll(own);
        producers.add(Thread.ofVirtual().start(() -> own.forEach(one -> submit(log, one))));
      }
      for (Thread producer : producers) {
        producer.join();
      }
      recorded.await();
      assertThat(log.size()).isEqualTo(total);
    }
    assertThat(failure.get()).isNull();
    boolean[] seen = new boolean[total];
    for (TestSubmission submission : all) {
      assertThat(seen[(int) submission.recordedAt]).isFalse();
      seen[(int) submission.recordedAt] = true;
    }
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("public")))) {
      for (int i = 0; i < all.size(); i += 97) {
        TestSubmission submission = all.get(i);
        TlogProof proof = reader.proof(submission.recordedAt).orElseThrow();
        Checkpoint covering =
            proof.verify(
                TestSubmission.counterfoil(submission.name, submission.recordedAt, 0).leaf(),
                key.key());
        assertThat(covering.size()).isEqualTo(total);
      }
    }
    try (RunningLog again = open(folder)) {
      assertThat(again.size()).isEqualTo(total);
      assertThat(Counterfoil.parse(again.journal().read(777, 1, 1000).getFirst()).position())
          .isEqualTo(777);
    }
  }

  @Test
  void aSecondProcessOnTheFolderIsRefused(@TempDir Path folder) throws Exception {
    try (RunningLog log = open(folder)) {
      assertThatThrownBy(() -> open(folder))
          .isInstanceOf(Disk.FolderInUseException.class)
          .hasMessageContaining("another process");
      assertThat(log.size()).isZero();
    }
    open(folder).close();
  }

  @Test
  void aSealedLogRefusesAlsoAfterARestart(@TempDir Path folder) throws Exception {
    TestSubmission before = new TestSubmission("before");
    TestSubmission after = new TestSubmission("after");
    try (RunningLog log = open(folder)) {
      log.submit(before);
      log.seal();
      log.submit(after);
    }
    assertThat(before.recordedAt).isZero();
    assertThat(after.refusal).isEqualTo(Refusal.SEALED);
    TestSubmission muchLater = new TestSubmission("much later");
    try (RunningLog log = open(folder)) {
      assertThat(log.isSealed()).isTrue();
      log.submit(muchLater);
    }
    assertThat(muchLater.refusal).isEqualTo(Refusal.SEALED);
  }

  @Test
  @Timeout(60)
  void whatAsksForALevelIsReleasedWhenItIsRaisedAndAtTheEndIfItIsNot(@TempDir Path folder)
      throws Exception {
    CountDownLatch checkpointed = new CountDownLatch(1);
    CountDownLatch held = new CountDownLatch(1);
    TestSubmission first =
        new TestSubmission("first", Level.CHECKPOINTED) {
          @Override
          public void recorded(long position) {
            super.recorded(position);
            checkpointed.countDown();
          }
        };
    TestSubmission second =
        new TestSubmission("second", Level.HELD) {
          @Override
          public void recorded(long position) {
            super.recorded(position);
            held.countDown();
          }
        };
    TestSubmission never = new TestSubmission("never", Level.COSIGNED);
    try (RunningLog log = open(folder)) {
      log.submit(first);
      checkpointed.await();
      assertThat(log.size(Level.CHECKPOINTED)).isOne();
      log.submit(second);
      log.submit(never);
      while (log.size() < 3) {
        LockSupport.parkNanos(100_000);
      }
      assertThat(second.answers).isZero();
      log.raise(Level.HELD, 3);
      held.await();
      assertThat(never.answers).isZero();
    }
    assertThat(second.recordedAt).isOne();
    assertThat(never.unreachedAt).isEqualTo(2);
  }

  @Test
  @Timeout(120)
  void manyThreadsAskForLevelsThatOthersRaise(@TempDir Path folder) throws Exception {
    int threads = 4;
    int each = 1_500;
    int total = threads * each;
    CountDownLatch answered = new CountDownLatch(total);
    Map<Level, List<Long>> released = new EnumMap<>(Level.class);
    for (Level level : Level.values()) {
      released.put(level, Collections.synchronizedList(new ArrayList<>()));
    }
    AtomicBoolean done = new AtomicBoolean();
    try (RunningLog log = open(folder)) {
      Thread raiser =
          Thread.ofPlatform()
              .start(
                  () -> {
                    Random random = new Random(5);
                    while (!done.get()) {
                      Level level = random.nextBoolean() ? Level.HELD : Level.COSIGNED;
                      log.raise(level, random.nextLong(log.size() + 1));
                      log.raise(level, log.size());
                      LockSupport.parkNanos(random.nextInt(200_000));
                    }
                  });
      for (int t = 0; t < threads; t++) {
        int from = t;
        Thread.ofVirtual()
            .start(
                () -> {
                  for (int i = 0; i < each; i++) {
                    Level level = LEVELS.get((from + i) % LEVELS.size());
                    submit(log, released(level, released, answered));
                  }
                });
      }
      answered.await();
      done.set(true);
      raiser.join();
      assertThat(log.size()).isEqualTo(total);
    }
    assertThat(failure.get()).isNull();
    released.forEach(
        (level, positions) ->
            assertThat(positions).as(level.name()).hasSize(total / LEVELS.size()).isSorted());
  }

  private static TestSubmission released(
      Level level, Map<Level, List<Long>> released, CountDownLatch answered) {
    return new TestSubmission("a", level) {
      @Override
      public void recorded(long position) {
        super.recorded(position);
        released.getOrDefault(level, List.of()).add(position);
        answered.countDown();
      }
    };
  }

  private static TestSubmission urgent(String name) {
    return new TestSubmission(name) {
      @Override
      public boolean mayTakeReserve() {
        return true;
      }
    };
  }

  @Test
  void aFullQueueRefusesAtOnceAndTakesAgainLater() {
    SubmissionQueue queue = new SubmissionQueue(2, 1);
    assertThat(queue.offer(new TestSubmission("a"))).isEmpty();
    assertThat(queue.offer(new TestSubmission("b"))).isEmpty();
    assertThat(queue.offer(new TestSubmission("c"))).contains(Refusal.BUSY);
    assertThat(queue.offer(urgent("d"))).isEmpty();
    assertThat(queue.offer(urgent("e"))).contains(Refusal.BUSY);
    assertThat(queue.take(new ArrayList<>())).hasSize(3);
    assertThat(queue.offer(new TestSubmission("c"))).isEmpty();
    queue.close();
    assertThat(queue.offer(new TestSubmission("d"))).contains(Refusal.CLOSED);
    assertThat(queue.take(new ArrayList<>())).hasSize(1);
  }

  @Test
  void aClosedLogRefuses(@TempDir Path folder) throws Exception {
    RunningLog log = open(folder);
    TestSubmission before = new TestSubmission("before");
    log.submit(before);
    log.close();
    TestSubmission after = new TestSubmission("after");
    log.submit(after);
    assertThat(before.recordedAt).isZero();
    assertThat(after.refusal).isEqualTo(Refusal.CLOSED);
  }
}
