package dev.counterfoil.monitor.http;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.configuration.Limit;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.http.answers.RequestMeters;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.FindingChanges;
import dev.counterfoil.monitor.judging.Judgement;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What is counted for Prometheus. */
public final class MonitorMeters {
  private final PrometheusMeterRegistry registry;
  private final Map<Kind, Counter> findings = new EnumMap<>(Kind.class);
  private final Map<String, AtomicInteger> keyAlarms = new ConcurrentHashMap<>();
  private final AtomicLong open = new AtomicLong();
  private final Counter recorded;

  public MonitorMeters(FailedRequests failed) {
    registry =
        RequestMeters.of(
            failed,
            "counterfoil.monitor.requests.malformed",
            "counterfoil.monitor.requests.failed");
    for (Kind kind : Kind.values()) {
      findings.put(
          kind,
          Counter.builder("counterfoil.monitor.findings")
              .description("Findings raised since the start, by kind")
              .tag("kind", kind.text())
              .register(registry));
    }
    recorded =
        Counter.builder("counterfoil.monitor.sightings.recorded")
            .description("Sightings that were recorded")
            .register(registry);
    Gauge.builder("counterfoil.monitor.sightings.open", open, AtomicLong::get)
        .description("Sightings that wait to be matched")
        .register(registry);
  }

  /** Shows how many alarms of a kind stand for a domain's keys. */
  public void keyAlarms(String domain, KeyAlarm.Kind kind, int standing) {
    keyAlarms
        .computeIfAbsent(
            domain + "/" + kind.code(),
            name -> {
              AtomicInteger value = new AtomicInteger();
              Gauge.builder("counterfoil.monitor.key.alarms", value, AtomicInteger::get)
                  .description("Alarms about a domain's keys that stand now, by kind")
                  .tag("domain", domain)
                  .tag("kind", kind.code())
                  .register(registry);
              return value;
            })
        .set(standing);
  }

  /** Shows how many findings are open. */
  public void open(FindingChanges findings) {
    for (Severity severity : Severity.values()) {
      Gauge.builder("counterfoil.monitor.findings.open", findings, of -> of.open(severity))
          .description("Findings that are open, by severity")
          .tag("severity", severity.text())
          .strongReference(true)
          .register(registry);
    }
  }

  /** Counts a finding that is new. */
  public void raised(Kind kind) {
    Counter counter = findings.get(kind);
    if (counter != null) {
      counter.increment();
    }
  }

  /** Counts a sighting by what it came to. */
  public void judged(Judgement judgement) {
    String result =
        switch (judgement) {
          case Judgement.Matched matched -> "matched";
          case Judgement.Wait wait -> "waiting";
          case Judgement.Unmatched unmatched -> "unmatched-" + unmatched.reason();
          case Judgement.Found found -> "found";
        };
    Counter.builder("counterfoil.monitor.sightings")
        .description("Sightings that were matched, by what they came to")
        .tag("result", result)
        .register(registry)
        .increment();
  }

  /** Counts a batch of sightings that was recorded. */
  void recorded(int sightings) {
    recorded.increment(sightings);
  }

  public void open(int sightings) {
    open.set(sightings);
  }

  /** Shows how far a log is followed. */
  public void follow(LogFollower follower) {
    String domain = follower.domain();
    String log = follower.log().name();
    Gauge.builder("counterfoil.monitor.counterfoils", follower, f -> f.custody().vouchedSize())
        .description("Counterfoils held under a signed checkpoint")
        .tag("domain", domain)
        .tag("log", log)
        .register(registry);
    Gauge.builder(
            "counterfoil.monitor.lag",
            follower,
            f -> f.view().map(v -> (double) (v.checkpointSize() - v.heldSize())).orElse(0.0))
        .description("Leaves whose counterfoils are not held yet")
        .tag("domain", domain)
        .tag("log", log)
        .register(registry);
  }

  /** Shows how far the audit log is, and what it did not take. */
  public void audit(Auditor auditor) {
    Gauge.builder("counterfoil.audit.events", auditor, Auditor::size)
        .description("Audit events that are durable")
        .register(registry);
    Gauge.builder("counterfoil.audit.lag", auditor, a -> a.size() - a.indexed())
        .description("Audit events that are durable and cannot be found yet")
        .register(registry);
    FunctionCounter.builder("counterfoil.audit.refused", auditor, Auditor::refusedLines)
        .description("Audit events that were not taken, by why")
        .tag("why", "bad")
        .register(registry);
    FunctionCounter.builder("counterfoil.audit.refused", auditor, Auditor::refusedByQuota)
        .description("Audit events that were not taken, by why")
        .tag("why", "quota")
        .register(registry);
  }

  /** Shows how full something is. */
  public void limit(Limit limit) {
    Gauge.builder(Limit.METRIC, limit, Limit::usedRatio)
        .description(Limit.METRIC_MEANING)
        .tag("resource", limit.resource())
        .register(registry);
  }

  public PrometheusMeterRegistry registry() {
    return registry;
  }
}
