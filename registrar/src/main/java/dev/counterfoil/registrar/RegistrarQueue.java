package dev.counterfoil.registrar;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What waits for the registrar's one thread. What operators and the response process ask for goes
 * before everybody else's, and each way in, and each signer's, has a bound of its own: whoever
 * holds the authority, the response process or a signer fills that, and an operator's command that
 * takes back keys is taken all the same.
 */
final class RegistrarQueue {
  /** Who wants something done. */
  enum From {
    /** The admin socket. */
    OPERATOR(0, 256),
    /** The same, and a user that may ask for what contains a theft alone. */
    RESPONSE(0, 64),
    /** The registrar itself: heads, ceremonies. */
    ITSELF(1, 64),
    /** The signers' sockets; of each signer so many. */
    SIGNERS(2, 256),
    AUTHORITY(2, 256),
    /** The authority's status lists, of which each takes milliseconds. */
    STATUS_LISTS(2, 8);

    private final int rank;
    private final int waitingMax;

    From(int rank, int waitingMax) {
      this.rank = rank;
      this.waitingMax = waitingMax;
    }
  }

  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new PriorityBlockingQueue<>(),
          Thread.ofPlatform().daemon().name("registrar").factory());

  /**
   * Whose work it is.
   *
   * @param signer which one, of those from whose sockets it comes; empty for all others
   */
  record Source(From from, Optional<String> signer) {
    static Source of(From from) {
      return new Source(from, Optional.empty());
    }
  }

  /** No more than there are sockets. */
  private final Map<Source, Semaphore> room = new ConcurrentHashMap<>();

  private final AtomicLong numbers = new AtomicLong();

  /** A piece of work in its place: those of one rank in the order in which they came. */
  private record Waiting(From from, long number, Runnable work, Semaphore room)
      implements Runnable, Comparable<Waiting> {
    @Override
    public int compareTo(Waiting other) {
      int byRank = Integer.compare(from.rank, other.from.rank);
      return byRank != 0 ? byRank : Long.compare(number, other.number);
    }

    @Override
    public void run() {
      room.release();
      work.run();
    }
  }

  /**
   * Has work done on the registrar's thread.
   *
   * @return false, and it is not done, when as much waits from there as may, or the queue is closed
   */
  boolean submit(Source source, Runnable work) {
    Semaphore mine = room.computeIfAbsent(source, of -> new Semaphore(of.from.waitingMax));
    if (!mine.tryAcquire()) {
      return false;
    }
    try {
      thread.execute(new Waiting(source.from, numbers.getAndIncrement(), work, mine));
      return true;
    } catch (RejectedExecutionException e) {
      mine.release();
      return false;
    }
  }

  /**
   * Takes no more; what was taken is done.
   *
   * @return whether all of it was, within the time
   */
  boolean close(Duration waitMax) throws InterruptedException {
    thread.shutdown();
    return thread.awaitTermination(waitMax.toNanos(), TimeUnit.NANOSECONDS);
  }
}
