package dev.counterfoil.disclosure.promises;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of a promise up to a time. A pure function of the promise and of what is public.
 *
 * @param id the promise's
 * @param state whether it was kept since it was given
 * @param broken when it was not, in order
 * @param inputs the SHA-256 of what was looked at, in hexadecimal
 */
public record PromiseVerdict(String id, State state, List<Broken> broken, String inputs) {
  /** Unknown where there is nothing public to measure. */
  public enum State {
    KEPT,
    BROKEN,
    UNKNOWN;

    /** As it stands in files. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A time in which it was not kept, in seconds since 1970.
   *
   * @param what the key, log or case
   * @param from when it should have been
   * @param until when it was, or the end of what is known
   */
  public record Broken(String what, long from, long until) {}

  public PromiseVerdict {
    broken = List.copyOf(broken);
  }

  /** Evaluates a promise. */
  public static PromiseVerdict of(Promise promise, PublicHistory history) {
    long bound = promise.bound().toSeconds();
    long since = promise.since().getEpochSecond();
    List<Broken> all =
        switch (promise.measure()) {
          case ROTATION_ON_TIME ->
              pace(starts(history), ends(history), since, bound, history.asOf());
          case KEYS_BELOW_CEILING -> tooOld(history, bound);
          case NEXT_KEY_AHEAD -> late(history, bound);
          case CHECKPOINT_PACE ->
              pace(times(history.checkpoints()), Map.of(), since, bound, history.asOf());
          case WITNESS_QUORUM ->
              pace(times(history.cosigned()), Map.of(), since, bound, history.asOf());
          case REVOCATION_EFFECTIVE -> waiting(history.revocations(), bound, history.asOf());
          case FORGERY_FOUND -> waiting(history.forgeries(), bound, history.asOf());
          case CORRECTION_IN_TIME -> waiting(history.corrections(), bound, history.asOf());
        };
    List<Broken> broken =
        all.stream()
            .filter(one -> one.from() >= since)
            .sorted(Comparator.comparingLong(Broken::from).thenComparing(Broken::what))
            .toList();
    boolean isKnown = !history.rows(promise.measure()).isEmpty();
    State state = !broken.isEmpty() ? State.BROKEN : isKnown ? State.KEPT : State.UNKNOWN;
    return new PromiseVerdict(promise.id(), state, broken, history.inputsHash(promise));
  }

  private static Map<String, List<Long>> starts(PublicHistory history) {
    Map<String, List<Long>> starts = new TreeMap<>();
    history.keys().stream()
        .filter(key -> key.from() <= history.asOf())
        .forEach(key -> starts.computeIfAbsent(key.line(), l -> new ArrayList<>()).add(key.from()));
    return starts;
  }

  /** Where a signer was replaced, its line has no next key: it ended with its log. */
  private static Map<String, Long> ends(PublicHistory history) {
    Map<String, Long> ends = new HashMap<>();
    history.keys().stream()
        .filter(key -> key.ended() > 0)
        .forEach(key -> ends.merge(key.line(), key.ended(), Math::min));
    return ends;
  }

  private static Map<String, List<Long>> times(List<PublicHistory.Seen> seen) {
    Map<String, List<Long>> times = new TreeMap<>();
    seen.forEach(one -> times.computeIfAbsent(one.log(), l -> new ArrayList<>()).add(one.at()));
    return times;
  }

  /** Times that lie further apart than the bound; what lies before the promise does not count. */
  private static List<Broken> pace(
      Map<String, List<Long>> times, Map<String, Long> ends, long since, long bound, long asOf) {
    List<Broken> broken = new ArrayList<>();
    times.forEach(
        (what, unsorted) -> {
          List<Long> sorted = unsorted.stream().sorted().toList();
          for (int i = 0; i < sorted.size(); i++) {
            long begun = Math.max(sorted.get(i), since);
            long next = i + 1 < sorted.size() ? sorted.get(i + 1) : ends.getOrDefault(what, asOf);
            if (next - begun > bound) {
              broken.add(new Broken(what, begun + bound, next));
            }
          }
        });
    return broken;
  }

  private static List<Broken> tooOld(PublicHistory history, long bound) {
    List<Broken> broken = new ArrayList<>();
    for (PublicHistory.KeyLife key : history.keys()) {
      long until = Math.min(key.until(), history.asOf());
      if (until - key.from() > bound) {
        broken.add(new Broken(key.kid(), key.from() + bound, until));
      }
    }
    return broken;
  }

  /** The first key of a line could not be announced to anybody. */
  private static List<Broken> late(PublicHistory history, long bound) {
    Map<String, Long> first = new HashMap<>();
    history.keys().forEach(key -> first.merge(key.line(), key.from(), Math::min));
    List<Broken> broken = new ArrayList<>();
    for (PublicHistory.KeyLife key : history.keys()) {
      boolean isFirst = first.getOrDefault(key.line(), key.from()) == key.from();
      if (!isFirst && key.from() <= history.asOf() && key.from() - key.stated() < bound) {
        broken.add(new Broken(key.kid(), key.from(), key.stated() + bound));
      }
    }
    return broken;
  }

  private static List<Broken> waiting(List<PublicHistory.Answered> cases, long bound, long asOf) {
    List<Broken> broken = new ArrayList<>();
    for (PublicHistory.Answered one : cases) {
      long until = one.answered() == 0 ? asOf : one.answered();
      if (until - one.at() > bound) {
        broken.add(new Broken(one.id(), one.at() + bound, until));
      }
    }
    return broken;
  }

  /** As it is published. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("id", id)
        .put("state", state.text())
        .put("inputs", inputs)
        .put(
            "broken",
            broken.stream()
                .map(
                    one ->
                        JsonObject.builder()
                            .put("what", one.what())
                            .put("from", one.from())
                            .put("until", one.until())
                            .build())
                .toList())
        .build();
  }
}
