package dev.counterfoil.monitor;

/**
 * An issuer that gives no usable answer now: it is down, refuses, or answers what is no answer. It
 * is asked again.
 */
final class IssuerUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  IssuerUnavailableException(String message) {
    super(message);
  }

  IssuerUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
