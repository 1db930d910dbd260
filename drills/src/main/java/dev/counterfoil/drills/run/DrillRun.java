package dev.counterfoil.drills.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Stream;

/**
 * One run of a drill: keeps the expectations, takes what is observed, tells the narrator, and makes
 * the report. Belongs to one thread.
 */
public final class DrillRun {
  /** Where the drills are, in rooms of their own. */
  private static final String DRILLS = "dev.counterfoil.drills.";

  private static final int LINES = 8;

  /** Processes of an installation write to files in its folder for logs. */
  private static final int DEPTH_MAX = 3;

  private final Narrator narrator;
  private final DrillPlace place;
  private final DrillFolder folder;
  private final Instant began;
  private final Map<String, Expectation> open = new LinkedHashMap<>();
  private final List<Outcome> outcomes = new ArrayList<>();
  private final Deque<AutoCloseable> opened = new ConcurrentLinkedDeque<>();

  private DrillRun(Drill drill, Narrator narrator, DrillPlace place, DrillFolder folder) {
    this.narrator = narrator;
    this.place = place;
    this.folder = folder;
    this.began = now();
    for (Expectation expectation : drill.expectations()) {
      if (open.put(expectation.id(), expectation) != null) {
        throw new IllegalArgumentException(
            "expectation " + expectation.id() + " is stated twice in drill " + drill.name());
      }
    }
  }

  /**
   * Carries out a drill. Whatever it opened has ended when this returns, and when Ctrl-C ends this
   * process; its folder is gone then too.
   *
   * @return the report; a drill that broke is a report that did not hold, with the reason
   */
  public static DrillReport carryOut(Drill drill, Narrator narrator, DrillPlace place) {
    narrator.opens(drill);
    Instant began = place.clock().instant();
    List<Outcome> outcomes = List.of();
    List<Expectation> notReached = drill.expectations();
    Optional<String> broke;
    try (DrillFolder folder = DrillFolder.make(place.parent(), place.random())) {
      DrillRun run = new DrillRun(drill, narrator, place, folder);
      broke = run.play(drill);
      outcomes = run.outcomes;
      notReached = List.copyOf(run.open.values());
    } catch (IOException e) {
      broke = Optional.of(reason(e));
    }
    var report =
        new DrillReport(
            drill.name(),
            drill.purpose(),
            began,
            Duration.between(began, place.clock().instant()),
            outcomes,
            notReached,
            broke);
    narrator.closes(report);
    return report;
  }

  private Optional<String> play(Drill drill) {
    Thread interrupted = new Thread(this::interrupted, "drill-interrupted");
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      drill.play(this);
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    } catch (Exception e) {
      return Optional.of(reason(e) + lastWords());
    } finally {
      end();
      try {
        Runtime.getRuntime().removeShutdownHook(interrupted);
      } catch (IllegalStateException e) {
        // The hook runs already: this process ends by it.
        System.err.println("interrupted");
      }
    }
  }

  private void interrupted() {
    end();
    try {
      folder.close();
    } catch (IOException e) {
      // What is left is a folder of its own name.
      System.err.println("left behind: " + folder.path());
    }
  }

  /** What was opened last ends first. */
  private void end() {
    for (AutoCloseable last = opened.pollLast(); last != null; last = opened.pollLast()) {
      try {
        last.close();
      } catch (Exception e) {
        // The others are to end all the same.
        narrator.says("does not end as it should: " + e);
      }
    }
  }

  /** Ends something with the run. */
  public <T extends AutoCloseable> T open(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  /** The run's own folder, which goes with it. */
  public Path folder() {
    return folder.path();
  }

  public InstantSource clock() {
    return place.clock();
  }

  public SecureRandom random() {
    return place.random();
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
    var outcome = new Outcome(expectation, held, observed, Duration.between(began, now()), figures);
    outcomes.add(outcome);
    narrator.observed(outcome);
  }

  /** Time of the run's clock. */
  public Instant now() {
    return place.clock().instant();
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
      text.append('\n').append(beside);
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

  /** What the processes of the drill printed last: when it broke, that is what says why. */
  private String lastWords() {
    StringBuilder words = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder(), DEPTH_MAX)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".log")).sorted().toList()) {
        List<String> lines = Files.readAllLines(file);
        words.append("\n").append(file.getFileName()).append(" ends with:\n");
        words.append(
            String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size())));
      }
    } catch (IOException | UncheckedIOException e) {
      words.append("\nwhat was printed cannot be read: ").append(e.getMessage());
    }
    return words.toString();
  }
}
