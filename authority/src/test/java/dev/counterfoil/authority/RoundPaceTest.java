package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** How rounds follow one another, on a clock that only waiting moves. */
class RoundPaceTest {
  private static final int ROUNDS = 5;

  private final List<Long> began = new ArrayList<>();
  private long nowMillis;

  /** How long those who are asked take to answer. */
  private long answersAfterMillis;

  private final RoundPace.Time time =
      new RoundPace.Time() {
        @Override
        public long nanos() {
          return Duration.ofMillis(nowMillis).toNanos();
        }

        @Override
        public boolean endsWithin(Duration pause) {
          assertThat(pause.isNegative()).isFalse();
          nowMillis += pause.toMillis();
          return began.size() == ROUNDS;
        }

        @Override
        public void await(CountDownLatch answered, Duration longest) {
          if (answered.getCount() > 0) {
            nowMillis += Math.max(0, Math.min(answersAfterMillis, longest.toMillis()));
          }
        }
      };

  /** Pauses between the beginnings of rounds whose own work takes so long. */
  private List<Long> pauses(long workMillis) throws Exception {
    new RoundPace(time)
        .run(
            beganNanos -> {
              began.add(Duration.ofNanos(beganNanos).toMillis());
              nowMillis += workMillis;
              return new CountDownLatch(1);
            });
    List<Long> pauses = new ArrayList<>();
    for (int i = 1; i < began.size(); i++) {
      pauses.add(began.get(i) - began.get(i - 1));
    }
    return pauses;
  }

  @Test
  void witnessesThatAnswerAtOnceAreAskedFiveTimesASecond() throws Exception {
    answersAfterMillis = 10;
    assertThat(pauses(5)).containsOnly(200L).hasSize(ROUNDS - 1);
  }

  @Test
  void aRoundIsAsLongAsItsSlowestWitness() throws Exception {
    answersAfterMillis = 240;
    assertThat(pauses(20)).containsOnly(260L);
  }

  @Test
  void oneThatDoesNotAnswerDelaysTheNextRoundByNoMoreThanARoundMayTake() throws Exception {
    answersAfterMillis = 60_000;
    assertThat(pauses(20)).containsOnly(300L);
  }

  @Test
  void aRoundThatBeganLateIsFollowedAtOnce() throws Exception {
    answersAfterMillis = 60_000;
    assertThat(pauses(1_000)).containsOnly(1_000L);
  }

  @Test
  void aRoundThatFailsIsFollowedByTheNextInItsTime() throws Exception {
    new RoundPace(time)
        .run(
            beganNanos -> {
              began.add(Duration.ofNanos(beganNanos).toMillis());
              if (began.size() % 2 == 0) {
                throw new IllegalStateException("a defect");
              }
              throw new IOException("the log cannot be read");
            });
    assertThat(began).containsExactly(0L, 200L, 400L, 600L, 800L);
  }
}
