package dev.counterfoil.rules.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How events of several rules, or several events of one, belong together.
 *
 * @param type what is looked for
 * @param rules ids or names of the rules whose matches are taken, in their order
 * @param groupBy fields or aliases whose values the events of a group share; empty is one group
 * @param timespan how long a window is; of {@code first_seen} how long a value is remembered
 * @param bounds what the count, sum, share or average must fulfil, all of them
 * @param fields whose values are counted, summed or remembered
 * @param aliases alias to rule to field
 * @param learn of {@code first_seen}: how long a group is known before a value of it is new
 * @param returning of {@code first_seen}: only a value that was seen before, longer ago than the
 *     timespan
 * @param peers of {@code first_seen}: other groups for which the value may be usual
 * @param order of {@code absence}: where the partner is looked for
 */
public record Correlation(
    Type type,
    List<String> rules,
    List<String> groupBy,
    Duration timespan,
    List<Bound> bounds,
    List<String> fields,
    Map<String, Map<String, String>> aliases,
    Duration learn,
    boolean returning,
    Peers peers,
    Order order) {
  public Correlation {
    rules = List.copyOf(rules);
    groupBy = List.copyOf(groupBy);
    bounds = List.copyOf(bounds);
    fields = List.copyOf(fields);
    aliases = Map.copyOf(aliases);
  }

  /** What is looked for; the last two are this project's. */
  public enum Type {
    EVENT_COUNT,
    VALUE_COUNT,
    TEMPORAL,
    TEMPORAL_ORDERED,
    VALUE_SUM,
    VALUE_AVG,
    VALUE_PERCENTILE,
    FIRST_SEEN,
    ABSENCE
  }

  /** A limit of a condition. */
  public record Bound(ValueTest.Comparison comparison, double limit) {}

  /**
   * Groups that are alike.
   *
   * @param by fields whose values like groups share; empty where no peers are asked
   * @param atLeast so many other groups must have the value for it to be usual
   */
  public record Peers(List<String> by, int atLeast) {
    /** None are asked. */
    public static final Peers NONE = new Peers(List.of(), 1);

    public Peers {
      by = List.copyOf(by);
    }
  }

  /** Where the partner of an event may stand. */
  public enum Order {
    BEFORE,
    AFTER,
    EITHER
  }

  /** Whether a value fulfils all bounds. */
  public boolean holds(double value) {
    for (Bound bound : bounds) {
      if (!bound.comparison().holds(value, bound.limit())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether further events cannot undo what holds: then it is found at once, and else when its
   * window is over.
   */
  public boolean isImmediate() {
    return switch (type) {
      case EVENT_COUNT, VALUE_COUNT, VALUE_SUM ->
          bounds.stream().allMatch(bound -> bound.comparison().isLowerBound());
      case TEMPORAL, TEMPORAL_ORDERED, FIRST_SEEN -> true;
      case VALUE_AVG, VALUE_PERCENTILE, ABSENCE -> false;
    };
  }
}
