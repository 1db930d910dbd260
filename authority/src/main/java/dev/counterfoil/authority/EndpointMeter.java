package dev.counterfoil.authority;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Counts and times the requests of one endpoint by their outcome. Every meter is made ahead: a
 * request costs one look into an enum map and one histogram update.
 */
final class EndpointMeter {
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

  private final Timer answered;
  private final Map<OAuthError.Code, Timer> refused = new EnumMap<>(OAuthError.Code.class);

  EndpointMeter(MeterRegistry registry, String endpoint) {
    this.answered = timer(registry, endpoint, "answered");
    for (OAuthError.Code code : OAuthError.Code.values()) {
      refused.put(code, timer(registry, endpoint, code.name().toLowerCase(Locale.ROOT)));
    }
  }

  private static Timer timer(MeterRegistry registry, String endpoint, String outcome) {
    return Timer.builder("counterfoil.authority.requests")
        .description("Requests by endpoint and outcome")
        .tag("endpoint", endpoint)
        .tag("outcome", outcome)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  void answered(long startedAtNanos) {
    answered.record(System.nanoTime() - startedAtNanos, TimeUnit.NANOSECONDS);
  }

  void refused(long startedAtNanos, OAuthError.Code code) {
    Timer timer = refused.get(code);
    if (timer != null) {
      timer.record(System.nanoTime() - startedAtNanos, TimeUnit.NANOSECONDS);
    }
  }
}
