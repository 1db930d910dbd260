package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.monitor.findings.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Holds findings against the truth. A finding is true where one of the events that it names belongs
 * to an attack; the same again within a day is no further alert.
 */
final class Score {
  private static final long DAY_MILLIS = 86_400_000;

  private final List<StagedAttack> attacks;

  /** Attacks by the names of their events. */
  private final Map<String, Integer> hostile = new HashMap<>();

  private final Map<String, Long> lastTold = new HashMap<>();
  private final Map<String, RuleScore> rules = new TreeMap<>();

  /** When each attack was found first, and by which rules. */
  private final long[] foundAt;

  private final List<TreeSet<String>> foundBy = new ArrayList<>();

  private static final class RuleScore {
    private String severity = "";
    private long alerts;
    private long right;
  }

  Score(List<StagedAttack> attacks) {
    this.attacks = List.copyOf(attacks);
    foundAt = new long[attacks.size()];
    Arrays.fill(foundAt, -1);
    attacks.forEach(one -> foundBy.add(new TreeSet<>()));
  }

  /** An event of an attack has a name. */
  void label(String event, int attack) {
    hostile.put(event, attack);
  }

  /** A finding that names events. */
  void take(Finding finding, Collection<?> events, String title, long nowMillis) {
    if (nowMillis < PeopleWorld.measuredFrom()) {
      return;
    }
    Integer attack = null;
    for (Object event : events) {
      attack = attack == null ? hostile.get(event.toString()) : attack;
    }
    if (attack != null) {
      foundAt[attack] = foundAt[attack] < 0 ? nowMillis : Math.min(foundAt[attack], nowMillis);
      foundBy.get(attack).add(title);
    }
    @Nullable Long told = lastTold.put(finding.subject().token(), nowMillis);
    if (told != null && nowMillis - told < DAY_MILLIS) {
      return;
    }
    RuleScore score = rules.computeIfAbsent(title, _ -> new RuleScore());
    score.severity = finding.severity().text();
    score.alerts++;
    if (attack != null) {
      score.right++;
    }
  }

  /** The share of a shape's attacks that were found. */
  double recall(Shape shape) {
    long of = 0;
    long found = 0;
    for (int i = 0; i < attacks.size(); i++) {
      of += attacks.get(i).shape() == shape ? 1 : 0;
      found += attacks.get(i).shape() == shape && foundAt[i] >= 0 ? 1 : 0;
    }
    return (double) found / of;
  }

  /** Alerts that no attack is behind. */
  long falseAlerts() {
    return rules.values().stream().mapToLong(score -> score.alerts - score.right).sum();
  }

  /** Writes what was found of each shape. */
  void shapes(RunReport report) {
    RunReport.Table table =
        report.table("attack", "attacks", "found", "recall", "delay p50", "delay p95", "found by");
    for (Shape shape : Shape.values()) {
      List<Integer> of = new ArrayList<>();
      for (int i = 0; i < attacks.size(); i++) {
        if (attacks.get(i).shape() == shape) {
          of.add(i);
        }
      }
      long[] delays =
          of.stream()
              .filter(i -> foundAt[i] >= 0)
              .mapToLong(i -> foundAt[i] - attacks.get(i).startMillis())
              .sorted()
              .toArray();
      Map<String, Integer> by = new LinkedHashMap<>();
      of.forEach(i -> foundBy.get(i).forEach(rule -> by.merge(rule, 1, Integer::sum)));
      if (!of.isEmpty()) {
        table.row(
            shape.text(),
            of.size(),
            delays.length,
            (double) delays.length / of.size(),
            delay(delays, 0.5),
            delay(delays, 0.95),
            String.join("; ", by.keySet()));
      }
    }
  }

  private static String delay(long[] sorted, double share) {
    if (sorted.length == 0) {
      return "-";
    }
    long seconds = sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1000;
    return seconds < 120
        ? seconds + " s"
        : seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
  }

  /** Writes what each rule said, and gives the alerts per thousand people and day. */
  double rules(RunReport report, int people, int days) {
    RunReport.Table table =
        report.table(
            "rule", "severity", "alerts", "true", "precision", "false per 1,000 people and day");
    double unit = people / 1000.0 * days;
    long alerts = 0;
    for (Map.Entry<String, RuleScore> one : rules.entrySet()) {
      RuleScore score = one.getValue();
      alerts += score.alerts;
      table.row(
          one.getKey(),
          score.severity,
          score.alerts,
          score.right,
          (double) score.right / score.alerts,
          (score.alerts - score.right) / unit);
    }
    long right = rules.values().stream().mapToLong(score -> score.right).sum();
    table.row(
        "all",
        "",
        alerts,
        right,
        alerts == 0 ? 0.0 : (double) right / alerts,
        (alerts - right) / unit);
    return alerts / unit;
  }
}
