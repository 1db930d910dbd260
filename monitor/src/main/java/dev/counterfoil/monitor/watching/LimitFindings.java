package dev.counterfoil.monitor.watching;

import dev.counterfoil.configuration.Limit;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What fills up at the monitor is a finding, one for each step and day (UTC): it is raised again
 * tomorrow where nobody made room. What was raised today is remembered, as it is looked at every
 * few seconds. Belongs to one thread.
 */
public final class LimitFindings {
  private final List<String> domains;
  private final List<Limit> limits;
  private final Consumer<Finding> once;
  private final InstantSource clock;
  private final Set<String> raised = new HashSet<>();
  private LocalDate day = LocalDate.EPOCH;

  /**
   * Watches limits.
   *
   * @param domains each gets its finding: what fills up holds something of all
   * @param once raises a finding that is one however often it is seen
   */
  public LimitFindings(
      List<String> domains, List<Limit> limits, Consumer<Finding> once, InstantSource clock) {
    this.domains = List.copyOf(domains);
    this.limits = List.copyOf(limits);
    this.once = once;
    this.clock = clock;
  }

  public void step() {
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    if (!today.equals(day)) {
      raised.clear();
      day = today;
    }
    for (Limit limit : limits) {
      int step = limit.look();
      if (step > 0 && raised.add(limit.resource() + " " + step)) {
        raise(limit, step);
      }
    }
  }

  private void raise(Limit limit, int step) {
    Instant now = clock.instant();
    for (String domain : domains) {
      once.accept(
          new Finding(
              Kind.LIMIT_NEAR,
              severity(step),
              domain,
              Subject.of(domain, limit.resource() + " " + step + " " + day),
              now,
              1,
              limit.text() + ".",
              JsonObject.builder().put("resource", limit.resource()).put("percent", step).build()));
    }
  }

  private static Severity severity(int step) {
    return step < Limit.SECOND_PERCENT
        ? Severity.LOW
        : step == Limit.SECOND_PERCENT ? Severity.MEDIUM : Severity.HIGH;
  }
}
