package dev.counterfoil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.matching.RuleIndex;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.RuleDocument.Detection;
import dev.counterfoil.rules.model.SourceKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rules that others wrote. */
final class PublicRulesTest {
  private static final int EVENTS = 300;

  private static RuleFiles files;
  private static RuleSet rules;

  @BeforeAll
  static void load() throws IOException {
    files = RuleFiles.read(List.of(PublicRules.folder().resolve("rules")), FieldMap.NONE);
    rules = RuleSet.of(files.documents());
  }

  @Test
  void allLoad() {
    // None is refused. Should one be, its kind and reason are to stand here.
    assertThat(files.faults()).isEmpty();
    assertThat(rules.faults()).isEmpty();
    assertThat(rules.detections()).hasSize(files.files()).hasSizeGreaterThan(3_000);
    assertThat(rules.detections()).allSatisfy(one -> assertThat(one.head().author()).isNotEmpty());
  }

  /** Each event comes near to one rule, and all rules for its kind of log are asked about it. */
  @Test
  void theIndexSaysOfEveryEventWhatTheSlowEvaluatorSays() {
    List<Detection> all = rules.detections();
    RuleIndex index =
        new RuleIndex(
            all.stream().map(one -> new RuleIndex.Entry(one.source(), one.criterion())).toList(),
            FieldMap.NONE);
    long seed = Long.getLong("test.seed", 3);
    Random random = new Random(seed);
    EventMaker maker = new EventMaker(random);
    long matched = 0;
    for (int i = 0; i < EVENTS; i++) {
      Detection about = all.get(random.nextInt(all.size()));
      JsonObject event = maker.event(about.criterion());
      SourceKind kind = about.source();
      List<Integer> found = new ArrayList<>();
      index.matches(kind, event, found::add);
      List<Integer> slow =
          IntStream.range(0, all.size())
              .filter(one -> all.get(one).source().covers(kind))
              .filter(one -> SlowRules.matches(all.get(one).criterion(), event))
              .boxed()
              .toList();
      assertThat(found).as("seed %s, event %s: %s of %s", seed, i, event, kind).isEqualTo(slow);
      matched += slow.size();
    }
    // Otherwise two that say no to everything would agree.
    assertThat(matched).isGreaterThan(EVENTS / 3);
  }
}
