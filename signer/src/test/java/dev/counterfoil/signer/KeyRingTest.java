package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingTest {
  private static final Instant T0 = TestKeys.T0;
  private static final Duration DAY = Duration.ofHours(24);

  @Test
  void anEmptyRingWantsAKeyFromNowOn() {
    assertThat(KeyRing.empty().due(T0.plusMillis(700), DAY))
        .contains(new KeyRing.Window(T0, T0.plus(DAY)));
    assertThat(KeyRing.empty().activeAt(T0)).isEmpty();
  }

  @Test
  void aKeySignsOnlyInItsWindowAndOnlyWhenStated() {
    TokenKey key = TestKeys.key("k1", T0, T0.plus(DAY));
    KeyRing ring = TestKeys.stated(key);
    assertThat(ring.activeAt(T0)).contains(key);
    assertThat(ring.activeAt(T0.plus(DAY).minusMillis(1))).contains(key);
    assertThat(ring.activeAt(T0.minusMillis(1))).isEmpty();
    assertThat(ring.activeAt(T0.plus(DAY))).isEmpty();
    assertThat(KeyRing.empty().with(key).activeAt(T0)).isEmpty();
    assertThat(KeyRing.empty().with(key).unstated()).containsExactly(key);
    assertThat(KeyRing.empty().with(key).withSetAside(List.of(key.statement().kid())).unstated())
        .as("signs no more")
        .isEmpty();
  }

  @Test
  void theNextKeyIsPreparedHalfAPeriodAheadAndFollowsWithoutAGap() {
    KeyRing ring = TestKeys.stated(TestKeys.key("k1", T0, T0.plus(DAY)));
    assertThat(ring.due(T0.plus(DAY.dividedBy(2)).minusMillis(1), DAY)).isEmpty();
    assertThat(ring.due(T0.plus(DAY.dividedBy(2)), DAY))
        .contains(new KeyRing.Window(T0.plus(DAY), T0.plus(DAY).plus(DAY)));
  }

  @Test
  void aKeyThatWasTakenBackSignsNoMoreAndAnotherIsWantedAtOnce() {
    TokenKey key = TestKeys.key("k1", T0, T0.plus(DAY));
    TokenKey next = TestKeys.key("k2", T0.plus(DAY), T0.plus(DAY).plus(DAY));
    KeyRing ring =
        TestKeys.stated(key)
            .with(next)
            .withStated(next.statement().kid())
            .withSetAside(List.of(key.statement().kid()));
    Instant now = T0.plusSeconds(60);
    assertThat(ring.activeAt(now)).isEmpty();
    assertThat(ring.due(now, DAY)).contains(new KeyRing.Window(now, now.plus(DAY)));
  }

  @Test
  void aPrivateHalfIsDestroyedAfterTheEndAndNotBefore() {
    TokenKey key = TestKeys.key("k1", T0, T0.plus(DAY));
    KeyRing ring = TestKeys.stated(key);
    Instant end = T0.plus(DAY).plus(KeyRing.RETIRE_AFTER);
    assertThat(ring.retired(end.minusMillis(1))).isEmpty();
    assertThat(ring.retired(end)).containsExactly(key);
  }

  /** Whenever the signer looks, within half a period at most, somebody signs. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void thereIsAlwaysAKeyThatSigns(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    KeyRing ring = KeyRing.empty();
    Instant now = T0;
    int made = 0;
    while (now.isBefore(T0.plus(Duration.ofDays(60)))) {
      Optional<KeyRing.Window> due = ring.due(now, DAY);
      if (due.isPresent()) {
        TokenKey key = TestKeys.key("k" + ++made, due.get().from(), due.get().until());
        ring = ring.with(key).withStated(key.statement().kid());
      }
      for (TokenKey old : ring.retired(now)) {
        ring = ring.without(old);
      }
      assertThat(ring.activeAt(now)).as("at %s", now).isPresent();
      assertThat(ring.keys().size()).isLessThanOrEqualTo(3);
      now = now.plusSeconds(random.nextLong(1, DAY.toSeconds() / 2));
    }
    assertThat(made).isBetween(55, 65);
  }

  @Test
  void aSignerThatWasDownOverTheEndMakesAKeyFromNowOn() {
    KeyRing ring = TestKeys.stated(TestKeys.key("k1", T0, T0.plus(DAY)));
    Instant later = T0.plus(Duration.ofDays(3));
    assertThat(ring.due(later, DAY)).contains(new KeyRing.Window(later, later.plus(DAY)));
  }
}
