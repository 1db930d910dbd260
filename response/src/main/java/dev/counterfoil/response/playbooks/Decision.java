package dev.counterfoil.response.playbooks;

import dev.counterfoil.response.playbooks.Action.Target;
import dev.counterfoil.response.playbooks.Playbook.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Decides what a playbook does about a finding. Pure: tested by table. What carries a plan out
 * decides nothing.
 */
public final class Decision {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  /** Most runs that wait for people: a flood of findings fills no list beyond that. */
  public static final int WAITING_MAX = 100;

  private Decision() {}

  /** One thing to do. */
  public record Step(Action action, String target) {}

  /** What comes of a playbook and a finding. */
  public sealed interface Plan {
    /** The playbook is not about this finding. */
    record Nothing() implements Plan {}

    /** It may become about it: better evidence, or more findings, are awaited. */
    record Watch(String why) implements Plan {}

    /**
     * It does nothing.
     *
     * @param isForNow whether a limit says so, which has room again later
     */
    record Refused(String why, boolean isForNow) implements Plan {}

    /**
     * It acts.
     *
     * @param persons how many have to approve it first
     */
    record Act(List<Step> steps, int persons) implements Plan {
      public Act {
        steps = List.copyOf(steps);
      }
    }
  }

  /**
   * A step of a run that was planned or carried out.
   *
   * @param playbook whose
   * @param at when it was planned or began
   * @param state what became of it
   */
  public record Past(String playbook, Action action, String target, Instant at, State state) {
    /** What became of a step. */
    public enum State {
      /** Its run waits for people, or has not come to it yet. */
      PLANNED,
      /** It was carried out, or may have been. */
      DONE,
      /** It did not go well: another finding may try again. */
      FAILED,
      /** An operator took it back. */
      UNDONE
    }
  }

  /**
   * What holds for all playbooks.
   *
   * @param perHour steps in an hour about each kind of target
   * @param perDay the same in a day
   * @param never names that no step is about
   */
  public record Bounds(
      Map<Target, Integer> perHour, Map<Target, Integer> perDay, Set<String> never) {
    public Bounds {
      perHour = Map.copyOf(perHour);
      perDay = Map.copyOf(perDay);
      never = Set.copyOf(never);
    }
  }

  /**
   * Decides.
   *
   * @param seen other findings of the last day, for playbooks that want several
   * @param past steps of the last day
   * @param waiting how many runs wait for people
   */
  public static Plan of(
      Playbook playbook,
      FindingFacts finding,
      Collection<FindingFacts> seen,
      Collection<Past> past,
      int waiting,
      Bounds bounds,
      Instant now) {
    if (!isAbout(playbook, finding)) {
      return new Plan.Nothing();
    }
    if (finding.evidence().compareTo(playbook.when().evidence()) < 0) {
      return new Plan.Watch(
          "its evidence is not " + name(playbook.when().evidence()) + ", but " + evidence(finding));
    }
    List<Step> steps = new ArrayList<>();
    for (Action action : playbook.steps()) {
      Optional<String> objection = objection(action, finding, bounds);
      if (objection.isPresent()) {
        return new Plan.Refused(objection.get(), false);
      }
      // Without a target there was an objection.
      Step step = new Step(action, Objects.requireNonNull(finding.targets().get(action.target())));
      switch (before(playbook, step, past, now)) {
        case NOTHING -> steps.add(step);
        case DONE -> {
          // Once is enough.
        }
        case UNDONE -> {
          return new Plan.Refused(
              "an operator took " + words(step) + " back within the last day", false);
        }
      }
    }
    if (steps.isEmpty()) {
      return new Plan.Nothing();
    }
    long findings = count(playbook, finding, steps.getFirst(), seen, now);
    if (findings < playbook.when().count()) {
      return new Plan.Watch(findings + " of " + playbook.when().count() + " findings so far");
    }
    Optional<String> beyond = beyondLimits(playbook, steps, past, bounds, now);
    if (beyond.isPresent()) {
      return new Plan.Refused(beyond.get(), true);
    }
    int persons = playbook.approval().persons();
    if (persons > 0 && waiting >= WAITING_MAX) {
      return new Plan.Refused(WAITING_MAX + " runs wait for people already", true);
    }
    return new Plan.Act(steps, persons);
  }

  private static boolean isAbout(Playbook playbook, FindingFacts finding) {
    Playbook.When when = playbook.when();
    Severity least = when.severity();
    return when.findings().contains(finding.kind())
        && finding.severity().compareTo(least) >= 0
        && (when.rules().isEmpty() || finding.rule().filter(when.rules()::contains).isPresent());
  }

