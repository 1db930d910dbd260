package dev.counterfoil.audit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The auditor's threads: each does its work until it ends, and none is interrupted. */
final class AuditorThreads {
  private static final System.Logger LOG = System.getLogger(AuditorThreads.class.getName());

  private final List<Thread> threads = new ArrayList<>();
  private final Consumer<Throwable> unknownState;

  /**
   * None yet.
   *
   * @param unknownState told when one fails: the process ends
   */
  AuditorThreads(Consumer<Throwable> unknownState) {
    this.unknownState = unknownState;
  }

  /** One thread's work. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException, InterruptedException;
  }

  /** Starts one. */
  void start(String name, Work work) {
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  } catch (IOException | RuntimeException | Error e) {
                    LOG.log(System.Logger.Level.ERROR, name + " failed", e);
                    unknownState.accept(e);
                  }
                }));
  }

  /** Waits until all have ended. They are not interrupted: that would close their files. */
  void join() {
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
