package dev.counterfoil.drills.run;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One run of a drill: keeps the expectations, takes what is observed, tells the narrator, and makes
 * the report. Belongs to one thread.
 */
public final class DrillRun {
  /** Where the drills are, in rooms of their own. */
  private static final String DRILLS = "dev.counterfoil.drills.";

  private final Narrator narrator;
  private final InstantSource clock;
  private final Instant began;
  private final Map<String, Expectation> open = new LinkedHashMap<>();
  private final List<Outcome> outcomes = new ArrayList<>();

  private DrillRun(Drill drill, Narrator narrator, InstantSource clock) {
    this.narrator = narrator;
    this.clock = clock;
    this.began = clock.instant();
    for (Expectation expectation : drill.expectations()) {
      if (open.put(expectation.id(), expectation) != null) {
        throw new IllegalArgumentException(
            "expectation " + expectation.id() + " is stated twice in drill " + drill.name());
      }
    }
  }

  /**
   * Carries out a drill.
   *
   * @return the report; a drill that broke is a report that did not hold, with the reason
   */
  public static DrillReport carryOut(Drill drill, Narrator narrator, InstantSource clock) {
    var run = new DrillRun(drill, narrator, clock);
    narrator.opens(drill);
    Optional<String> broke = Optional.empty();
    try {
      drill.run(run);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      broke = Optional.of("interrupted");
    } catch (Exception e) {
      broke = Optional.of(reason(e));
    }
    var report =
        new DrillReport(
            drill.name(),
            drill.purpose(),
            run.began,
            Duration.between(run.began, clock.instant()),
            run.outcomes,
            List.copyOf(run.open.values()),
            broke);
    narrator.closes(report);
    return report;
  }

  /** Begins an act. */
  public void act(int number, String title) {
    narrator.act(number, title);
  }

  /** Tells what was done. */
  public void says(String text) {
    narrator.says(text);
  }

  /** Tells how far something long has come; said often, and shown as one line. */
  public void progress(String text, long done, long of) {
    narrator.progress(text, done, of);
  }

  /** Says whether an expectation held, and what was seen. */
  public void observe(String id, boolean held, String observed) {
    observe(id, held, observed, Map.of());
  }

  /**
   * Says whether an expectation held, what was seen and what was measured.
   *
   * @throws IllegalArgumentException when the expectation was not stated before, or was looked at
   *     already
   */
  public void observe(String id, boolean held, String observed, Map<String, Object> figures) {
    Expectation expectation = open.remove(id);
    if (expectation == null) {
      throw new IllegalArgumentException(
          "expectation " + id + " was not stated before the drill, or was observed twice");
    }
    var outcome =
        new Outcome(expectation, held, observed, Duration.between(began, clock.instant()), figures);
    outcomes.add(outcome);
    narrator.observed(outcome);
  }

  /** Time of the run's clock. */
  public Instant now() {
    return clock.instant();
  }

  private static String reason(Exception e) {
    var text = new StringBuilder(e.getClass().getSimpleName());
    if (e.getMessage() != null) {
      text.append(": ").append(e.getMessage());
    }
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      text.append("; caused by ").append(cause.getClass().getSimpleName());
      if (cause.getMessage() != null) {
        text.append(": ").append(cause.getMessage());
      }
    }
    place(e).ifPresent(frame -> text.append("; at ").append(frame));
    for (Throwable beside : e.getSuppressed()) {
      text.append('\n').append(beside instanceof LastWords ? beside.getMessage() : beside);
    }
    return text.toString();
  }

  /** Where in the drill it was: the innermost of its own lines, for whoever has to look. */
  private static Optional<String> place(Exception e) {
    return Arrays.stream(e.getStackTrace())
        .filter(frame -> frame.getClassName().startsWith(DRILLS))
        .findFirst()
        .map(frame -> frame.getFileName() + ":" + frame.getLineNumber());
  }
}
