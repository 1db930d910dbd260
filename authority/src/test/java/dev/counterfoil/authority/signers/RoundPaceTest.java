package dev.counterfoil.authority.signers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
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
    return pauses();
  }

  private List<Long> pauses() {
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

  /** Pauses where the signer is asked at each round's beginning, on a thread of the test's. */
  private List<Long> pauses(List<String> told, Executor signer) throws Exception {
    LastWord<String> said = new LastWord<>(() -> "now", "before", signer);
    new RoundPace(time)
        .run(
            beganNanos -> {
              began.add(Duration.ofNanos(beganNanos).toMillis());
              told.add(said.within(time, RoundPace.SIGNER_MAX));
              return new CountDownLatch(1);
            });
    return pauses();
  }

  @Test
  void aSignerThatAnswersSlowlyDelaysNoRoundAndIsNotAskedTwice() throws Exception {
    answersAfterMillis = 60_000;
    List<Runnable> asked = new ArrayList<>();
    List<String> told = new ArrayList<>();
    assertThat(pauses(told, asked::add)).containsOnly(300L);
    assertThat(told).containsOnly("before");
    assertThat(asked).hasSize(1);
  }

  @Test
  void aSignerThatAnswersAtOnceIsAskedInEachRound() throws Exception {
    answersAfterMillis = 60_000;
    List<String> told = new ArrayList<>();
    assertThat(pauses(told, Runnable::run)).containsOnly(300L);
    assertThat(told).containsOnly("now");
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
