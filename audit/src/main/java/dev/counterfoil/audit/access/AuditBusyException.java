package dev.counterfoil.audit.access;

import java.io.IOException;

/** As much is under way as may be, of a tenant or of all: what was asked for is not begun. */
public final class AuditBusyException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With a message that says what to do. */
  AuditBusyException(String message) {
    super(message);
  }
}
