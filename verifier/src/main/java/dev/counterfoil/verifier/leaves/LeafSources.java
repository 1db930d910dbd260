package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.leaf.Leaves;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * The sources of a stream, the one that is liked best first. One that fails or lies gives way to
 * the next; after a minute the first is asked again. Belongs to the stream's thread.
 */
public final class LeafSources {
  private static final long AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

  private final List<LeafSource> sources;
  private int current;
  private long leftAt;

  public LeafSources(List<LeafSource> sources) {
    this.sources = List.copyOf(sources);
  }

  public Leaves next(long first) throws IOException, FormatException, UnavailableException {
    if (current > 0 && System.nanoTime() - leftAt > AGAIN_NANOS) {
      current = 0;
    }
    return sources.get(current).next(first);
  }

  /** Goes on to the next source; whether all were tried, and a pause is due. */
  public boolean giveWay() {
    if (current == 0) {
      leftAt = System.nanoTime();
    }
    current = (current + 1) % sources.size();
    return current == 0;
  }

  /** The source that is asked now, for people. */
  @Override
  public String toString() {
    return sources.get(current).toString();
  }
}
