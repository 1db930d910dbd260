package dev.counterfoil.authority.signers;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The pace of rounds that follow one another on one thread. A round begins {@link #ROUND_MIN} after
 * the one before, or as soon as that is over, and is over once all whom it asked have answered, or
 * {@link #ROUND_MAX} after it began.
 */
public final class RoundPace {
  /** A round takes no less: each costs every witness and the signer a write to the disk. */
  public static final Duration ROUND_MIN = Duration.ofMillis(200);

  /** A round waits no longer for those that were asked. */
  public static final Duration ROUND_MAX = Duration.ofMillis(300);

  /**
   * Of it, how long the signer may take to say which logs there are and for whom it waits; a slower
   * one is told and asked by what it said before.
   */
  public static final Duration SIGNER_MAX = Duration.ofMillis(100);

  private static final System.Logger LOG = System.getLogger(RoundPace.class.getName());

  private final Time time;

  /** Time that passes, or is waited for. */
  public interface Time {
    /** A clock that never steps. */
    long nanos();

    /** Waits; whether the rounds are to end. */
    boolean endsWithin(Duration pause) throws InterruptedException;

    /** Waits for answers, and no longer than a time. */
    void await(CountDownLatch answered, Duration longest) throws InterruptedException;

    /** The machine's time, and an end that is told by counting down. */
    static Time until(CountDownLatch end) {
      return new Time() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public boolean endsWithin(Duration pause) throws InterruptedException {
          return end.await(pause.toNanos(), TimeUnit.NANOSECONDS);
        }

        @Override
        public void await(CountDownLatch answered, Duration longest) throws InterruptedException {
          answered.await(longest.toNanos(), TimeUnit.NANOSECONDS);
        }
      };
    }
  }

  /** One round. */
  @FunctionalInterface
  public interface Round {
    /** Asks everybody who is due; gives what counts their answers. */
    CountDownLatch begin(long beganNanos) throws IOException, InterruptedException;
  }

  public RoundPace(Time time) {
    this.time = time;
  }

  /** Rounds until the end. One that fails is followed by the next. */
  public void run(Round round) throws InterruptedException {
    boolean ends = time.endsWithin(Duration.ZERO);
    while (!ends) {
      long began = time.nanos();
      try {
        CountDownLatch answered = round.begin(began);
        time.await(answered, ROUND_MAX.minus(since(began)));
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "a round of the witnesses failed", e);
      }
      Duration left = ROUND_MIN.minus(since(began));
      ends = time.endsWithin(left.isNegative() ? Duration.ZERO : left);
    }
  }

  private Duration since(long began) {
    return Duration.ofNanos(time.nanos() - began);
  }
}
