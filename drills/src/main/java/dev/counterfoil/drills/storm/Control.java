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

  private static String summary(Set<Attack> attacks, Map<Attack, Result> results) {
    return new EnumMap<>(results)
        .entrySet().stream()
            .filter(entry -> attacks.contains(entry.getKey()))
            .map(entry -> entry.getKey().words() + ": " + entry.getValue().summary())
            .collect(Collectors.joining("; "));
  }
}
