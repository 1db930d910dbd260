package dev.counterfoil.authority.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Waiting for the key log to grow. */
class HeadWaitersTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final AtomicLong size = new AtomicLong(7);
  private final AtomicLong looks = new AtomicLong();
  private final HeadWaiters waiters =
      new HeadWaiters(
          () -> {
            looks.incrementAndGet();
            if (size.get() < 0) {
              throw new IOException("not there");
            }
            return size.get();
          },
          LONG);

  @AfterEach
  void close() {
    waiters.close();
  }

  private void untilWaiting(int count) throws InterruptedException {
    for (int i = 0; i < 20_000 && waiters.waiting() != count; i++) {
      Thread.sleep(1);
    }
    assertThat(waiters.waiting()).isEqualTo(count);
  }

  @Test
  void oneChangeWakesAThousandAndOneThreadLooks() throws Exception {
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      waiting.add(waiters.awaited(7, LONG));
    }
    untilWaiting(1_000);
    long before = looks.get();
    assertThat(waiting).noneMatch(CompletableFuture::isDone);
    size.set(8);
    CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
    assertThat(looks.get() - before).isLessThan(1_000);
    untilWaiting(0);
  }

  @Test
  void whoKnowsLessIsAnsweredAtOnceAndWhoKnowsMoreWaits() throws Exception {
    CompletableFuture<Void> knowsAll = waiters.awaited(7, LONG);
    waiters.awaited(6, LONG).get(20, TimeUnit.SECONDS);
    assertThat(knowsAll).isNotDone();
    size.set(9);
    knowsAll.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aWaitEndsAndALogThatCannotBeReadIsLookedAtAgain() throws Exception {
    waiters.await(7, Duration.ofMillis(1));
    size.set(-1);
    CompletableFuture<Void> waiting = waiters.awaited(7, LONG);
    untilWaiting(1);
    size.set(8);
    waiting.get(20, TimeUnit.SECONDS);
  }
}
