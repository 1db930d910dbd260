package dev.counterfoil.spring;

import dev.counterfoil.verifier.Verifier;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;

/** {@link VerifierHealth} as Spring Boot 3.5 shows it. */
final class Boot3Health implements HealthIndicator {
  private final Verifier verifier;

  Boot3Health(Verifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public Health health() {
    VerifierHealth health = VerifierHealth.of(verifier);
    return Health.status(new Status(health.status())).withDetails(health.details()).build();
  }
}
