package dev.counterfoil.rules.correlating;

import dev.counterfoil.rules.model.Correlation;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Takes the events of one correlation and says when it holds. A group that was found is quiet for a
 * timespan. Times are those of events; how late one may come is the engine's matter. For one
 * thread.
 */
public interface Correlator {
  /** Takes an event. */
  void take(Hit hit, Consumer<Found> found);

  /**
   * Nothing earlier will come any more.
   *
   * @param timeMillis milliseconds since 1970
   */
  void advance(long timeMillis, Consumer<Found> found);

  /** Writes what it knows. */
  void save(DataOutput out) throws IOException;

  /** Has one that is new know what another one of the same rule saved. */
  void load(DataInput in) throws IOException;

  /** About how much memory it takes. */
  long bytes();

  /** How many groups it forgot for want of memory. */
  long forgotten();

  /**
   * Makes one.
   *
   * @param memory which it shares
   * @param latenessMillis how late an event may come
   */
  static Correlator of(Correlation correlation, SharedMemory memory, long latenessMillis) {
    return switch (correlation.type()) {
      case EVENT_COUNT, VALUE_COUNT, VALUE_SUM, VALUE_AVG, VALUE_PERCENTILE ->
          correlation.isImmediate()
              ? new SlidingWindows(correlation, memory)
              : new ClosingWindows(correlation, memory);
      case TEMPORAL, TEMPORAL_ORDERED -> new NearTimes(correlation, memory);
      case FIRST_SEEN -> new Novelties(correlation, memory);
      case ABSENCE -> new Absences(correlation, memory, latenessMillis);
    };
  }
}
