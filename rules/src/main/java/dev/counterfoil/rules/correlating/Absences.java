package dev.counterfoil.rules.correlating;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.Correlation;
import dev.counterfoil.rules.model.Correlation.Order;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Events whose partner did not come. It is judged when no event of the time can come any more in
 * which the partner would have had to be.
 */
final class Absences implements Correlator {
  /** Most events of a group that wait, and most partners that are remembered. */
  private static final int EVENTS_MAX = 1_024;

  private final long spanMillis;
  private final long latenessMillis;
  private final Order order;

  /** Whether an event's partner is the next of its own kind. */
  private final boolean isItsOwn;

  private final GroupTable<Waiting> groups;
  private long dropped;

  private record Awaiting(long millis, List<String> ids, JsonObject event, int bytes) {}

  private static final class Waiting extends Group {
    private final List<Awaiting> events = new ArrayList<>();
    private final TreeSet<Long> partners = new TreeSet<>();
    private int eventBytes;

    Waiting(List<String> key) {
      super(key);
    }

    @Override
    int ownBytes() {
      return eventBytes + 64 * partners.size();
    }

    void add(long millis, List<String> ids, JsonObject event) {
      Awaiting one = new Awaiting(millis, ids, event, 64 + bytes(event));
      events.add(one);
      eventBytes += one.bytes();
    }

    @Override
    void saveOwn(DataOutput out) throws IOException {
      out.writeInt(events.size());
      for (Awaiting one : events) {
        out.writeLong(one.millis());
        StateFormat.texts(out, one.ids());
        StateFormat.event(out, one.event());
      }
      out.writeInt(partners.size());
      for (long partner : partners) {
        out.writeLong(partner);
      }
    }

    @Override
    void loadOwn(DataInput in) throws IOException {
      for (int left = in.readInt(); left > 0; left--) {
        add(in.readLong(), StateFormat.texts(in), StateFormat.event(in));
      }
      for (int left = in.readInt(); left > 0; left--) {
        partners.add(in.readLong());
      }
    }
  }

  Absences(Correlation correlation, SharedMemory memory, long latenessMillis) {
    spanMillis = correlation.timespan().toMillis();
    this.latenessMillis = latenessMillis;
    order = correlation.order();
    isItsOwn = correlation.rules().size() == 1;
    groups = new GroupTable<>(memory);
  }

  @Override
  public void take(Hit hit, Consumer<Found> found) {
    groups.with(
        hit.key(),
        Waiting::new,
        group -> {
          if (isItsOwn || hit.rule() == 1) {
            group.partners.add(hit.timeMillis());
            if (group.partners.size() > EVENTS_MAX) {
              group.partners.removeFirst();
            }
          }
          if (hit.rule() == 0 && !hasPartner(group, hit.timeMillis())) {
            if (group.events.size() == EVENTS_MAX) {
              dropped++;
              group.eventBytes -= group.events.removeFirst().bytes();
            }
            group.add(hit.timeMillis(), hit.ids(), hit.event());
          }
        });
  }

  /** Whether a partner stands where it may; of its own kind, not at the same moment. */
  private boolean hasPartner(Waiting group, long millis) {
    @Nullable Long before = isItsOwn ? group.partners.lower(millis) : group.partners.floor(millis);
    @Nullable Long after =
        isItsOwn ? group.partners.higher(millis) : group.partners.ceiling(millis);
    return (order != Order.AFTER && before != null && before >= millis - spanMillis)
        || (order != Order.BEFORE && after != null && after <= millis + spanMillis);
  }

  @Override
  public void advance(long timeMillis, Consumer<Found> found) {
    groups.each(
        group -> {
          Iterator<Awaiting> events = group.events.iterator();
          while (events.hasNext()) {
            Awaiting event = events.next();
            long decided = order == Order.BEFORE ? event.millis() : event.millis() + spanMillis;
            boolean hasPartner = hasPartner(group, event.millis());
            if (!hasPartner && decided > timeMillis) {
              continue;
            }
            if (!hasPartner) {
              found.accept(new Found(decided, group.key(), event.ids(), 1, event.event()));
            }
            events.remove();
            group.eventBytes -= event.bytes();
          }
          // Of most groups nothing is over yet: a view of the set would cost each of them garbage.
          long tooOld = timeMillis - spanMillis - latenessMillis;
          while (!group.partners.isEmpty() && group.partners.first() < tooOld) {
            group.partners.removeFirst();
          }
          return group.events.isEmpty() && group.partners.isEmpty();
        });
  }

  @Override
  public void save(DataOutput out) throws IOException {
    groups.save(out);
  }

  @Override
  public void load(DataInput in) throws IOException {
    groups.load(in, Waiting::new);
  }

  @Override
  public long bytes() {
    return groups.bytes();
  }

  @Override
  public long forgotten() {
    return groups.forgotten() + dropped;
  }
}
