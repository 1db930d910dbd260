package dev.counterfoil.rules.correlating;

import dev.counterfoil.rules.model.Correlation;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Counts what no further event can undo, in the window that ends with the newest event of a group:
 * it is found with the event that makes it hold.
 */
final class SlidingWindows implements Correlator {
  /** Most numbers that are kept apart for a sum; older ones are put together. */
  private static final int NUMBERS_MAX = 10_000;

  private static final int ENTRY_BYTES = 120;

  private final Correlation correlation;
  private final long spanMillis;

  /** So many entries decide: more need not be kept. */
  private final int entriesMax;

  private final GroupTable<Window> groups;
  private long number;

  /** An event, or a value, in a window. */
  private record Entry(long timeMillis, long number, List<String> value, double amount) {}

  private static final class Window extends Group {
    private final TreeSet<Entry> entries =
        new TreeSet<>(Comparator.comparingLong(Entry::timeMillis).thenComparingLong(Entry::number));
    private final Map<List<String>, Entry> byValue = new HashMap<>();
    private double sum;
    private int valueBytes;

    Window(List<String> key) {
      super(key);
    }

    void add(Entry entry) {
      entries.add(entry);
      sum += entry.amount();
      if (!entry.value().isEmpty()) {
        byValue.put(entry.value(), entry);
        valueBytes += bytes(entry.value());
      }
    }

    void remove(Entry entry) {
      entries.remove(entry);
      sum -= entry.amount();
      if (!entry.value().isEmpty()) {
        byValue.remove(entry.value());
        valueBytes -= bytes(entry.value());
      }
    }

    @Override
    int ownBytes() {
      return ENTRY_BYTES * entries.size() + valueBytes;
    }

    @Override
    void saveOwn(DataOutput out) throws IOException {
      out.writeInt(entries.size());
      for (Entry entry : entries) {
        out.writeLong(entry.timeMillis());
        out.writeLong(entry.number());
        StateFormat.texts(out, entry.value());
        out.writeDouble(entry.amount());
      }
    }

    @Override
    void loadOwn(DataInput in) throws IOException {
      for (int left = in.readInt(); left > 0; left--) {
        add(new Entry(in.readLong(), in.readLong(), StateFormat.texts(in), in.readDouble()));
      }
    }
  }

  SlidingWindows(Correlation correlation, SharedMemory memory) {
    this.correlation = correlation;
    spanMillis = correlation.timespan().toMillis();
    groups = new GroupTable<>(memory);
    entriesMax =
        correlation.type() == Correlation.Type.VALUE_SUM
            ? NUMBERS_MAX
            : 1
                + (int)
                    correlation.bounds().stream()
                        .mapToDouble(Correlation.Bound::limit)
                        .max()
                        .orElse(0);
  }

  @Override
  public void take(Hit hit, Consumer<Found> found) {
    boolean isSum = correlation.type() == Correlation.Type.VALUE_SUM;
    boolean isDistinct = correlation.type() == Correlation.Type.VALUE_COUNT;
    if ((isSum && Double.isNaN(hit.number())) || (isDistinct && hit.values().isEmpty())) {
      return;
    }
    groups.with(
        hit.key(),
        Window::new,
        window -> {
          put(
              window,
              new Entry(
                  hit.timeMillis(),
                  number++,
                  isDistinct ? hit.values() : List.of(),
                  isSum ? hit.number() : 0));
          window.name(hit);
          long newest = window.entries.last().timeMillis();
          double value = isSum ? window.sum : window.entries.size();
          if (correlation.holds(value) && !window.isQuiet(newest)) {
            window.beQuiet(newest + spanMillis);
            found.accept(window.found(newest, window.entries.size(), hit.event()));
          }
        });
  }

  private void put(Window window, Entry entry) {
    Entry same = window.byValue.get(entry.value());
    if (same != null && same.timeMillis() > entry.timeMillis()) {
      return;
    }
    if (same != null) {
      window.remove(same);
    }
    window.add(entry);
    long from = window.entries.last().timeMillis() - spanMillis;
    while (window.entries.first().timeMillis() <= from) {
      window.remove(window.entries.first());
    }
    while (window.entries.size() > entriesMax) {
      Entry oldest = window.entries.first();
      window.remove(oldest);
      if (correlation.type() == Correlation.Type.VALUE_SUM) {
        Entry next = window.entries.first();
        window.remove(next);
        window.add(
            new Entry(
                next.timeMillis(), next.number(), List.of(), next.amount() + oldest.amount()));
      }
    }
  }

  @Override
  public void advance(long timeMillis, Consumer<Found> found) {
    groups.each(
        window ->
            window.entries.last().timeMillis() + spanMillis <= timeMillis
                && !window.isQuiet(timeMillis));
  }

  @Override
  public void save(DataOutput out) throws IOException {
    out.writeLong(number);
    groups.save(out);
  }

  @Override
  public void load(DataInput in) throws IOException {
    number = in.readLong();
    groups.load(in, Window::new);
  }

  @Override
  public long bytes() {
    return groups.bytes();
  }

  @Override
  public long forgotten() {
    return groups.forgotten();
  }
}
