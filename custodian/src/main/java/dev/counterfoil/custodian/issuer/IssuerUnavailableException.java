package dev.counterfoil.custodian.issuer;

/**
 * An issuer that gives no usable answer now: it is down, refuses, or answers what is no answer. It
 * is asked again.
 */
public class IssuerUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  public IssuerUnavailableException(String message) {
    super(message);
  }

  public IssuerUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
