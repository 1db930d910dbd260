package dev.counterfoil.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.reading.RuleFault;
import dev.counterfoil.rules.reading.RuleReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine that goes on from another one's state finds what that one would have found. */
final class EngineStateTest {
  private static RuleEngine engine(String ofB, String correlation) {
    try {
      String parts =
          """
          title: About A
          name: a
          logsource: {}
          detection: {s: {k: a}, condition: s}
          ---
          title: About B
          name: b
          logsource: {}
          detection: {s: {k: %s}, condition: s}
          ---
          title: C
          name: c
          correlation: %s
          ---
          title: D
          correlation: {type: event_count, rules: [c], group-by: [g], timespan: 1h, condition: {gte: 3}, generate: true}
          """
              .formatted(ofB, correlation);
      RuleSet rules = RuleSet.of(RuleReader.read("f.yml", parts, Map.of()));
      assertThat(rules.faults()).isEmpty();
      return new RuleEngine(
          rules, FieldMap.NONE, new RuleEngine.Limits(1 << 20, Duration.ofSeconds(30)));
    } catch (RuleFault e) {
      throw new AssertionError(e);
    }
  }

  private static List<RuleEvent> world() {
    Random random = new Random(7);
    List<RuleEvent> events = new ArrayList<>();
    long time = 1_000_000;
    for (int i = 0; i < 600; i++) {
      time += random.nextInt(8_000);
      events.add(
          new RuleEvent(
              JsonObject.builder()
                  .put("k", List.of("a", "b", "c").get(random.nextInt(3)))
                  .put("g", "g" + random.nextInt(3))
                  .put("v", Integer.toString(random.nextInt(4 + i / 50)))
                  .build(),
              time,
              Integer.toString(i)));
    }
    return events;
  }

  private static List<String> take(RuleEngine engine, List<RuleEvent> events) {
    List<String> found = new ArrayList<>();
    events.forEach(
        event ->
            engine.take(
                event,
                one ->
                    found.add(
                        one.rule().title()
                            + one.timeMillis()
                            + one.group()
                            + one.ids()
                            + one.count()
                            + one.event().canonical())));
    return found;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{type: event_count, rules: [a], group-by: [g], timespan: 60s, condition: {gte: 4}}",
        "{type: event_count, rules: [a], group-by: [g], timespan: 60s, condition: {lt: 3}}",
        "{type: value_count, rules: [a], group-by: [g], timespan: 60s,"
            + " condition: {field: v, gte: 3}}",
        "{type: value_sum, rules: [a], group-by: [g], timespan: 60s,"
            + " condition: {field: v, gte: 9}}",
        "{type: value_avg, rules: [a], group-by: [g], timespan: 60s,"
            + " condition: {field: v, gte: 2}}",
        "{type: value_percentile, rules: [a], group-by: [g], timespan: 60s,"
            + " condition: {field: v, gte: 60}}",
        "{type: temporal, rules: [a, b], group-by: [g], timespan: 20s}",
        "{type: temporal_ordered, rules: [a, b], group-by: [g], timespan: 20s}",
        "{type: first_seen, rules: [a], group-by: [g], timespan: 600s," + " condition: {field: v}}",
        "{type: absence, rules: [a, b], group-by: [g], timespan: 20s}"
      })
  void whatFollowsIsFoundAsWithoutARestart(String correlation) throws IOException {
    List<RuleEvent> world = world();
    RuleEngine whole = engine("b", correlation);
    List<RuleEvent> before = world.subList(0, 301);
    List<RuleEvent> after = world.subList(301, world.size());
    take(whole, before);
    RuleEngine later = engine("b", correlation);
    later.restore(whole.state());
    assertThat(later.stateBytes()).isPositive();
    List<String> expected = take(whole, after);
    assertThat(take(later, after)).isEqualTo(expected);
    assertThat(expected.stream().filter(one -> one.startsWith("C")).count())
        .as("the control")
        .isGreaterThan(1);
  }

  @Test
  void aRuleThatChangedBeginsAnewAndWhatFollowsItIsRead() throws IOException {
    String ordered = "{type: temporal, rules: [a, b], group-by: [g], timespan: 20s}";
    RuleEngine one = engine("b", ordered);
    take(one, world().subList(0, 301));
    RuleEngine same = engine("b", ordered);
    same.restore(one.state());
    assertThat(same.stateBytes()).isPositive();
    RuleEngine other = engine("other", ordered);
    other.restore(one.state());
    assertThat(other.stateBytes()).isZero();
  }

  @Test
  void whatIsNoStateIsRefused() throws IOException {
    String sums =
        "{type: event_count, rules: [a], group-by: [g], timespan: 60s, condition: {gte: 4}}";
    RuleEngine one = engine("b", sums);
    take(one, world().subList(0, 301));
    byte[] state = one.state();
    for (int length = 0; length < state.length; length += 7) {
      byte[] cut = Arrays.copyOf(state, length);
      assertThatThrownBy(() -> engine("b", sums).restore(cut)).isInstanceOf(IOException.class);
    }
    engine("b", sums).restore(state);
  }
}
