package dev.counterfoil.http.listener;

import java.time.Duration;

/**
 * How many lines a log takes of one kind: some at once, then one in a while. Who decides what they
 * say, or how often, fills no disk with them.
 */
public final class LinePace {
  private final long everyNanos;
  private final long roomMaxNanos;

  /** In the time that makes room for as much. */
  private long roomNanos;

  private long seenNanos;
  private boolean isSeen;

  /**
   * Begins with all of its room.
   *
   * @param every how long it takes until there is room for one more
   */
  public LinePace(int atOnce, Duration every) {
    this.everyNanos = every.toNanos();
    this.roomMaxNanos = atOnce * everyNanos;
    this.roomNanos = roomMaxNanos;
  }

  /**
   * Whether there is room for a line, which it takes.
   *
   * @param nanos as {@link System#nanoTime} gives them
   */
  public synchronized boolean take(long nanos) {
    long passed = isSeen ? Math.max(0, nanos - seenNanos) : 0;
    seenNanos = isSeen ? seenNanos + passed : nanos;
    isSeen = true;
    roomNanos += Math.min(passed, roomMaxNanos - roomNanos);
    if (roomNanos < everyNanos) {
      return false;
    }
    roomNanos -= everyNanos;
    return true;
  }
}
