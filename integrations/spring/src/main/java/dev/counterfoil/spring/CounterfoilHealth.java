package dev.counterfoil.spring;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.verifier.Verifier;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Down while no key is fresh, so that every token is refused; alarms about keys beside it. */
final class CounterfoilHealth implements HealthIndicator {
  private final Verifier verifier;

  CounterfoilHealth(Verifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public Health health() {
    Health.Builder health = verifier.isReady() ? Health.up() : Health.down();
    return health
        .withDetail("keyAlarms", verifier.keyAlarms().stream().map(KeyAlarm::toString).toList())
        .build();
  }
}
