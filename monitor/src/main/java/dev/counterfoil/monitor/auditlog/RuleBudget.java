package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.FindingFeedback.OfRule;
import dev.counterfoil.rules.model.RuleHead;
import java.util.Locale;

/**
 * How much of people's attention a rule takes in a day: a pure function of what was told.
 *
 * @param people how many the day's events were of; at least {@link #PEOPLE_MIN} are counted, since
 *     one alert a day is nobody's burden
 */
record RuleBudget(RuleHead rule, OfRule day, long people) {
  /** Alerts per thousand people and day. */
  static final double PER_THOUSAND_MAX = 1.0;

  static final long PEOPLE_MIN = 1_000;

  double perThousand() {
    return day.told() * 1_000.0 / Math.max(people, PEOPLE_MIN);
  }

  boolean isOver() {
    return perThousand() > PER_THOUSAND_MAX;
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("rule", rule.key())
        .put("title", rule.title())
        .put("level", rule.level())
        .put("told", day.told())
        .put("suppressed", day.suppressed())
        .put("true_positive", day.right())
        .put("false_positive", day.wrong())
        .put("people", people)
        // JSON of ours has whole numbers alone.
        .put("per_thousand_and_day", String.format(Locale.ROOT, "%.2f", perThousand()))
        .put("over_budget", isOver())
        .build();
  }
}
