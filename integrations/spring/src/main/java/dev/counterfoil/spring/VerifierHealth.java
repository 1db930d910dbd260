package dev.counterfoil.spring;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reading.AuthorityAway;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Down while no key is fresh, or witnesses stay away, so that every token is refused. Beside it:
 * whether the authority does not answer, whether a clock is wrong, and alarms about keys.
 *
 * @param status UP or DOWN
 * @param details by name, for those who may see them
 */
record VerifierHealth(String status, Map<String, Object> details) {
  static VerifierHealth of(Verifier verifier) {
    Map<String, Object> details = new LinkedHashMap<>();
    List<AuthorityAway> away = verifier.away();
    if (!away.isEmpty()) {
      details.put("degraded", away.stream().map(VerifierHealth::text).toList());
    }
    verifier.clockTrouble().ifPresent(trouble -> details.put("clock", trouble));
    details.put("keyAlarms", verifier.keyAlarms().stream().map(KeyAlarm::toString).toList());
    return new VerifierHealth(verifier.isReady() ? "UP" : "DOWN", details);
  }

  private static String text(AuthorityAway away) {
    return away.origin()
        + " does not answer since "
        + away.since()
        + ": tokens that were not seen before get 503";
  }
}
