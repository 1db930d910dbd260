package dev.counterfoil.authority.clients;

import java.time.Instant;
import java.util.Optional;

/**
 * Whether a client is admitted: apart from its registration, which says what it may have.
 *
 * @param disabled whether an operator had it refused
 * @param expiresAt from when on it is refused; empty for never
 */
public record ClientStanding(boolean disabled, Optional<Instant> expiresAt) {
  /** Of a client that nobody restricted. */
  public static final ClientStanding GOOD = new ClientStanding(false, Optional.empty());

  /** Whether it may authenticate at a time. */
  public boolean admits(Instant now) {
    return !disabled && expiresAt.filter(end -> !now.isBefore(end)).isEmpty();
  }
}
