package dev.counterfoil.log.disk;

/**
 * Waits for threads that are never interrupted, because an interrupt closes the file they write.
 */
public final class ThreadEnd {
  private ThreadEnd() {}

  /** Returns when a thread has ended, also where the caller is interrupted meanwhile. */
  public static void await(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
