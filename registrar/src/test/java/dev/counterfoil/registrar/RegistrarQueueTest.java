package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.registrar.RegistrarQueue.From;
import dev.counterfoil.registrar.RegistrarQueue.Source;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever floods the registrar holds up himself, and not what takes his keys back. */
class RegistrarQueueTest {
  private final RegistrarQueue queue = new RegistrarQueue();
  private final List<String> done = new CopyOnWriteArrayList<>();
  private final CountDownLatch held = new CountDownLatch(1);

  @AfterEach
  void close() throws Exception {
    held.countDown();
    assertThat(queue.close(Duration.ofSeconds(60))).isTrue();
  }

  /** Until it is let go, the registrar's thread does nothing else. */
  private void hold() throws Exception {
    CountDownLatch isHeld = new CountDownLatch(1);
    assertThat(
            queue.submit(
                Source.of(From.AUTHORITY),
                () -> {
                  isHeld.countDown();
                  try {
                    held.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                }))
        .isTrue();
    isHeld.await();
  }

  /** As much as is taken. */
  private int fill(From from) {
    int taken = 0;
    while (queue.submit(Source.of(from), () -> done.add(from.name()))) {
      taken++;
    }
    return taken;
  }

  @Test
  void anOperatorIsNextHoweverMuchOthersHaveWaiting() throws Exception {
    hold();
    assertThat(fill(From.STATUS_LISTS)).isEqualTo(8);
    int flood = fill(From.AUTHORITY) + fill(From.SIGNERS);
    assertThat(queue.submit(Source.of(From.AUTHORITY), () -> done.add("one more"))).isFalse();
    assertThat(queue.submit(Source.of(From.ITSELF), () -> done.add("head"))).isTrue();
    assertThat(queue.submit(Source.of(From.OPERATOR), () -> done.add("revoke"))).isTrue();
    assertThat(queue.submit(Source.of(From.OPERATOR), () -> done.add("withdraw"))).isTrue();
    held.countDown();
    assertThat(queue.close(Duration.ofSeconds(60))).isTrue();
    assertThat(done).startsWith("revoke", "withdraw", "head").hasSize(8 + flood + 3);
    assertThat(done.subList(3, 11)).as("in their order").containsOnly("STATUS_LISTS");
  }

  @Test
  void aResponseProcessThatFillsItsShareLeavesTheOperators() throws Exception {
    hold();
    int flood = fill(From.RESPONSE);
    assertThat(queue.submit(Source.of(From.OPERATOR), () -> done.add("revoke"))).isTrue();
    assertThat(queue.submit(Source.of(From.AUTHORITY), () -> done.add("later"))).isTrue();
    held.countDown();
    assertThat(queue.close(Duration.ofSeconds(60))).isTrue();
    assertThat(done).hasSize(flood + 2).contains("revoke").endsWith("later");
  }

  @Test
  void oneWayInThatIsFullLeavesTheOthersOpenAndHasRoomAgain() throws Exception {
    hold();
    int flood = fill(From.AUTHORITY);
    assertThat(queue.submit(Source.of(From.SIGNERS), () -> done.add("signer"))).isTrue();
    held.countDown();
    CountDownLatch last = new CountDownLatch(1);
    while (!queue.submit(Source.of(From.AUTHORITY), last::countDown)) {
      Thread.onSpinWait();
    }
    last.await();
    assertThat(done).hasSize(flood + 1).endsWith("signer");
  }

  @Test
  void oneSignerThatFillsItsRoomLeavesTheOthers() throws Exception {
    hold();
    while (queue.submit(new Source(From.SIGNERS, Optional.of("s1")), () -> done.add("thief"))) {
      assertThat(done).isEmpty();
    }
    assertThat(queue.submit(new Source(From.SIGNERS, Optional.of("s2")), () -> done.add("s2")))
        .isTrue();
    assertThat(
            queue.submit(new Source(From.SIGNERS, Optional.of("s1")), () -> done.add("one more")))
        .isFalse();
    held.countDown();
    assertThat(queue.close(Duration.ofSeconds(60))).isTrue();
    assertThat(done).contains("s2").doesNotContain("one more");
  }

  @Test
  void afterItsEndNothingIsTaken() throws Exception {
    assertThat(queue.submit(Source.of(From.OPERATOR), () -> done.add("before"))).isTrue();
    assertThat(queue.close(Duration.ofSeconds(60))).isTrue();
    assertThat(queue.submit(Source.of(From.OPERATOR), () -> done.add("after"))).isFalse();
    assertThat(done).containsExactly("before");
  }
}
