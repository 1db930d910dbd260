package dev.counterfoil.custodian;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.log.Scrubber;
import dev.counterfoil.log.Scrubbing;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Has everything that is held read again in the background; what is damaged is an alarm. */
final class CustodyScrubbing implements AutoCloseable {
  private final Alarm.Sink alarms;

  /** By the logs' origins. */
  private final Map<String, Scrubbing> scrubbings = new HashMap<>();

  CustodyScrubbing(Alarm.Sink alarms) {
    this.alarms = alarms;
  }

  synchronized void start(String domain, StatedLog log, Scrubber scrubber) {
    scrubbings.put(
        log.key().name(),
        Scrubbing.start(
            scrubber,
            Scrubbing.Options.DEFAULT,
            damage -> alarms.raise(damaged(domain, log, damage))));
  }

  private static Alarm damaged(String domain, StatedLog log, Scrubber.Difference damage) {
    return new Alarm(
        Alarm.Kind.COUNTERFOIL_DAMAGED,
        domain,
        log.name() + "." + damage.position(),
        log.name(),
        OptionalLong.of(damage.position()),
        damage.at(),
        "What the custodian holds of log "
            + log.name()
            + " is not as it was written: "
            + damage.description(),
        JsonObject.builder().build());
  }

  /** What was found in a log and could not be repaired. */
  synchronized Optional<Scrubber.Difference> damage(StatedLog log) {
    return Optional.ofNullable(scrubbings.get(log.key().name()))
        .flatMap(scrubbing -> scrubbing.progress().damage());
  }

  @Override
  public synchronized void close() {
    scrubbings.values().forEach(Scrubbing::close);
  }
}
