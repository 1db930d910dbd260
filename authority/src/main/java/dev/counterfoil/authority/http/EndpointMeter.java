package dev.counterfoil.authority.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Counts and times the requests of one endpoint by their outcome. A meter is made when its outcome
 * first comes: most never do, and each is a dozen lines for whoever reads the figures.
 */
public final class EndpointMeter {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5)
  };

  private static final String ANSWERED = "answered";

  private final MeterRegistry registry;
  private final String endpoint;
  private final Map<String, Timer> timers = new ConcurrentHashMap<>();

  public EndpointMeter(MeterRegistry registry, String endpoint) {
    this.registry = registry;
    this.endpoint = endpoint;
  }

  private void record(String outcome, long startedAtNanos) {
    timers
        .computeIfAbsent(outcome, this::timer)
        .record(System.nanoTime() - startedAtNanos, TimeUnit.NANOSECONDS);
  }

  private Timer timer(String outcome) {
    return Timer.builder("counterfoil.authority.requests")
        .description("Requests by endpoint and outcome")
        .tag("endpoint", endpoint)
        .tag("outcome", outcome)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  void answered(long startedAtNanos) {
    record(ANSWERED, startedAtNanos);
  }

  void refused(long startedAtNanos, OAuthError.Code code) {
    record(code.name().toLowerCase(Locale.ROOT), startedAtNanos);
  }
}
