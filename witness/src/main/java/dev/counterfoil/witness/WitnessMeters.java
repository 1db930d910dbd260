package dev.counterfoil.witness;

import dev.counterfoil.http.answers.RequestMeters;
import dev.counterfoil.http.listener.FailedRequests;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;

/** What is counted for Prometheus. */
final class WitnessMeters {
  private final PrometheusMeterRegistry registry;
  private final Timer timer;

  WitnessMeters(AcceptedLogs logs, IssuerLogs issuers, FailedRequests failed) {
    registry =
        RequestMeters.of(
            failed,
            "counterfoil.witness.requests.malformed",
            "counterfoil.witness.requests.failed");
    timer =
        Timer.builder("counterfoil.witness.answer")
            .description("Time from a request's last byte to its answer")
            .serviceLevelObjectives(
                Duration.ofMillis(5),
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                Duration.ofMillis(300))
            .register(registry);
    Gauge.builder("counterfoil.witness.logs", logs, AcceptedLogs::size)
        .description("Log keys that are known")
        .register(registry);
    Gauge.builder("counterfoil.witness.logs.current", logs, l -> l.isCurrent() ? 1 : 0)
        .description("1 when the list of logs is the file's, 0 when the file cannot be used")
        .register(registry);
    Gauge.builder("counterfoil.witness.clock.off", issuers, i -> i.clockOff().toSeconds())
        .description("How far this clock is ahead of the other witnesses' median; 0 within 30 s")
        .baseUnit("seconds")
        .register(registry);
  }

  /** Counts an answer. */
  void answered(WitnessAnswer answer, Duration time) {
    String result =
        switch (answer) {
          case WitnessAnswer.Cosigned cosigned -> "cosigned";
          case WitnessAnswer.Malformed malformed -> "malformed";
          case WitnessAnswer.UnknownLog unknown -> "unknown-log";
          case WitnessAnswer.NotSigned notSigned -> "not-signed";
          case WitnessAnswer.OtherSize otherSize -> "other-size";
          case WitnessAnswer.Inconsistent inconsistent ->
              inconsistent.fork() ? "fork" : "inconsistent";
          case WitnessAnswer.ClockBehind behind -> "clock-behind";
        };
    Counter.builder("counterfoil.witness.requests")
        .description("Answers, by result")
        .tag("result", result)
        .register(registry)
        .increment();
    timer.record(time);
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }
}
