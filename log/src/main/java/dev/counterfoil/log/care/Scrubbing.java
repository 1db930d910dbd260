package dev.counterfoil.log.care;

import dev.counterfoil.log.disk.ThreadEnd;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs a {@link Scrubber} beside a log, slowly enough that the log does not feel it. */
public final class Scrubbing implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(Scrubbing.class.getName());

  private final Scrubber scrubber;
  private final Options options;
  private final Consumer<Scrubber.Difference> onDifference;
  private Optional<Scrubber.Difference> told = Optional.empty();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  /**
   * How fast it goes.
   *
   * @param bytesPerSecond most bytes that are read in a second
   * @param betweenPasses pause after a pass
   */
  public record Options(long bytesPerSecond, Duration betweenPasses) {
    /** A log of 4 GiB in an hour. */
    public static final Options DEFAULT = new Options(1 << 20, Duration.ofMinutes(1));

    public Options {
      if (bytesPerSecond < 1 || !betweenPasses.isPositive()) {
        throw new IllegalArgumentException("rate and pause must be positive");
      }
    }
  }

  private Scrubbing(
      Scrubber scrubber, Options options, Consumer<Scrubber.Difference> onDifference) {
    this.scrubber = scrubber;
    this.options = options;
    this.onDifference = onDifference;
    this.thread = Thread.ofPlatform().daemon().name("scrubber").unstarted(this::run);
  }

  /** Starts. */
  public static Scrubbing start(Scrubber scrubber, Options options) {
    return start(scrubber, options, found -> {});
  }

  /**
   * Starts.
   *
   * @param onDifference told of each thing that is found, repaired or not, once
   */
  public static Scrubbing start(
      Scrubber scrubber, Options options, Consumer<Scrubber.Difference> onDifference) {
    Scrubbing scrubbing = new Scrubbing(scrubber, options, onDifference);
    scrubbing.thread.start();
    return scrubbing;
  }

  /** How far it is. */
  public Scrubber.Progress progress() {
    return scrubber.progress();
  }

  private void run() {
    Duration pause = Duration.ZERO;
    while (!stopsWithin(pause)) {
      try {
        long bytes = scrubber.step();
        tell();
        pause =
            bytes == 0
                ? options.betweenPasses
                : Duration.ofNanos(bytes * 1_000_000_000L / options.bytesPerSecond);
      } catch (IOException | RuntimeException e) {
        // It only reads, and repairs what it read: the log goes on without it.
        LOGGER.log(System.Logger.Level.ERROR, "reading the log again failed; trying again", e);
        pause = options.betweenPasses;
      }
    }
  }

  private void tell() {
    Optional<Scrubber.Difference> found = scrubber.progress().difference();
    if (found.isPresent() && !found.equals(told)) {
      onDifference.accept(found.get());
    }
    told = found;
  }

  private boolean stopsWithin(Duration pause) {
    try {
      return stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("a thread of the log was interrupted", e);
    }
  }

  /** Stops after the step that it is at. */
  @Override
  public void close() {
    stop.countDown();
    ThreadEnd.await(thread);
  }
}
