package dev.counterfoil.assess.fetch;

/**
 * The assessment could not be made because of what its caller gave it: a file, an address, a number
 * of things. The message says what to change. Trouble at the assessed issuer is a finding instead.
 */
public final class AssessmentException extends RuntimeException {
  public AssessmentException(String message) {
    super(message);
  }

  public AssessmentException(String message, Throwable cause) {
    super(message, cause);
  }
}
