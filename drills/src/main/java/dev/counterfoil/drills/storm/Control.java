package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import dev.counterfoil.drills.run.Expectation.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One control, and what it is expected to stop: said before, measured after.
 *
 * @param id short name in expectations
 * @param label for people
 * @param stops attacks that it stops; it is expected not to stop the others
 */
record Control(String id, String label, Set<Attack> stops) {
  /**
   * What came of one attack.
   *
   * @param stopped whether nobody got in
   * @param opened whether everybody got in
   * @param summary in words
   */
  record Result(boolean stopped, boolean opened, String summary) {
    static Result of(MailAttempts attempts) {
      return new Result(attempts.noneOpened(), attempts.allOpened(), attempts.summary());
    }

    static Result of(HttpAttempts attempts) {
      return new Result(attempts.noneOpened(), attempts.allOpened(), attempts.summary());
    }
  }

  /** Its three expectations: honest use goes on, what it stops, what it does not. */
  List<Expectation> expectations(int act) {
    List<Expectation> expectations = new ArrayList<>();
    expectations.add(
        new Expectation(
            id + ".honest-users-read", act, Kind.HONEST, label + ": honest users read"));
    expectations.add(
        new Expectation(id + ".stops", act, Kind.STOPPED, label + " stops: " + words(stops)));
    Set<Attack> leaves = leaves();
    if (!leaves.isEmpty()) {
      expectations.add(
          new Expectation(
              id + ".does-not-stop",
              act,
              Kind.GETS_THROUGH,
              label + " does not stop: " + words(leaves)));
    }
    return expectations;
  }

  /** Says what came of honest use and of every attack. */
  void observe(DrillRun run, Result honest, Map<Attack, Result> results) {
    run.observe(id + ".honest-users-read", honest.opened(), honest.summary());
    run.observe(
        id + ".stops",
        stops.stream()
            .allMatch(attack -> results.containsKey(attack) && results.get(attack).stopped()),
        summary(stops, results));
    Set<Attack> leaves = leaves();
    if (!leaves.isEmpty()) {
      run.observe(
          id + ".does-not-stop",
          leaves.stream()
              .allMatch(attack -> results.containsKey(attack) && results.get(attack).opened()),
          summary(leaves, results));
    }
  }

  private Set<Attack> leaves() {
    Set<Attack> leaves = EnumSet.allOf(Attack.class);
    leaves.removeAll(stops);
    return leaves;
  }

  private static String words(Set<Attack> attacks) {
    return attacks.stream().sorted().map(Attack::words).collect(Collectors.joining(", "));
  }

  private static String summary(Set<Attack> attacks, Map<Attack, Result> results) {
    return new EnumMap<>(results)
        .entrySet().stream()
            .filter(entry -> attacks.contains(entry.getKey()))
            .map(entry -> entry.getKey().words() + ": " + entry.getValue().summary())
            .collect(Collectors.joining("; "));
  }
}
