package dev.counterfoil.authority.connect.grants;

import java.io.IOException;

/** What people allowed cannot be written down at this time, so that nothing is given out. */
public final class GrantsUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  GrantsUnavailableException(IOException cause) {
    super("the grants' journal cannot be written", cause);
  }

  GrantsUnavailableException(String message) {
    super(message);
  }
}
