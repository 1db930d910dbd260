package dev.counterfoil.spring;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.verifier.Verifier;
import java.util.Map;

/**
 * Down while no key is fresh, so that every token is refused; alarms about keys beside it.
 *
 * @param status UP or DOWN
 * @param details by name, for whoever may see them
 */
record VerifierHealth(String status, Map<String, Object> details) {
  static VerifierHealth of(Verifier verifier) {
    return new VerifierHealth(
        verifier.isReady() ? "UP" : "DOWN",
        Map.of("keyAlarms", verifier.keyAlarms().stream().map(KeyAlarm::toString).toList()));
  }
}