  /** Why a step must not be about what the finding names. */
  private static Optional<String> objection(Action action, FindingFacts finding, Bounds bounds) {
    if (action.target() != Target.KEY && !finding.isIssued()) {
      return Optional.of(
          action.text()
              + ": the finding's token was never issued, so its names are the attacker's choice");
    }
    String target = finding.targets().get(action.target());
    if (target == null) {
      return Optional.of(action.text() + ": the finding names no " + action.target().text());
    }
    return bounds.never().contains(target)
        ? Optional.of(action.text() + ": " + target + " is under never")
        : Optional.empty();
  }

  private enum Before {
    NOTHING,
    DONE,
    UNDONE
  }

  private static Before before(Playbook playbook, Step step, Collection<Past> past, Instant now) {
    Before before = Before.NOTHING;
    for (Past one : past) {
      if (counts(playbook, one)
          && one.action() == step.action()
          && one.target().equals(step.target())
          && isWithin(one, DAY, now)) {
        if (one.state() == Past.State.UNDONE) {
          return Before.UNDONE;
        }
        before = Before.DONE;
      }
    }
    return before;
  }

  /** Whether a step of the past stands for this one. One that failed does not. */
  private static boolean counts(Playbook playbook, Past one) {
    return one.state() != Past.State.FAILED && holdsUp(playbook, one);
  }

  /** What waits for people does not hold up a playbook that waits for nobody. */
  private static boolean holdsUp(Playbook playbook, Past one) {
    return one.state() != Past.State.PLANNED || playbook.approval().persons() > 0;
  }

  /** Findings about the same target, this one among them. */
  private static long count(
      Playbook playbook,
      FindingFacts finding,
      Step step,
      Collection<FindingFacts> seen,
      Instant now) {
    long from = now.minus(playbook.when().within()).toEpochMilli();
    return 1
        + seen.stream()
            .filter(one -> one.id() != finding.id() && one.seenMillis() >= from)
            .filter(one -> isAbout(playbook, one))
            .filter(one -> one.evidence().compareTo(playbook.when().evidence()) >= 0)
            .filter(one -> one.isIssued() || step.action().target() == Target.KEY)
            .filter(one -> step.target().equals(one.targets().get(step.action().target())))
            .map(FindingFacts::id)
            .distinct()
            .count();
  }

  private static Optional<String> beyondLimits(
      Playbook playbook, List<Step> steps, Collection<Past> past, Bounds bounds, Instant now) {
    long hour = count(past, playbook, HOUR, now) + steps.size();
    long day = count(past, playbook, DAY, now) + steps.size();
    if (hour > playbook.limit().hour()) {
      return Optional.of("limit of the playbook: " + playbook.limit().hour() + " steps an hour");
    }
    if (day > playbook.limit().day()) {
      return Optional.of("limit of the playbook: " + playbook.limit().day() + " steps a day");
    }
    List<Past> counted = past.stream().filter(one -> holdsUp(playbook, one)).toList();
    for (Target target : Target.values()) {
      long more = steps.stream().filter(step -> step.action().target() == target).count();
      Optional<String> beyond =
          beyond(target, more, counted, bounds.perHour(), HOUR, "an hour", now)
              .or(() -> beyond(target, more, counted, bounds.perDay(), DAY, "a day", now));
      if (more > 0 && beyond.isPresent()) {
        return beyond;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> beyond(
      Target target,
      long more,
      Collection<Past> past,
      Map<Target, Integer> limits,
      Duration window,
      String words,
      Instant now) {
    int most = limits.getOrDefault(target, 0);
    long before =
        past.stream()
            .filter(one -> one.action().target() == target && isWithin(one, window, now))
            .count();
    return before + more > most
        ? Optional.of(
            "limit of all playbooks: " + most + " steps " + words + " about a " + target.text())
        : Optional.empty();
  }

  private static long count(
      Collection<Past> past, Playbook playbook, Duration window, Instant now) {
    return past.stream()
        .filter(one -> one.playbook().equals(playbook.name()) && isWithin(one, window, now))
        .count();
  }

  private static boolean isWithin(Past one, Duration window, Instant now) {
    return one.at().isAfter(now.minus(window));
  }

  private static String evidence(FindingFacts finding) {
    return switch (finding.evidence()) {
      case ANY -> "one service's word";
      case CORROBORATED -> "the word of several services";
      case VERIFIED -> "the monitor's own";
    };
  }

  private static String name(Playbook.Evidence evidence) {
    return evidence.name().toLowerCase(Locale.ROOT);
  }

  private static String words(Step step) {
    return step.action().text() + " " + step.target();
  }
}
