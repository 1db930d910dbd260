package dev.counterfoil.benchmarks.run;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is still open when Ctrl-C or SIGTERM ends the run: closed in one shutdown hook, the last
 * opened first, so that a folder goes after the processes that write into it.
 */
public final class Ending {
  private static final Deque<Runnable> OPEN = new ArrayDeque<>();
  private static boolean ended;
  private static Runnable first = () -> {};

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Ending::end, "ending"));
  }

  private Ending() {}

  /** Runs it at the end of this JVM, unless {@link #closed} comes first; at once at its end. */
  static void opened(Runnable close) {
    synchronized (OPEN) {
      if (!ended) {
        OPEN.push(close);
        return;
      }
    }
    close.run();
  }

  /** It has been closed in the ordinary way. */
  static void closed(Runnable close) {
    synchronized (OPEN) {
      OPEN.remove(close);
    }
  }

  /** Runs it before anything is closed, where the run does not end by itself. */
  static void announced(Runnable announcement) {
    synchronized (OPEN) {
      first = announcement;
    }
  }

  /** Whether all is being closed: what fails from then on fails because of that. */
  public static boolean hasBegun() {
    synchronized (OPEN) {
      return ended;
    }
  }

  private static void end() {
    Runnable announcement;
    synchronized (OPEN) {
      ended = true;
      announcement = first;
    }
    announcement.run();
    while (true) {
      Runnable next;
      synchronized (OPEN) {
        if (OPEN.isEmpty()) {
          return;
        }
        next = OPEN.pop();
      }
      next.run();
    }
  }
}
