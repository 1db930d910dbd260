package dev.counterfoil.response.runs;

import dev.counterfoil.response.runs.Run.State;
import dev.counterfoil.response.runs.Run.StepState;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries runs out: each step is tried dry, kept as begun, told to the audit log, done, and kept as
 * done. A crash leaves at most one step that is begun; the next start asks for it again, which
 * changes nothing where it was done.
 *
 * <p>A process that does not answer is asked again until its {@link #PATIENCE} is over: an
 * authority that restarts during a theft ends no run. Meanwhile other runs are carried out. For one
 * thread.
 */
public final class Runner {
  /** How long a step is asked for of a process that does not answer, before its run fails. */
  public static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final System.Logger LOG = System.getLogger(Runner.class.getName());

  private final RunStore store;
  private final Steps steps;
  private final Told told;
  private final Consumer<Run> progress;
  private final LongSupplier nanos;

  /** Steps that were asked for without an answer, by the runs: the present step of each. */
  private final Map<Long, Unanswered> unanswered = new HashMap<>();

  /**
   * A step without an answer.
   *
   * @param sinceNanos when it was asked for first
   * @param isTold whether the audit log heard of it
   */
  private record Unanswered(int step, long sinceNanos, boolean isTold) {}

  private enum Outcome {
    DONE,
    FAILED,
    NO_ANSWER
  }

  /** Hears of each step before it is done, and again where it failed. */
  @FunctionalInterface
  public interface Told {
    void step(Run run, Run.Step step, @Nullable String failure);
  }

  /**
   * A runner.
   *
   * @param progress hears of a run when it came further
   */
  public Runner(
      RunStore store, Steps steps, Told told, Consumer<Run> progress, LongSupplier nanos) {
    this.progress = progress;
    this.store = store;
    this.steps = steps;
    this.told = told;
    this.nanos = nanos;
  }

  /**
   * Carries out all runs that may run: also those that a crash left.
   *
   * @return whether one of them waits for an answer, and goes on when this is called again
   */
  public boolean step() throws InterruptedException {
    boolean waits = false;
    List<Long> running = store.in(State.RUNNING);
    unanswered.keySet().retainAll(running);
    for (long id : running) {
      Optional<Run> run = store.find(id);
      if (run.isPresent()) {
        waits |= !carryOut(run.get());
        store.find(id).filter(now -> !now.equals(run.get())).ifPresent(progress);
      }
    }
    return waits;
  }

  /** Whether the run ended. */
  private boolean carryOut(Run run) throws InterruptedException {
    for (Run.Step step : run.steps()) {
      if (step.state() != StepState.DONE) {
        switch (carryOut(run, step)) {
          case DONE -> unanswered.remove(run.id());
          case NO_ANSWER -> {
            return false;
          }
          case FAILED -> {
            unanswered.remove(run.id());
            store.move(run.id(), State.RUNNING, State.FAILED);
            return true;
          }
        }
      }
    }
    store.move(run.id(), State.RUNNING, State.DONE);
    return true;
  }

  private Outcome carryOut(Run run, Run.Step step) throws InterruptedException {
    Unanswered earlier = unanswered.get(run.id());
    Unanswered before = earlier != null && earlier.step == step.number() ? earlier : null;
    long since = before != null ? before.sinceNanos : nanos.getAsLong();
    boolean isTold = before != null && before.isTold;
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
      return Outcome.DONE;
    } catch (Steps.RefusedException e) {
      return failed(run, step, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      if (nanos.getAsLong() - since >= PATIENCE.toNanos()) {
        return failed(run, step, why);
      }
      if (before == null) {
        LOG.log(
            System.Logger.Level.WARNING,
            "run {0}, step {1} has no answer, and is asked for again: {2}",
            run.id(),
            step.number(),
            why);
      }
      unanswered.put(run.id(), new Unanswered(step.number(), since, isTold));
      return Outcome.NO_ANSWER;
    }
  }

  private Outcome failed(Run run, Run.Step step, String failure) {
    store.step(run.id(), step.number(), StepState.FAILED, null, failure);
    told.step(run, step, failure);
    LOG.log(
        System.Logger.Level.WARNING,
        "run {0} stopped at step {1}: {2}. To go on, run counterfoil response resume {0}",
        run.id(),
        step.number(),
        failure);
    return Outcome.FAILED;
  }
}
