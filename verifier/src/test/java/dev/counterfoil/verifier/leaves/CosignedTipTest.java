package dev.counterfoil.verifier.leaves;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.verifier.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How long the log's own word is taken, and what asking costs. */
class CosignedTipTest {
  private static final Duration MAX = Duration.ofMinutes(5);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final AtomicInteger looks = new AtomicInteger();
  private final InstantSource counted =
      () -> {
        looks.incrementAndGet();
        return clock.instant();
      };

  private static LogPolicy witnessed() {
    CosignerKey key = new TestCosigner("w.example/1", CosignerKey.Algorithm.ED25519, 1).key();
    return new LogPolicy(
        List.of(), List.of(new LogPolicy.Witness("w1", key, Optional.empty())), List.of(), "w1");
  }

  private static Checkpoint size(long size) {
    return new Checkpoint("log.example/s1g1", size, Hash.sha256());
  }

  /** Every token's first sight asks. */
  @Test
  void theClockIsReadWhereSomethingIsPendingAlone() {
    CosignedTip unasked = new CosignedTip(LogPolicy.EMPTY, MAX, counted);
    unasked.saw(size(10));
    CosignedTip asked = new CosignedTip(witnessed(), MAX, counted);
    asked.take(size(4), 4);
    for (CosignedTip tip : List.of(unasked, asked)) {
      assertThat(tip.isOverdue(7)).isFalse();
      assertThat(tip.isPending()).isFalse();
    }
    assertThat(looks).hasValue(0);
    asked.saw(size(10));
    looks.set(0);
    // Below what is cosigned it does not matter how late it is.
    assertThat(asked.isOverdue(3)).isFalse();
    assertThat(looks).hasValue(0);
    // The control: once where it does.
    assertThat(asked.isOverdue(7)).isFalse();
    assertThat(looks).hasValue(1);
    clock.advance(MAX);
    assertThat(asked.isOverdue(7)).isTrue();
    assertThat(asked.isOverdue(3)).isFalse();
    assertThat(asked.isPending()).isTrue();
  }

  @Test
  void aClockThatWasSetBackCountsFromThen() {
    CosignedTip tip = new CosignedTip(witnessed(), MAX, counted);
    tip.saw(size(10));
    clock.advance(Duration.ofHours(-1));
    assertThat(tip.isOverdue(7)).isFalse();
    clock.advance(MAX);
    assertThat(tip.isOverdue(7)).isTrue();
    // The control: what the quorum vouches for then is not.
    tip.take(size(10), 10);
    assertThat(tip.isOverdue(7)).isFalse();
    assertThat(tip.isPending()).isFalse();
  }
}
