package dev.counterfoil.http.outbound;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One time for a whole exchange: each read of a receiver that drips is quick, and together they
 * would last for ever. The exchange has a virtual thread, since interrupting that closes the socket
 * which it reads or writes.
 */
public final class Deadline {
  private Deadline() {}

  /** What is sent and read. */
  @FunctionalInterface
  public interface Exchange<T> {
    T run() throws IOException, InterruptedException;
  }

  /**
   * Runs an exchange.
   *
   * @param target what the error names
   * @throws IOException the exchange's own, or that it did not end in time
   */
  public static <T> T within(Duration time, String target, Exchange<T> exchange)
      throws IOException, InterruptedException {
    FutureTask<T> task = new FutureTask<>(exchange::run);
    Thread.ofVirtual().name("exchange").start(task);
    try {
      return task.get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          target + " did not end the exchange within " + time.toMillis() + " milliseconds", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failed -> throw failed;
        // What a receiver answers ends no process: it is the channel that fails.
        case RuntimeException failed -> {
          throw new IOException(target + " was not understood: " + failed.getClass(), failed);
        }
        case Error failed -> throw failed;
        case null, default -> {
          InterruptedIOException interrupted = new InterruptedIOException("interrupted");
          interrupted.initCause(e);
          throw interrupted;
        }
      }
    } finally {
      task.cancel(true);
    }
  }
}
