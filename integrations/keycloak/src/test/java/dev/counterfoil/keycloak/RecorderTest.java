package dev.counterfoil.keycloak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.keycloak.Recorder.Outcome;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keycloak.crypto.SignatureException;

/** Threads, batches and what is kept; the door itself is a real one in the drills' tests. */
class RecorderTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Duration FOR = Duration.ofMinutes(10);
  private static final Instant T = Instant.parse("2026-11-30T08:00:00Z");

  @TempDir private Path folder;

  private final AtomicReference<Instant> now = new AtomicReference<>(T);
  private final Door door = new Door();

  @Test
  void aTokenIsReleasedOnlyOnceItIsRecorded() throws Exception {
    try (Recorder recorder = refusing();
        Callers callers = new Callers()) {
      door.hold();
      Future<Outcome> token = callers.record(recorder, 1);
      door.awaitRequest();
      assertThat(token.isDone()).isFalse();
      door.letGo();
      assertThat(token.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.RECORDED);
      assertThat(door.recorded).contains(ByteBuffer.wrap(digest(1)));
    }
  }

  @Test
  void whatComesWhileRequestsAreOnTheirWayGoesTogetherWithTheNext() throws Exception {
    try (Recorder recorder = refusing();
        Callers callers = new Callers()) {
      door.hold();
      List<Future<Outcome>> tokens = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        tokens.add(callers.record(recorder, i));
      }
      await(() -> recorder.waiting() >= 190);
      door.letGo();
      for (Future<Outcome> token : tokens) {
        assertThat(token.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.RECORDED);
      }
      assertThat(door.recorded).hasSizeGreaterThanOrEqualTo(200);
      assertThat(door.requests).hasSizeLessThan(20);
    }
  }

  @Test
  void whileTheDoorIsAwayTokensAreRefusedAtOnceAndAfterwardsRecorded() throws Exception {
    try (Recorder recorder = refusing()) {
      assertThat(recorder.record(digest(1))).isEqualTo(Outcome.RECORDED);
      assertThat(recorder.refusing()).isNull();
      door.problem = DoorException.away("silent");
      assertThatThrownBy(() -> recorder.record(digest(2)))
          .isInstanceOf(SignatureException.class)
          .hasMessageContaining("silent");
      assertThat(recorder.refusing()).isEqualTo("silent");
      door.problem = null;
      await(() -> recorder.refusing() == null);
      assertThat(recorder.record(digest(3))).isEqualTo(Outcome.RECORDED);
      assertThat(recorder.refused()).isEqualTo(1);
    }
  }

  @Test
  void tokensAreReleasedForSoLongAndHandedInLate() throws Exception {
    try (Recorder recorder = releasing(3)) {
      assertThat(recorder.record(digest(1))).isEqualTo(Outcome.RECORDED);
      door.problem = DoorException.away("silent");
      now.set(T.plus(FOR).minusSeconds(1));
      assertThat(recorder.record(digest(2))).isEqualTo(Outcome.RELEASED);
      assertThat(recorder.refusing()).isNull();
      now.set(T.plus(FOR));
      assertThatThrownBy(() -> recorder.record(digest(3))).isInstanceOf(SignatureException.class);
      assertThat(recorder.refusing()).isEqualTo("silent");
      assertThat(recorder.waitingLate()).isEqualTo(1);
      door.problem = null;
      await(() -> recorder.waitingLate() == 0);
      assertThat(door.recorded).contains(ByteBuffer.wrap(digest(2)));
      await(() -> recorder.late() == 1);
      assertThat(recorder.record(digest(4))).isEqualTo(Outcome.RECORDED);
    }
  }

  @Test
  void whatTheFileCannotKeepIsRefused() throws Exception {
    try (Recorder recorder = releasing(1)) {
      assertThat(recorder.record(digest(1))).isEqualTo(Outcome.RECORDED);
      door.problem = DoorException.away("silent");
      assertThat(recorder.record(digest(2))).isEqualTo(Outcome.RELEASED);
      assertThatThrownBy(() -> recorder.record(digest(3))).isInstanceOf(SignatureException.class);
      assertThat(recorder.refusing()).isEqualTo("silent");
    }
  }

  @Test
  void whatAnEarlierProcessKeptIsHandedInAndItsTimeGoesOn() throws Exception {
    try (Recorder recorder = releasing(10)) {
      assertThat(recorder.record(digest(1))).isEqualTo(Outcome.RECORDED);
      door.problem = DoorException.away("silent");
      assertThat(recorder.record(digest(2))).isEqualTo(Outcome.RELEASED);
    }
    now.set(T.plus(FOR));
    try (Recorder restarted = releasing(10)) {
      assertThatThrownBy(() -> restarted.record(digest(3))).isInstanceOf(SignatureException.class);
      door.problem = null;
      await(() -> restarted.waitingLate() == 0);
      assertThat(door.recorded).contains(ByteBuffer.wrap(digest(2)));
    }
  }

  @Test
  void aDoorThatRefusesThisSourceReleasesNothing() throws Exception {
    try (Recorder recorder = releasing(10)) {
      assertThat(recorder.record(digest(1))).isEqualTo(Outcome.RECORDED);
      door.problem = DoorException.refusing("no such client");
      assertThatThrownBy(() -> recorder.record(digest(2)))
          .isInstanceOf(SignatureException.class)
          .hasMessageContaining("no such client");
      assertThat(recorder.released()).isZero();
    }
  }

  private Recorder refusing() {
    return new Recorder(door, null, TIMEOUT, Duration.ZERO, clock());
  }

  private Recorder releasing(int keptMax) throws Exception {
    return new Recorder(
        door, new KeptDigests(folder.resolve("kept"), keptMax), TIMEOUT, FOR, clock());
  }

  private InstantSource clock() {
    return now::get;
  }

  private static byte[] digest(int value) {
    return ByteBuffer.allocate(32).putInt(value).array();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  /** Records, is away, or takes its time. */
  private static final class Door implements RecordDoorway {
    private final List<ByteBuffer> recorded = Collections.synchronizedList(new ArrayList<>());
    private final List<Integer> requests = Collections.synchronizedList(new ArrayList<>());
    private final CompletableFuture<Boolean> asked = new CompletableFuture<>();
    private volatile CountDownLatch held = new CountDownLatch(0);
    private volatile @Nullable DoorException problem;

    void hold() {
      held = new CountDownLatch(1);
    }

    void letGo() {
      held.countDown();
    }

    void awaitRequest() throws Exception {
      asked.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void record(List<byte[]> digests) throws DoorException, InterruptedException {
      asked.complete(true);
      held.await();
      DoorException now = problem;
      if (now != null) {
        throw now;
      }
      requests.add(digests.size());
      digests.forEach(digest -> recorded.add(ByteBuffer.wrap(digest)));
    }

    @Override
    public void check() throws DoorException {
      DoorException now = problem;
      if (now != null) {
        throw now;
      }
    }
  }

  /** Those who want tokens. */
  private static final class Callers implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    Future<Outcome> record(Recorder recorder, int value) {
      return threads.submit(() -> recorder.record(digest(value)));
    }

    @Override
    public void close() {
      threads.shutdownNow();
    }
  }
}
