package dev.counterfoil.keycloak;

import java.util.Locale;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.jspecify.annotations.Nullable;

/**
 * What Keycloak's {@code /health/ready} says of the record. It is up also while the door is away:
 * with it down, load balancers would take away every node at once, and with them the keys and
 * sessions of tokens that were issued before.
 */
@Readiness
public class RecordReadiness implements HealthCheck {
  /** Keycloak makes this check by itself; the record starts elsewhere. */
  private static volatile @Nullable Recorder started;

  /** For Keycloak. */
  public RecordReadiness() {}

  static void of(Recorder recorder) {
    started = recorder;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder answer = HealthCheckResponse.named("Counterfoil record").up();
    Recorder recorder = started;
    if (recorder != null) {
      answer
          .withData("door", recorder.state().kind().name().toLowerCase(Locale.ROOT))
          .withData("tokens", recorder.refusing() == null ? "released" : "refused")
          .withData("kept", recorder.waitingLate());
    }
    return answer.build();
  }
}
