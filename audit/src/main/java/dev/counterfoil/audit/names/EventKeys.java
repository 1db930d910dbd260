package dev.counterfoil.audit.names;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keys of events that were derived last, by a number from their people: most come again soon. Safe
 * for concurrent use.
 */
final class EventKeys {
  /** Some kilobytes each; an even number. */
  private static final int PLACES = 8192;

  private final AtomicReferenceArray<@Nullable Derived> derived =
      new AtomicReferenceArray<>(PLACES);

  private record Derived(List<KeyedName> people, EventKey key) {}

  /**
   * The key of events of some people.
   *
   * @param deriving makes it
   * @param isForgotten whether somebody is forgotten: known before {@link #clear} is called
   */
  EventKey of(
      List<KeyedName> people,
      Function<List<KeyedName>, EventKey> deriving,
      Predicate<KeyedName> isForgotten) {
    int place = Math.floorMod(people.hashCode(), PLACES);
    // Two who share a place have another one beside it.
    int beside = place ^ 1;
    Derived known = at(place, people);
    known = known != null ? known : at(beside, people);
    if (known == null) {
      known = new Derived(List.copyOf(people), deriving.apply(people));
      derived.set(beside, derived.get(place));
      derived.set(place, known);
      leaveOut(place, isForgotten);
      leaveOut(beside, isForgotten);
    }
    return known.key();
  }

  private @Nullable Derived at(int place, List<KeyedName> people) {
    Derived known = derived.get(place);
    // Who they are decides, not what is equal: a person is one object.
    return known != null && known.people().equals(people) ? known : null;
  }

  /** Somebody may have been forgotten meanwhile, and be here again after the clearing. */
  private void leaveOut(int place, Predicate<KeyedName> isForgotten) {
    Derived kept = derived.get(place);
    if (kept != null && kept.people().stream().anyMatch(isForgotten)) {
      derived.compareAndSet(place, kept, null);
    }
  }

  /** Forgets all. */
  void clear() {
    for (int place = 0; place < PLACES; place++) {
      derived.set(place, null);
    }
  }
}
