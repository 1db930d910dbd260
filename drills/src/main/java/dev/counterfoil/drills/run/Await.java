package dev.counterfoil.drills.run;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Waits for something that processes bring about. */
public final class Await {
  /** Longest wait for what takes moments on an idle machine. */
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  private Await() {}

  /** What is waited for. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  /** Whether it came to hold in time. */
  public static boolean comes(Condition condition) throws IOException, InterruptedException {
    return comes(PATIENCE, condition);
  }

  /** The same with more patience, or less. */
  public static boolean comes(Duration patience, Condition condition)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!holds(condition)) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(LOOK_EVERY);
    }
    return true;
  }

  /**
   * Waits for what the drill cannot go on without. A busy process may fail to answer in time: it is
   * asked again.
   */
  public static void require(String what, Condition condition)
      throws IOException, InterruptedException {
    AtomicReference<@Nullable IOException> last = new AtomicReference<>();
    if (!comes(
        () -> {
          try {
            last.set(null);
            return condition.holds();
          } catch (IOException e) {
            last.set(e);
            return false;
          }
        })) {
      throw new IOException("this does not come: " + what, last.get());
    }
  }

  private static boolean holds(Condition condition) throws IOException, InterruptedException {
    try {
      return condition.holds();
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
