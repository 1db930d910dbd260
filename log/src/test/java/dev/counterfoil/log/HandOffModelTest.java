package dev.counterfoil.log;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.tiles.TreeState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.junit.jupiter.api.Test;

/**
 * The hand-offs between threads under Lincheck's model checker, which runs them under many
 * interleavings and finds threads that wait for ever. {@link RunningLogTest} has the real threads.
 */
class HandOffModelTest {

  /** How many interleavings of each test are run. */
  int interleavings() {
    return 60;
  }

  private static void join(Thread... threads) {
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static Thread start(Runnable work) {
    Thread thread = new Thread(work);
    thread.start();
    return thread;
  }

  /** What {@link RunningLog} does with its queue until it is closed. */
  private static void takeAll(SubmissionQueue queue, List<Submission> all) {
    List<Submission> taken = new ArrayList<>();
    while (true) {
      boolean last = queue.isClosed();
      taken = queue.take(taken);
      all.addAll(taken);
      if (last && taken.isEmpty()) {
        return;
      }
    }
  }

  @Test
  void whatIsOfferedIsTakenOnceAndByItsProducersOrder() {
    Lincheck.runConcurrentTest(
        interleavings(),
        () -> {
          SubmissionQueue queue = new SubmissionQueue(10, 0);
          Submission a = new TestSubmission("a");
          Submission b = new TestSubmission("b");
          Submission c = new TestSubmission("c");
          Thread first =
              start(
                  () -> {
                    queue.offer(a);
                    queue.offer(b);
                    queue.flush();
                  });
          Thread second =
              start(
                  () -> {
                    queue.offer(c);
                    queue.flush();
                  });
          List<Submission> taken = new ArrayList<>();
          List<Submission> reuse = new ArrayList<>();
          while (taken.size() < 3) {
            reuse = queue.take(reuse);
            taken.addAll(reuse);
          }
          join(first, second);
          check(taken.indexOf(a) >= 0 && taken.indexOf(a) < taken.indexOf(b));
          check(taken.indexOf(c) >= 0 && taken.size() == 3);
        });
  }

  @Test
  void whoIsNotRefusedBeforeACloseIsTakenAfterIt() {
    Lincheck.runConcurrentTest(
        interleavings(),
        () -> {
          SubmissionQueue queue = new SubmissionQueue(10, 0);
          Submission a = new TestSubmission("a");
          boolean[] refused = new boolean[1];
          List<Submission> taken = new ArrayList<>();
          Thread sequencer = start(() -> takeAll(queue, taken));
          Thread producer =
              start(
                  () -> {
                    refused[0] = queue.offer(a).isPresent();
                    queue.flush();
                  });
          queue.wake();
          queue.close();
          join(producer, sequencer);
          check(taken.contains(a) == !refused[0]);
        });
  }

  /** Also while a tree takes the place of the one that is asked for. */
  @Test
  void aRootOfAShortTimeAgoIsTheOneOfItsSizeOrIsForgotten() {
    List<TreeState> trees =
        LongStream.of(0, 3, 4, 9)
            .mapToObj(size -> new TreeState(size, Hash.sha256(new byte[(int) size])))
            .toList();
    Lincheck.runConcurrentTest(
        interleavings(),
        () -> {
          RecentTrees recent = new RecentTrees(2);
          recent.add(trees.get(0));
          recent.add(trees.get(1));
          Thread sequencer =
              start(
                  () -> {
                    recent.add(trees.get(2));
                    recent.add(trees.get(3));
                  });
          Optional<Hash> root = recent.rootAt(3);
          check(root.isEmpty() || root.get().equals(trees.get(1).root()));
          check(recent.rootAt(2).isEmpty());
          join(sequencer);
          check(recent.rootAt(9).orElseThrow().equals(trees.get(3).root()));
          check(recent.rootAt(3).isEmpty());
        });
  }

  /**
   * What park and unpark are to the releaser: one permit. Made of a condition, because the model
   * checker lets a park return for no reason and so would not see a lost wake-up.
   */
  private static final class Permit {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition given = lock.newCondition();
    private boolean isGiven;

    void give() {
      lock.lock();
      try {
        isGiven = true;
        given.signal();
      } finally {
        lock.unlock();
      }
    }

    void take() {
      lock.lock();
      try {
        while (!isGiven) {
          given.awaitUninterruptibly();
        }
        isGiven = false;
      } finally {
        lock.unlock();
      }
    }
  }

  /** The releaser's loop. */
  private static void releaseAll(Levels levels, Permit permit, List<Long> released, int wanted) {
    while (released.size() < wanted) {
      levels.release();
      if (released.size() < wanted) {
        permit.take();
      }
    }
  }

  /** An entry on whose release the releaser looks again whether all are, whoever released it. */
  private static Submission listed(Level level, List<Long> released, Permit permit) {
    return new TestSubmission("a", level) {
      @Override
      public void recorded(long position) {
        released.add(position);
        permit.give();
      }
    };
  }

  private static void raiseWhileAdding(boolean says) {
    Levels levels = new Levels(new Levels.Options(Duration.ofSeconds(1), 10), () -> 0);
    List<Long> released = new ArrayList<>();
    Permit permit = new Permit();
    levels.onWork(permit::give);
    Thread sequencer =
        start(
            () -> {
              levels.add(Level.HELD, listed(Level.HELD, released, permit), 4);
              levels.add(Level.HELD, listed(Level.HELD, released, permit), 5);
              if (says) {
                levels.added();
              }
            });
    Thread raiser =
        start(
            () -> {
              levels.raise(Level.HELD, 5);
              levels.raise(Level.HELD, 6);
            });
    releaseAll(levels, permit, released, 2);
    join(sequencer, raiser);
    check(released.equals(List.of(4L, 5L)));
    check(levels.refusal(Level.HELD, 9).isEmpty());
  }

  @Test
  void whatIsAddedWhileItsLevelIsRaisedIsReleasedByPosition() {
    Lincheck.runConcurrentTest(interleavings(), () -> raiseWhileAdding(true));
  }

  @Test
  void theModelCheckerFindsALostWakeUp() {
    assertThatThrownBy(
            () -> Lincheck.runConcurrentTest(interleavings(), () -> raiseWhileAdding(false)))
        .isInstanceOf(LincheckAssertionError.class)
        // On a busy machine the checker's time is over before it says which of the two it is.
        .hasMessageMatching("(?s).*(deadlock|has hung).*");
  }

  /** Without AssertJ, whose code the model checker would explore. */
  private static void check(boolean holds) {
    if (!holds) {
      throw new AssertionError("the hand-off is wrong");
    }
  }
}
