package dev.counterfoil.custodian.following;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The threads of a custodian. None is ever interrupted, because an interrupt closes the file that a
 * thread is writing: each looks whether it is to end.
 */
public final class CustodianThreads {
  private static final System.Logger LOG = System.getLogger(CustodianThreads.class.getName());

  private final Consumer<Throwable> unknownState;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();

  /** One thread's work. */
  @FunctionalInterface
  public interface Work {
    void run() throws IOException, InterruptedException;
  }

  /**
   * No threads yet.
   *
   * @param unknownState told when one failed
   */
  public CustodianThreads(Consumer<Throwable> unknownState) {
    this.unknownState = unknownState;
  }

  public void start(String name, Work work) {
    start(name, work, unknownState);
  }

  /**
   * Starts one whose failure concerns nothing else.
   *
   * @param failed told of it instead
   */
  public void start(String name, Work work, Consumer<Throwable> failed) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .unstarted(
                () -> {
                  try {
                    work.run();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  } catch (IOException | RuntimeException | Error e) {
                    if (!isStopping()) {
                      LOG.log(System.Logger.Level.ERROR, name + " failed", e);
                      failed.accept(e);
                    }
                  }
                });
    synchronized (threads) {
      threads.add(thread);
    }
    thread.start();
  }

  public boolean isStopping() {
    return stop.getCount() == 0;
  }

  /** Waits; gives false when the threads are to end. */
  public boolean pause(Duration time) throws InterruptedException {
    return !stop.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What is counted down when they are to end. */
  public CountDownLatch stopped() {
    return stop;
  }

  /** Has them end. */
  public void stop() {
    stop.countDown();
  }

  /** Waits until all have ended. */
  public void join() {
    List<Thread> all;
    synchronized (threads) {
      all = List.copyOf(threads);
    }
    for (Thread thread : all) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
