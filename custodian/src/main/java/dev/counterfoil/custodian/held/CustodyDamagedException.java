package dev.counterfoil.custodian.held;

import java.io.IOException;

/** What is held is not as it was written. */
final class CustodyDamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  CustodyDamagedException(String message) {
    super(message);
  }

  CustodyDamagedException(String message, Throwable cause) {
    super(message, cause);
  }
}
