package dev.counterfoil.audit.access;

import java.io.IOException;

/** The audit log cannot be written now: what was to be recorded before it is done is not done. */
public final class AuditUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With a message that says what to do. */
  public AuditUnavailableException(String message) {
    super(message);
  }

  public AuditUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
