package dev.counterfoil.audit;

import java.io.IOException;

/** The store is not what the log holds: the message names the event, or what is missing. */
public final class AuditDamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  AuditDamagedException(String message) {
    super(message);
  }
}
