package dev.counterfoil.auditclient;

import java.io.IOException;

/** An event cannot be kept now: what it tells of must not be done, unless it contains a theft. */
public final class SpoolUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String code;

  SpoolUnavailableException(String code, String message) {
    super(message);
    this.code = code;
  }

  /** Why, stable: {@code spool-full}, {@code spool-unwritable} or {@code spool-closed}. */
  public String code() {
    return code;
  }
}
