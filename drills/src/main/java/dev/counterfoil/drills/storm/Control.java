package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.run.DrillRun;
import java.util.EnumSet;
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
  /** Says what came of honest use and of every attack. */
  void observe(DrillRun run, Trial trial) {
    run.observe(id + ".honest-users-read", trial.honest().allOpened(), trial.honest().summary());
    run.observe(
        id + ".stops",
        trial.results().entrySet().stream()
            .allMatch(one -> !stops.contains(one.getKey()) || one.getValue().noneOpened()),
        summary(stops, trial));
    if (!leaves().isEmpty()) {
      run.observe(
          id + ".does-not-stop",
          trial.results().entrySet().stream()
              .allMatch(one -> stops.contains(one.getKey()) || one.getValue().allOpened()),
          summary(leaves(), trial));
    }
  }

  private Set<Attack> leaves() {
    Set<Attack> leaves = EnumSet.allOf(Attack.class);
    leaves.removeAll(stops);
    return leaves;
  }

  private static String summary(Set<Attack> attacks, Trial trial) {
    return trial.results().entrySet().stream()
        .filter(entry -> attacks.contains(entry.getKey()))
        .map(entry -> entry.getKey().words() + ": " + entry.getValue().summary())
        .collect(Collectors.joining("; "));
  }
}
