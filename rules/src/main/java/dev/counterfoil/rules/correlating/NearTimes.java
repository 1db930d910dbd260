package dev.counterfoil.rules.correlating;

import dev.counterfoil.rules.model.Correlation;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Events of several rules within one timespan, in any order or in that of the rules. */
final class NearTimes implements Correlator {
  /** Most events of a group; of those of one rule that follow each other, the first and last. */
  private static final int EVENTS_MAX = 1_024;

  private static final long NEVER = Long.MIN_VALUE / 2;

  private final Correlation correlation;
  private final long spanMillis;
  private final int wanted;
  private final GroupTable<Moments> groups;

  private record Moment(long millis, int rule) {}

  private static final class Moments extends Group {
    private final List<Moment> times = new ArrayList<>();

    Moments(List<String> key) {
      super(key);
    }

    @Override
    int ownBytes() {
      return 40 * times.size();
    }

    @Override
    void saveOwn(DataOutput out) throws IOException {
      out.writeInt(times.size());
      for (Moment time : times) {
        out.writeLong(time.millis());
        out.writeInt(time.rule());
      }
    }

    @Override
    void loadOwn(DataInput in) throws IOException {
      for (int left = in.readInt(); left > 0; left--) {
        times.add(new Moment(in.readLong(), in.readInt()));
      }
    }
  }

  NearTimes(Correlation correlation, SharedMemory memory) {
    this.correlation = correlation;
    spanMillis = correlation.timespan().toMillis();
    wanted = (int) correlation.bounds().getFirst().limit();
    groups = new GroupTable<>(memory);
  }

  @Override
  public void take(Hit hit, Consumer<Found> found) {
    groups.with(
        hit.key(),
        Moments::new,
        group -> {
          add(group.times, new Moment(hit.timeMillis(), hit.rule()));
          group.name(hit);
          long newest = group.times.getLast().millis();
          group.times.removeIf(time -> time.millis() < newest - spanMillis);
          if (!group.isQuiet(newest) && holds(group.times)) {
            group.beQuiet(newest + spanMillis);
            found.accept(group.found(newest, group.times.size(), hit.event()));
          }
        });
  }

  private static void add(List<Moment> times, Moment time) {
    int at = times.size();
    while (at > 0 && times.get(at - 1).millis() > time.millis()) {
      at--;
    }
    if (at == times.size()
        && at > 1
        && times.get(at - 1).rule() == time.rule()
        && times.get(at - 2).rule() == time.rule()) {
      times.set(at - 1, time);
      return;
    }
    times.add(at, time);
    if (times.size() > EVENTS_MAX) {
      times.removeFirst();
    }
  }

  private boolean holds(List<Moment> times) {
    return correlation.type() == Correlation.Type.TEMPORAL ? isNear(times) : isInOrder(times);
  }

  /** Whether so many rules have events in a window. All that are here are in one. */
  private boolean isNear(List<Moment> times) {
    return times.stream().mapToInt(Moment::rule).distinct().count() >= wanted;
  }

  /** The latest begin of a row that ends with each rule; it holds if one is as long as wanted. */
  private boolean isInOrder(List<Moment> times) {
    // begins[n]: a row of n + 1 rules in their order, whichever of them.
    int rules = correlation.rules().size();
    long[][] begins = new long[rules][rules];
    for (long[] row : begins) {
      Arrays.fill(row, NEVER);
    }
    for (Moment time : times) {
      int rule = time.rule();
      begins[rule][0] = time.millis();
      for (int before = 0; before < rule; before++) {
        for (int length = 1; length < rules; length++) {
          begins[rule][length] = Math.max(begins[rule][length], begins[before][length - 1]);
        }
      }
      if (begins[rule][wanted - 1] > NEVER) {
        return true;
      }
    }
    return false;
  }

  /** Whether what is to come can complete it: where each rule must come in its order, the first. */
  private boolean mayHold(Moments group) {
    return correlation.type() == Correlation.Type.TEMPORAL
        || wanted < correlation.rules().size()
        || group.times.stream().anyMatch(time -> time.rule() == 0);
  }

  @Override
  public void advance(long timeMillis, Consumer<Found> found) {
    groups.each(
        group -> {
          long newest = group.times.getLast().millis();
          return (newest + spanMillis < timeMillis || (newest < timeMillis && !mayHold(group)))
              && !group.isQuiet(timeMillis);
        });
  }

  @Override
  public void save(DataOutput out) throws IOException {
    groups.save(out);
  }

  @Override
  public void load(DataInput in) throws IOException {
    groups.load(in, Moments::new);
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
