package dev.counterfoil.authority.signers;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;

/**
 * What somebody said last of what he is asked again and again, for one thread that cannot wait long
 * for him: while he thinks about the answer, what he said before counts, and he is not asked twice.
 *
 * @param <A> what he says
 */
public final class LastWord<A> {
  private final Question<A> question;
  private final Executor threads;
  private volatile A said;
  private CountDownLatch answered = new CountDownLatch(0);

  /** Asks; may take its time. */
  @FunctionalInterface
  public interface Question<A> {
    A ask() throws InterruptedException;
  }

  /**
   * Has asked nothing yet.
   *
   * @param before what counts until there is an answer
   * @param threads on which is asked
   */
  public LastWord(Question<A> question, A before, Executor threads) {
    this.question = question;
    this.said = before;
    this.threads = threads;
  }

  /** Asks, and gives the answer if it comes within a time, and else the one before. */
  public A within(RoundPace.Time time, Duration longest) throws InterruptedException {
    if (answered.getCount() == 0) {
      CountDownLatch next = new CountDownLatch(1);
      answered = next;
      threads.execute(() -> ask(next));
    }
    time.await(answered, longest);
    return said;
  }

  private void ask(CountDownLatch told) {
    try {
      said = question.ask();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      told.countDown();
    }
  }
}
