package dev.counterfoil.rules.correlating;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.Correlation;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Judges windows when they are over: conditions that a further event could undo. Windows follow one
 * another from 1970 on and do not overlap.
 */
final class ClosingWindows implements Correlator {
  /** Most values that are kept apart in one window. */
  private static final int VALUES_MAX = 10_000;

  private final Correlation correlation;
  private final long spanMillis;
  private final GroupTable<Window> windows;
  private long closedUntil = Long.MIN_VALUE;

  private static final class Window extends Group {
    private final long endMillis;
    private final List<String> group;
    private final Map<List<String>, Long> values = new HashMap<>();
    private long events;
    private long numbers;
    private double sum;
    private int valueBytes;
    private JsonObject last = JsonObject.builder().build();

    /** The last part of the key is the window's own. */
    Window(List<String> key) {
      super(key);
      endMillis = Long.parseLong(key.getLast());
      group = key.subList(0, key.size() - 1);
    }

    @Override
    int ownBytes() {
      return valueBytes + bytes(last);
    }

    void add(List<String> value, long times) {
      if (values.merge(value, times, Long::sum) == times) {
        valueBytes += bytes(value) + 64;
      }
    }

    @Override
    void saveOwn(DataOutput out) throws IOException {
      out.writeLong(events);
      out.writeLong(numbers);
      out.writeDouble(sum);
      StateFormat.event(out, last);
      out.writeInt(values.size());
      for (Map.Entry<List<String>, Long> value : values.entrySet()) {
        StateFormat.texts(out, value.getKey());
        out.writeLong(value.getValue());
      }
    }

    @Override
    void loadOwn(DataInput in) throws IOException {
      events = in.readLong();
      numbers = in.readLong();
      sum = in.readDouble();
      last = StateFormat.event(in);
      for (int left = in.readInt(); left > 0; left--) {
        add(StateFormat.texts(in), in.readLong());
      }
    }
  }

  ClosingWindows(Correlation correlation, SharedMemory memory) {
    this.correlation = correlation;
    spanMillis = correlation.timespan().toMillis();
    windows = new GroupTable<>(memory);
  }

  @Override
  public void take(Hit hit, Consumer<Found> found) {
    long end = Math.floorDiv(hit.timeMillis(), spanMillis) * spanMillis + spanMillis;
    if (end <= closedUntil) {
      return;
    }
    List<String> key = new ArrayList<>(hit.key());
    key.add(Long.toString(end));
    windows.with(
        List.copyOf(key),
        Window::new,
        window -> {
          window.events++;
          window.last = hit.event();
          window.name(hit);
          if (!Double.isNaN(hit.number())) {
            window.numbers++;
            window.sum += hit.number();
          }
          if (!hit.values().isEmpty()
              && (window.values.size() < VALUES_MAX || window.values.containsKey(hit.values()))) {
            window.add(hit.values(), 1);
          }
        });
  }

  @Override
  public void advance(long timeMillis, Consumer<Found> found) {
    closedUntil = Math.max(closedUntil, timeMillis);
    windows.each(
        window -> {
          if (window.endMillis > timeMillis) {
            return false;
          }
          if (holds(window)) {
            Found one = window.found(window.endMillis, window.events, window.last);
            found.accept(
                new Found(one.timeMillis(), window.group, one.ids(), one.count(), one.event()));
          }
          return true;
        });
  }

  private boolean holds(Window window) {
    return switch (correlation.type()) {
      case EVENT_COUNT -> correlation.holds((double) window.events);
      case VALUE_COUNT -> correlation.holds(window.values.size());
      case VALUE_SUM -> window.numbers > 0 && correlation.holds(window.sum);
      case VALUE_AVG -> window.numbers > 0 && correlation.holds(window.sum / window.numbers);
      case VALUE_PERCENTILE -> isShareOfOne(window);
      case TEMPORAL, TEMPORAL_ORDERED, FIRST_SEEN, ABSENCE -> false;
    };
  }

  /** Whether some value's share of all, in percent, is what the condition wants. */
  private boolean isShareOfOne(Window window) {
    long all = window.values.values().stream().mapToLong(Long::longValue).sum();
    return window.values.values().stream().anyMatch(own -> correlation.holds(100.0 * own / all));
  }

  @Override
  public void save(DataOutput out) throws IOException {
    out.writeLong(closedUntil);
    windows.save(out);
  }

  @Override
  public void load(DataInput in) throws IOException {
    closedUntil = in.readLong();
    windows.load(in, Window::new);
  }

  @Override
  public long bytes() {
    return windows.bytes();
  }

  @Override
  public long forgotten() {
    return windows.forgotten();
  }
}
