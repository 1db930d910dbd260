package dev.counterfoil.audit.access;

import java.io.IOException;

/** The store is not what the log holds: the message names the event, or what is missing. */
public final class AuditDamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  public AuditDamagedException(String message) {
    super(message);
  }
}
