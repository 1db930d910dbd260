package dev.counterfoil.benchmarks.run;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is still open when Ctrl-C or SIGTERM ends the run: closed in one shutdown hook, the last
 * opened first, so that a folder goes after the processes that write into it.
 */
final class Ending {
  private static final Deque<Runnable> OPEN = new ArrayDeque<>();
  private static boolean ended;

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

  private static void end() {
    while (true) {
      Runnable next;
      synchronized (OPEN) {
        ended = true;
        if (OPEN.isEmpty()) {
          return;
        }
        next = OPEN.pop();
      }
      next.run();
    }
  }
}
