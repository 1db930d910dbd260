package dev.counterfoil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.reading.RuleFault;
import dev.counterfoil.rules.reading.RuleReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Correlations against plain walks over all events, and the limits of their memory. */
final class CorrelationTest {
  private static final String RULES =
      """
      title: About A
      name: a
      logsource: {}
      detection: {s: {k: a}, condition: s}
      ---
      title: About B
      name: b
      logsource: {}
      detection: {s: {k: b}, condition: s}
      ---
      title: C
      name: c
      correlation:
      """;

  /** An event of the worlds below. */
  private record One(long time, String kind, String group, String value) {
    RuleEvent event(int number) {
      return new RuleEvent(
          JsonObject.builder().put("k", kind).put("g", group).put("v", value).build(),
          time,
          Integer.toString(number));
    }
  }

  private static RuleEngine engine(String correlation, long bytes) {
    try {
      RuleSet rules = RuleSet.of(RuleReader.read("f.yml", RULES + correlation.indent(2), Map.of()));
      assertThat(rules.faults()).isEmpty();
      return new RuleEngine(
          rules, FieldMap.NONE, new RuleEngine.Limits(bytes, Duration.ofSeconds(30)));
    } catch (RuleFault e) {
      throw new AssertionError(e);
    }
  }

  private static List<RuleMatch> matches(String correlation, List<One> events) {
    RuleEngine engine = engine(correlation, 64 << 20);
    List<RuleMatch> matches = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      engine.take(events.get(i).event(i), matches::add);
    }
    engine.end(matches::add);
    return matches.stream().filter(match -> match.rule().title().equals("C")).toList();
  }

  /** Which groups matched when. */
  private static List<String> found(String correlation, List<One> events) {
    return matches(correlation, events).stream()
        .map(match -> match.timeMillis() + " " + match.group().get("g"))
        .sorted()
        .toList();
  }

  private static List<One> world(Random random) {
    List<One> events = new ArrayList<>();
    long time = 1_000_000;
    for (int i = 0; i < 300; i++) {
      time += random.nextInt(8_000);
      events.add(
          new One(
              time,
              random.nextInt(3) == 0 ? "a" : random.nextInt(3) == 0 ? "b" : "c",
              "g" + random.nextInt(3),
              Integer.toString(random.nextInt(4))));
    }
    return events;
  }

  /** One group's events of kinds, up to a moment, from a span before. */
  private static List<One> window(List<One> all, One last, int at, long span, String kinds) {
    return all.subList(0, at + 1).stream()
        .filter(one -> one.group().equals(last.group()) && kinds.contains(one.kind()))
        .filter(one -> one.time() > last.time() - span)
        .toList();
  }

  @FunctionalInterface
  private interface Holds {
    boolean on(List<One> window);
  }

  /** What must be found of a condition that more events cannot undo. */
  private static List<String> slow(List<One> all, long span, String kinds, Holds holds) {
    List<String> found = new ArrayList<>();
    Map<String, Long> quiet = new HashMap<>();
    for (int i = 0; i < all.size(); i++) {
      One one = all.get(i);
      if (kinds.contains(one.kind())
          && one.time() >= quiet.getOrDefault(one.group(), 0L)
          && holds.on(window(all, one, i, span, kinds))) {
        quiet.put(one.group(), one.time() + span);
        found.add(one.time() + " " + one.group());
      }
    }
    found.sort(null);
    return found;
  }

  @Test
  void countsAreThoseOfAPlainWalk() {
    for (int seed = 0; seed < 40; seed++) {
      List<One> all = world(new Random(seed));
      assertThat(
              found(
                  "{type: event_count, rules: [a], group-by: [g], timespan: 60s, condition: {gte: 4}}",
                  all))
          .as("seed %s", seed)
          .isEqualTo(slow(all, 60_000, "a", window -> window.size() >= 4));
      assertThat(
              found(
                  "{type: value_count, rules: [a, b], group-by: [g], timespan: 60s, condition: {field: v, gt: 2}}",
                  all))
          .as("seed %s", seed)
          .isEqualTo(
              slow(
                  all,
                  60_000,
                  "ab",
                  window -> window.stream().map(One::value).distinct().count() > 2));
      assertThat(
              found(
                  "{type: value_sum, rules: [a], group-by: [g], timespan: 60s, condition: {field: v, gte: 6}}",
                  all))
          .as("seed %s", seed)
          .isEqualTo(
              slow(
                  all,
                  60_000,
                  "a",
                  window -> window.stream().mapToInt(o -> Integer.parseInt(o.value())).sum() >= 6));
    }
  }

  /** All windows of a minute, each by the group's events in it. */
  private static List<String> closed(List<One> all, Holds holds) {
    List<String> found = new ArrayList<>();
    for (String group : List.of("g0", "g1", "g2")) {
      TreeSet<Long> ends = new TreeSet<>();
      all.forEach(one -> ends.add(one.time() / 60_000 * 60_000 + 60_000));
      for (long end : ends) {
        List<One> window =
            all.stream()
                .filter(one -> one.group().equals(group) && one.kind().equals("a"))
                .filter(one -> one.time() >= end - 60_000 && one.time() < end)
                .toList();
        if (!window.isEmpty() && holds.on(window)) {
          found.add(end + " " + group);
        }
      }
    }
    found.sort(null);
    return found;
  }

  @Test
  void windowsThatMustBeOverAreThoseOfAPlainWalk() {
    for (int seed = 0; seed < 40; seed++) {
      List<One> all = world(new Random(seed));
      String begin = "rules: [a], group-by: [g], timespan: 1m, condition: ";
      assertThat(found("{type: event_count, " + begin + "{lt: 3}}", all))
          .isEqualTo(closed(all, window -> window.size() < 3));
      assertThat(found("{type: value_count, " + begin + "{field: v, eq: 2}}", all))
          .isEqualTo(
              closed(all, window -> window.stream().map(One::value).distinct().count() == 2));
      assertThat(found("{type: value_avg, " + begin + "{field: v, gt: 1.5, lte: 2}}", all))
          .isEqualTo(
              closed(
                  all,
                  window -> {
                    double average =
                        window.stream()
                            .mapToInt(one -> Integer.parseInt(one.value()))
                            .average()
                            .orElseThrow();
                    return average > 1.5 && average <= 2;
                  }));
      assertThat(found("{type: value_percentile, " + begin + "{field: v, lte: 20}}", all))
          .isEqualTo(
              closed(
                  all,
                  window ->
                      window.stream()
                          .anyMatch(
                              one ->
                                  100.0
                                          * window.stream()
                                              .filter(w -> w.value().equals(one.value()))
                                              .count()
                                          / window.size()
                                      <= 20)));
    }
  }

  @Test
  void ordersAreThoseOfAPlainWalk() {
    for (int seed = 0; seed < 40; seed++) {
      List<One> all = world(new Random(seed));
      String rest = "rules: [a, b], group-by: [g], timespan: 20s}";
      assertThat(found("{type: temporal, " + rest, all))
          .as("seed %s", seed)
          .isEqualTo(
              slow(
                      all,
                      20_001,
                      "ab",
                      window -> window.stream().map(One::kind).distinct().count() == 2)
                  .stream()
                  .toList());
    }
  }

  @Test
  void anOrderIsKeptAlsoWhenAnEventComesLate() {
    String ordered = "{type: temporal_ordered, rules: [a, b], group-by: [g], timespan: 20s}";
    One a = new One(1_000_000, "a", "g", "");
    One b = new One(1_010_000, "b", "g", "");
    assertThat(matches(ordered, List.of(a, b))).hasSize(1);
    assertThat(matches(ordered, List.of(b, a))).hasSize(1);
    assertThat(matches(ordered, List.of(new One(1_020_000, "a", "g", ""), b))).isEmpty();
    assertThat(matches(ordered, List.of(a, new One(1_010_000, "b", "h", "")))).isEmpty();
    assertThat(matches(ordered, List.of(a, new One(1_021_000, "b", "g", "")))).isEmpty();
  }

  @Test
  void aValueIsNewOnceItIsLearnedWhoHasWhich() {
    String seen =
        "{type: first_seen, rules: [a], group-by: [g], timespan: 1h, condition: {field: v}%s}";
    List<One> events =
        List.of(
            new One(0, "a", "g", "x"),
            new One(1_000, "a", "g", "y"),
            new One(60_000, "a", "g", "z"),
            new One(61_000, "a", "g", "z"),
            new One(10_000_000, "a", "g", "x"));
    assertThat(found(seen.formatted(""), events))
        .containsExactly("1000 g", "10000000 g", "60000 g");
    assertThat(found(seen.formatted(", learn: 30s"), events))
        .containsExactly("10000000 g", "60000 g");
    assertThat(found(seen.formatted(", returning: true"), events)).containsExactly("10000000 g");
  }

  @Test
  void aValueThatPeersHaveIsNotNew() {
    String seen =
        "{type: first_seen, rules: [a], group-by: [g], timespan: 1h, condition: {field: v}, peers: {by: [k], gte: 2}}";
    List<One> events = new ArrayList<>();
    events.add(new One(0, "a", "g", "x"));
    events.add(new One(1, "a", "h", "y"));
    events.add(new One(2, "a", "i", "y"));
    events.add(new One(3, "a", "g", "y"));
    assertThat(found(seen, events)).isEmpty();
    events.remove(2);
    assertThat(found(seen, events)).containsExactly("3 g");
  }

  @Test
  void whatDoesNotComeIsFoundWhenItCanComeNoMore() {
    One a = new One(1_000_000, "a", "g", "");
    One before = new One(999_000, "b", "g", "");
    One after = new One(1_001_000, "b", "g", "");
    One later = new One(1_100_000, "b", "g", "");
    String absent = "{type: absence, rules: [a, b], group-by: [g], timespan: 10s, order: %s}";
    assertThat(found(absent.formatted("after"), List.of(a))).containsExactly("1010000 g");
    assertThat(found(absent.formatted("after"), List.of(a, after))).isEmpty();
    assertThat(found(absent.formatted("after"), List.of(after, a))).isEmpty();
    assertThat(found(absent.formatted("after"), List.of(before, a))).hasSize(1);
    assertThat(found(absent.formatted("after"), List.of(a, later))).hasSize(1);
    assertThat(found(absent.formatted("before"), List.of(before, a))).isEmpty();
    assertThat(found(absent.formatted("before"), List.of(a, before))).isEmpty();
    assertThat(found(absent.formatted("before"), List.of(a, after))).containsExactly("1000000 g");
    assertThat(found(absent.formatted("either"), List.of(a, after))).isEmpty();
    // With one rule alone: its own next one.
    String silence = "{type: absence, rules: [a], group-by: [g], timespan: 10s}";
    assertThat(
            found(
                silence,
                List.of(a, new One(1_005_000, "a", "g", ""), new One(1_009_000, "a", "h", ""))))
        .containsExactly("1015000 g", "1019000 h");
  }

  @Test
  void anEngineThatFollowsIsToldThatTimePasses() {
    RuleEngine engine =
        engine("{type: absence, rules: [a, b], group-by: [g], timespan: 10s}", 1 << 20);
    List<RuleMatch> matches = new ArrayList<>();
    engine.take(new One(1_000_000, "a", "g", "").event(0), matches::add);
    engine.advance(1_009_000, matches::add);
    assertThat(matches).isEmpty();
    engine.advance(1_010_000, matches::add);
    assertThat(matches).hasSize(1);
  }

  @Test
  void memoryHasALimitAndWhatIsForgottenIsCounted() {
    for (String correlation :
        List.of(
            "{type: event_count, rules: [a], group-by: [g], timespan: 1d, condition: {gte: 5}}",
            "{type: value_count, rules: [a], group-by: [g], timespan: 1d, condition: {field: v, lt: 5}}",
            "{type: temporal, rules: [a, b], group-by: [g], timespan: 1d}",
            "{type: first_seen, rules: [a], group-by: [g], timespan: 1d, condition: {field: v}}",
            "{type: absence, rules: [a, b], group-by: [g], timespan: 1d}")) {
      RuleEngine engine = engine(correlation, 256 << 10);
      for (int i = 0; i < 5_000; i++) {
        engine.take(new One(i, "a", "group-" + i, "value").event(i), match -> {});
      }
      assertThat(engine.stateBytes()).as(correlation).isBetween(100L << 10, 256L << 10);
      assertThat(engine.forgotten()).as(correlation).isGreaterThan(3_000);
    }
  }

  private static RuleEngine chain(String chain, long bytes) {
    try {
      RuleSet rules =
          RuleSet.of(
              RuleReader.read(
                  "f.yml", RULES.replace("correlation:\n", "correlation: ") + chain, Map.of()));
      assertThat(rules.faults()).isEmpty();
      return new RuleEngine(
          rules, FieldMap.NONE, new RuleEngine.Limits(bytes, Duration.ofSeconds(30)));
    } catch (RuleFault e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCorrelationTakesFromAnother() {
    RuleEngine engine =
        chain(
            """
            {type: event_count, rules: [a], group-by: [g], timespan: 60s, condition: {gte: 3}}
            ---
            title: D
            correlation: {type: temporal_ordered, rules: [c, b], group-by: [g], timespan: 60s}
            """,
            1 << 20);
    List<String> titles = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      engine.take(
          new One(1_000_000 + i, i == 3 ? "b" : "a", "g", "").event(i),
          match -> titles.add(match.rule().title()));
    }
    // The parts do not match by themselves.
    assertThat(titles).containsExactly("D");
  }

  /** What a walk finds fills another table: the one that is walked must not forget meanwhile. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{type: event_count, rules: [a], group-by: [g], timespan: 60s, condition: {lt: 5}}",
        "{type: absence, rules: [a, b], group-by: [g], timespan: 60s}"
      })
  void whatAWalkFindsFillsTheMemoryAndNothingGetsLost(String inner) {
    int groups = 50;
    String outer =
        """

        ---
        title: D
        correlation: {type: event_count, rules: [c], group-by: [g], timespan: 1h, condition: {gte: 1}}
        """;
    RuleEngine roomy = chain(inner + outer, 1 << 20);
    fill(roomy, groups);
    // As much as the first table takes: what it finds has no room beside it.
    RuleEngine full = chain(inner + outer, roomy.stateBytes());
    fill(full, groups);
    List<String> found = new ArrayList<>();
    full.advance(1_200_000, match -> found.add(match.group().get("g")));
    assertThat(found).doesNotHaveDuplicates().hasSize(groups);
    assertThat(full.stateBytes()).isLessThanOrEqualTo(roomy.stateBytes());
  }

  private static void fill(RuleEngine engine, int groups) {
    for (int i = 0; i < groups; i++) {
      engine.take(new One(1_000_000, "a", "group-" + i, "").event(i), match -> {});
    }
  }
}
