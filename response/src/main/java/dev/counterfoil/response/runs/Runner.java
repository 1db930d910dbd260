package dev.counterfoil.response.runs;

import dev.counterfoil.response.runs.Run.State;
import dev.counterfoil.response.runs.Run.StepState;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries runs out, one after the other: each step is tried dry, kept as begun, told to the audit
 * log, done, and kept as done. A crash leaves at most one step that is begun; the next start asks
 * for it again, which changes nothing where it was done.
 */
public final class Runner {
  private static final int ATTEMPTS = 5;
  private static final System.Logger LOG = System.getLogger(Runner.class.getName());

  private final RunStore store;
  private final Steps steps;
  private final Told told;
  private final Duration pause;
  private final LongSupplier nanos;

  /** Hears of each step before it is done, and again where it failed. */
  @FunctionalInterface
  public interface Told {
    void step(Run run, Run.Step step, @Nullable String failure);
  }

  /**
   * A runner.
   *
   * @param pause before a step is asked for again of a process that did not answer
   */
  public Runner(RunStore store, Steps steps, Told told, Duration pause, LongSupplier nanos) {
    this.store = store;
    this.steps = steps;
    this.told = told;
    this.pause = pause;
    this.nanos = nanos;
  }

  /** Carries out all runs that may run: also those that a crash left. */
  public void step() throws InterruptedException {
    for (long id : store.in(State.RUNNING)) {
      Optional<Run> run = store.find(id);
      if (run.isPresent()) {
        carryOut(run.get());
      }
    }
  }

  private void carryOut(Run run) throws InterruptedException {
    for (Run.Step step : run.steps()) {
      if (step.state() != StepState.DONE && !carryOut(run, step)) {
        store.move(run.id(), State.RUNNING, State.FAILED);
        return;
      }
    }
    store.move(run.id(), State.RUNNING, State.DONE);
  }

  private boolean carryOut(Run run, Run.Step step) throws InterruptedException {
    String failure = "";
    boolean isTold = false;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        Steps.Done dry = steps.carryOut(run, step, true);
        store.reaches(run.id(), step.number(), dry.reach(), dry.what());
        if (!isTold) {
          store.step(run.id(), step.number(), StepState.BEGUN, null, null);
          told.step(run, step, null);
          isTold = true;
        }
        long begun = nanos.getAsLong();
        Steps.Done done = steps.carryOut(run, step, false);
        long took = Duration.ofNanos(nanos.getAsLong() - begun).toMillis();
        store.step(
            run.id(),
            step.number(),
            StepState.DONE,
            took,
            done.said().isEmpty() ? null : done.said());
        return true;
      } catch (Steps.RefusedException e) {
        failure = String.valueOf(e.getMessage());
        break;
      } catch (IOException e) {
        failure = String.valueOf(e.getMessage());
        LOG.log(
            System.Logger.Level.WARNING,
            "run {0}, step {1} is tried again: {2}",
            run.id(),
            step.number(),
            failure);
        Thread.sleep(pause);
      }
    }
    store.step(run.id(), step.number(), StepState.FAILED, null, failure);
    told.step(run, step, failure);
    LOG.log(
        System.Logger.Level.WARNING,
        "run {0} stopped at step {1}: {2}. To go on, run counterfoil response resume {0}",
        run.id(),
        step.number(),
        failure);
    return false;
  }
}
