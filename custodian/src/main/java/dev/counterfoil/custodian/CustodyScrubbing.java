package dev.counterfoil.custodian;

import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.care.Scrubbing;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Has everything that is held read again in the background; what differs is an alarm. */
public final class CustodyScrubbing implements AutoCloseable {
  private final Alarm.Sink alarms;

  /** By the logs' origins. */
  private final Map<String, Scrubbing> scrubbings = new HashMap<>();

  public CustodyScrubbing(Alarm.Sink alarms) {
    this.alarms = alarms;
  }

  public synchronized void start(String domain, StatedLog log, Scrubber scrubber) {
    scrubbings.put(
        log.key().name(),
        Scrubbing.start(
            scrubber, Scrubbing.Options.DEFAULT, found -> alarms.raise(alarm(domain, log, found))));
  }

  static Alarm alarm(String domain, StatedLog log, Scrubber.Difference found) {
    return new Alarm(
        found.repaired() ? Alarm.Kind.CUSTODY_REPAIRED : Alarm.Kind.COUNTERFOIL_DAMAGED,
        domain,
        log.name() + "." + found.position(),
        log.name(),
        OptionalLong.of(found.position()),
        found.at(),
        (found.repaired()
                    ? "Hashes of what the custodian holds of log %s were wrong and have"
                        + " been rewritten. Check the disk: "
                    : "What the custodian holds of log %s is not as it was written: ")
                .formatted(log.name())
            + found.description(),
        JsonObject.builder().build());
  }

  /** What was found in a log and could not be repaired. */
  public synchronized Optional<Scrubber.Difference> damage(StatedLog log) {
    return Optional.ofNullable(scrubbings.get(log.key().name()))
        .flatMap(scrubbing -> scrubbing.progress().damage());
  }

  @Override
  public synchronized void close() {
    scrubbings.values().forEach(Scrubbing::close);
  }
}
