package dev.counterfoil.spring;

import dev.counterfoil.verifier.Verifier;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/** {@link VerifierHealth} as Spring Boot 4 shows it. */
final class Boot4Health implements HealthIndicator {
  private final Verifier verifier;

  Boot4Health(Verifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public Health health() {
    VerifierHealth health = VerifierHealth.of(verifier);
    return Health.status(new Status(health.status())).withDetails(health.details()).build();
  }
}
