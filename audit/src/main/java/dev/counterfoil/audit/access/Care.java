package dev.counterfoil.audit.access;

import dev.counterfoil.format.audit.AuditEvent;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What an auditor needs of who runs it, to look after what it keeps.
 *
 * @param isClockRight asked before anything is deleted for its age, as a clock that was set a year
 *     ahead would have a year deleted, and before an event is refused for its time
 * @param damage told of what is not as it was recorded, in words that name the event
 * @param own told of each event of this process's own once it is recorded, with its trust domain;
 *     it must not wait
 * @param putBack told in words of what was recorded once and is not here: the log is of a time
 *     before
 */
public record Care(
    BooleanSupplier isClockRight,
    Consumer<String> damage,
    BiConsumer<String, AuditEvent> own,
    Consumer<String> putBack) {
  /** Trusts the clock, and writes damage into the process's own log. */
  public static final Care BY_ITSELF =
      new Care(
          () -> true,
          found ->
              System.getLogger(Care.class.getName())
                  .log(System.Logger.Level.ERROR, "the audit log is damaged: {0}", found));

  /** For whom our own events are no news. */
  public Care(BooleanSupplier isClockRight, Consumer<String> damage) {
    this(isClockRight, damage, (domain, event) -> {}, damage);
  }
}
