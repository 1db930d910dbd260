package dev.counterfoil.signals.sending;

import dev.counterfoil.signals.SecurityEvent;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way to a stream.
 *
 * @param id of its row
 * @param token as it was signed; null before
 * @param attempts how often the receiver refused it
 */
public record OutgoingEvent(long id, SecurityEvent event, @Nullable String token, int attempts) {
  /** The same, signed. */
  OutgoingEvent signed(String with) {
    return new OutgoingEvent(id, event, with, attempts);
  }

  /** Leaves the token out. */
  @Override
  public String toString() {
    return "OutgoingEvent[" + event.id() + "]";
  }
}
