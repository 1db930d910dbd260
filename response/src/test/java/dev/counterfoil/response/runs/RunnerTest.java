package dev.counterfoil.response.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.response.playbooks.Action;
import dev.counterfoil.response.playbooks.Decision;
import dev.counterfoil.response.runs.Run.State;
import dev.counterfoil.response.runs.Run.StepState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that end, fail half-way, or are broken off between any two writes. */
class RunnerTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final Decision.Plan.Act PLAN =
      new Decision.Plan.Act(
          List.of(
              new Decision.Step(Action.END_SESSIONS, "alice"),
              new Decision.Step(Action.DISABLE_CLIENT, "app"),
              new Decision.Step(Action.TAINT_KEY, "k1")),
          0);

  /** The process is killed here. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before each test
  private RunStore store;

  private final List<String> done = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final List<Run.State> states = new ArrayList<>();
  private int refuseAt;
  private int unknownTimes;

  /** What the clock shows that patience is measured by. */
  private Duration now = Duration.ZERO;

  @BeforeEach
  void open() throws Exception {
    store = RunStore.open(folder, () -> NOW);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Runner runner(Steps steps) {
    return new Runner(
        store,
        steps,
        (run, step, failure) -> told.add(step.number() + (failure == null ? "" : " " + failure)),
        run -> states.add(run.state()),
        () -> now.toNanos());
  }

  private Steps.Done carryOut(Run run, Run.Step step, boolean isDry)
      throws IOException, Steps.RefusedException {
    if (!isDry && unknownTimes-- > 0) {
      throw new IOException("no answer");
    }
    if (step.number() == refuseAt) {
      throw new Steps.RefusedException("there is no such client");
    }
    if (!isDry) {
      // Told before it is done.
      assertThat(told).contains(Integer.toString(step.number()));
      done.add(step.target());
    }
    return new Steps.Done(3, "grants", "");
  }

  private long begin() {
    return store.begin("p", 7, "A finding.", PLAN, Optional.of("alice")).orElseThrow();
  }

  @Test
  void eachStepIsTriedToldAndDone() throws Exception {
    long run = begin();
    assertThat(store.begin("p", 7, "A finding.", PLAN, Optional.empty())).isEmpty();
    runner(this::carryOut).step();
    Run ended = store.find(run).orElseThrow();
    assertThat(ended.state()).isEqualTo(State.DONE);
    assertThat(done).containsExactly("alice", "app", "k1");
    assertThat(told).containsExactly("1", "2", "3");
    assertThat(ended.steps())
        .allSatisfy(
            step -> {
              assertThat(step.state()).isEqualTo(StepState.DONE);
              assertThat(step.reach()).contains(3L);
              assertThat(step.tookMillis()).isPresent();
            });
    assertThat(store.past()).hasSize(3);
  }

  @Test
  void aRunThatFailsSaysWhereAndGoesOnFromThere() throws Exception {
    refuseAt = 2;
    long run = begin();
    runner(this::carryOut).step();
    Run failed = store.find(run).orElseThrow();
    assertThat(failed.state()).isEqualTo(State.FAILED);
    assertThat(failed.steps().get(1).state()).isEqualTo(StepState.FAILED);
    assertThat(failed.steps().get(1).said()).contains("there is no such client");
    assertThat(done).containsExactly("alice");
    refuseAt = 0;
    assertThat(store.move(run, State.FAILED, State.RUNNING)).isTrue();
    runner(this::carryOut).step();
    assertThat(store.find(run).orElseThrow().state()).isEqualTo(State.DONE);
    assertThat(done).containsExactly("alice", "app", "k1");
  }

  @Test
  void whoDoesNotAnswerIsAskedAgainUntilPatienceIsOver() throws Exception {
    unknownTimes = 40;
    long run = begin();
    Runner runner = runner(this::carryOut);
    while (runner.step()) {
      now = now.plusSeconds(7);
    }
    assertThat(now).as("longer than a restart takes").isEqualTo(Duration.ofSeconds(280));
    assertThat(store.find(run).orElseThrow().state()).isEqualTo(State.DONE);
    assertThat(done).containsExactly("alice", "app", "k1");
    assertThat(told).as("each once").containsExactly("1", "2", "3");
  }

  @Test
  void aRunFailsWhenPatienceIsOver() throws Exception {
    unknownTimes = Integer.MAX_VALUE;
    long run = begin();
    Runner runner = runner(this::carryOut);
    assertThat(runner.step()).isTrue();
    now = Runner.PATIENCE.minusNanos(1);
    assertThat(runner.step()).isTrue();
    now = Runner.PATIENCE;
    assertThat(runner.step()).isFalse();
    assertThat(store.find(run).orElseThrow().state()).isEqualTo(State.FAILED);
    assertThat(told).containsExactly("1", "1 no answer");
  }

  @Test
  void aRunWithoutAnAnswerHoldsUpNoOther() throws Exception {
    long first = begin();
    long second = store.begin("q", 9, "Another.", PLAN, Optional.empty()).orElseThrow();
    Runner runner =
        runner(
            (run, step, isDry) -> {
              if (run.id() == first) {
                throw new IOException("no answer");
              }
              return carryOut(run, step, isDry);
            });
    assertThat(runner.step()).isTrue();
    assertThat(store.find(first).orElseThrow().state()).isEqualTo(State.RUNNING);
    assertThat(store.find(second).orElseThrow().state()).isEqualTo(State.DONE);
  }

  /**
   * Wherever it is killed, the next start finishes it, and only what was under way is asked again.
   */
  @Test
  void aRunThatWasKilledIsFinishedAndNoStepThatIsDoneIsDoneAgain() throws Exception {
    for (int killedAt = 1; killedAt <= 9; killedAt++) {
      done.clear();
      told.clear();
      long run = store.begin("p", 100 + killedAt, "", PLAN, Optional.empty()).orElseThrow();
      int at = killedAt;
      int[] calls = {0};
      List<String> finished = new ArrayList<>();
      try {
        runner(
                (of, step, isDry) -> {
                  if (++calls[0] == at) {
                    throw new Killed();
                  }
                  Steps.Done result = carryOut(of, step, isDry);
                  if (!isDry && ++calls[0] == at) {
                    throw new Killed();
                  }
                  if (!isDry) {
                    finished.add(step.target());
                  }
                  return result;
                })
            .step();
      } catch (Killed e) {
        // As kill -9: nothing more is written.
      }
      store.close();
      store = RunStore.open(folder, () -> NOW);
      List<String> before = List.copyOf(finished);
      done.clear();
      runner(this::carryOut).step();
      assertThat(store.find(run).orElseThrow().state())
          .as("killed at %d", at)
          .isEqualTo(State.DONE);
      assertThat(done.stream().filter(before::contains)).as("killed at %d", at).isEmpty();
      assertThat(before.size() + done.size()).isEqualTo(3);
    }
  }

  @Test
  void aRunThatWaitsActsForNobody() throws Exception {
    long run =
        store
            .begin("p", 8, "A finding.", new Decision.Plan.Act(PLAN.steps(), 2), Optional.empty())
            .orElseThrow();
    runner(this::carryOut).step();
    assertThat(done).isEmpty();
    store.decided(run, "anna", "approve");
    store.decided(run, "anna", "approve");
    assertThat(store.find(run).orElseThrow().approvedBy()).containsExactly("anna");
  }
}
