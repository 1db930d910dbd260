package dev.counterfoil.guard;

import dev.counterfoil.http.answers.RequestMeters;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.verifier.StreamState;
import dev.counterfoil.verifier.Verifier;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;

/** What is counted for Prometheus. */
final class GuardMeters {
  private final PrometheusMeterRegistry registry;
  private final Timer timer;

  GuardMeters(Verifier verifier, FailedRequests failed) {
    registry =
        RequestMeters.of(
            failed, "counterfoil.guard.requests.malformed", "counterfoil.guard.requests.failed");
    timer =
        Timer.builder("counterfoil.guard.answer")
            .description("Time from a question's last byte to its answer")
            .serviceLevelObjectives(
                Duration.ofNanos(100_000),
                Duration.ofMillis(1),
                Duration.ofMillis(10),
                Duration.ofMillis(100),
                Duration.ofSeconds(1))
            .register(registry);
    Gauge.builder("counterfoil.guard.ready", verifier, v -> v.isReady() ? 1 : 0)
        .description("1 when keys are fresh, 0 when every token is refused for want of them")
        .register(registry);
    Gauge.builder("counterfoil.guard.key.alarms", verifier, v -> v.keyAlarms().size())
        .description("Alarms about the domain's keys that stand")
        .register(registry);
    Gauge.builder(
            "counterfoil.guard.stream.leaves",
            verifier,
            v -> v.streams().stream().mapToLong(StreamState::leaves).sum())
        .description("Leaves of live tokens that are held, of all logs")
        .register(registry);
    Gauge.builder("counterfoil.guard.stream.lag", verifier, GuardMeters::lagSeconds)
        .description("For how long nothing is known of the tip of a log, the worst; 0 without logs")
        .baseUnit("seconds")
        .register(registry);
  }

  private static double lagSeconds(Verifier verifier) {
    return verifier.streams().stream()
        .flatMap(state -> state.lag().stream())
        .mapToDouble(lag -> lag.toMillis() / 1000.0)
        .max()
        .orElse(0);
  }

  /** Counts an answer; its result is one of a few words. */
  void answered(String service, GuardAnswer answer, Duration time) {
    Counter.builder("counterfoil.guard.requests")
        .description("Questions of the proxy, by service and answer")
        .tag("service", service)
        .tag("result", answer.result())
        .register(registry)
        .increment();
    timer.record(time);
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }
}
