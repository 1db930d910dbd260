package dev.counterfoil.process.cosigning;

import dev.counterfoil.log.checkpoint.Cosigner;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Whether a log that was there before this process may grow (spec/cosigning.md). What a disk says
 * of itself proves nothing, since it may have been put back: each holder must have said, since this
 * process started, how large a tree of this log he saw. A cosigner never cosigns a tree smaller
 * than one before, so one fresh cosignature over a tree that this log has is enough.
 */
public final class StartConfirmation {
  /**
   * How much before the start a cosignature may have been made, for its time is in whole seconds. A
   * holder whose clock is behind is asked until it passes the start.
   */
  static final Duration BEFORE_START_MAX = Duration.ofSeconds(2);

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final long startedNanos;
  private final Set<String> waitingFor = new LinkedHashSet<>();

  /**
   * A log's confirmation.
   *
   * @param holders those who have to be heard; nobody for a log that this process made
   * @param nanos a clock that never steps: the start is reckoned from it, so that a system clock
   *     that is set while the process waits does not make old cosignatures fresh
   */
  public StartConfirmation(List<Cosigner> holders, InstantSource clock, LongSupplier nanos) {
    this.clock = clock;
    this.nanos = nanos;
    this.startedNanos = nanos.getAsLong();
    holders.forEach(holder -> waitingFor.add(holder.name()));
  }

  /** Takes note of cosignatures that count, and of their times. */
  synchronized void heard(Map<String, Instant> counted) {
    Instant started = clock.instant().minusNanos(nanos.getAsLong() - startedNanos);
    Instant earliest = started.minus(BEFORE_START_MAX);
    counted.forEach(
        (name, at) -> {
          if (!at.isBefore(earliest)) {
            waitingFor.remove(name);
          }
        });
  }

  /** Holders that were not heard yet. */
  synchronized List<String> waitingFor() {
    return new ArrayList<>(waitingFor);
  }

  synchronized boolean isComplete() {
    return waitingFor.isEmpty();
  }
}
