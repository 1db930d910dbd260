package dev.counterfoil.audit.event;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Events that are durable and wait for the index, so that it need not read them back. What does not
 * fit is left out: it is in the journal.
 */
public final class RecentEvents {
  private static final int EVENTS_MAX = 40_000;

  /** Length of the events together; their rows weigh about as much. */
  private static final long BYTES_MAX = 32 << 20;

  private final ArrayDeque<Kept> events = new ArrayDeque<>();
  private long bytes;

  /** Adds one, by the log's one thread, in the order of positions. */
  public synchronized void add(Kept event) {
    if (events.size() < EVENTS_MAX && bytes < BYTES_MAX) {
      events.add(event);
      bytes += event.bytes();
    }
  }

  /**
   * Takes events that follow each other from a position on, as far as there are any.
   *
   * @param bytesMax length of them about
   */
  public synchronized List<Kept> take(long from, long to, int max, long bytesMax) {
    List<Kept> taken = new ArrayList<>();
    long next = from;
    long left = bytesMax;
    for (Kept first = events.peek();
        first != null && first.position() <= next && next < to && taken.size() < max && left > 0;
        first = events.peek()) {
      events.remove();
      bytes -= first.bytes();
      left -= first.bytes();
      if (first.position() == next) {
        taken.add(first);
        next++;
      }
    }
    return taken;
  }

  /** The first position that is here, or a bound where none is. */
  public synchronized long first(long without) {
    Kept first = events.peek();
    return first == null ? without : Math.min(without, first.position());
  }
}
