package dev.counterfoil.benchmarks.detection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetectionTest {
  private static final int PEOPLE = 1_000;
  private static final long STATE_BYTES = 32 << 20;

  @TempDir private Path folder;

  @Test
  void theShippedRulesFindEachShapeAndCryWolfLessThanTheBudgetAllows() throws Exception {
    PeopleWorld world = new PeopleWorld(PEOPLE, 3, 4, 7);
    RuleSet rules = RuleSet.of(RuleFiles.shipped().documents());
    EventTrial trial = new EventTrial(world, rules, STATE_BYTES, 0, 7);
    Score score = trial.run(Optional.of(folder.resolve("world")));
    for (Shape shape : Shape.values()) {
      if (!shape.isOfTokens()) {
        assertThat(score.recall(shape)).as(shape.text()).isGreaterThanOrEqualTo(0.95);
      }
    }
    assertThat(score.falseAlerts()).isLessThanOrEqualTo(3);
    assertThat(trial.watch().forgotten()).isZero();
    // What rules see has no label in it.
    List<String> events = Files.readAllLines(folder.resolve("world/events.jsonl"));
    assertThat(events).hasSizeGreaterThan(PEOPLE * 11);
    assertThat(events).noneMatch(line -> line.contains("attack"));
    assertThat(Files.readAllLines(folder.resolve("world/labels.jsonl")))
        .hasSizeBetween(6 * 4, events.size() / 10);
  }

  /** Without its rules nothing is found: the score is no constant. */
  @Test
  void noRulesFindNothing() throws Exception {
    PeopleWorld world = new PeopleWorld(500, 3, 1, 7);
    EventTrial trial = new EventTrial(world, RuleSet.of(List.of()), STATE_BYTES, 0, 7);
    assertThat(trial.run(Optional.empty()).recall(Shape.INSIDER)).isZero();
  }

  @Test
  void matchingFindsEachForgedTokenAndNothingElse() throws Exception {
    try (TokenTrial trial = new TokenTrial(folder, 1_000, 20, 0, 7)) {
      trial.run();
      assertThat(trial.recall(Shape.OLD_KEY)).isEqualTo(1);
      assertThat(trial.recall(Shape.CONSUMER_KEY)).isEqualTo(1);
      assertThat(trial.falseAlarms()).isZero();
    }
  }
}
