package dev.counterfoil.authority.http;

/**
 * Carries a refusal out of the reading of a request to the one place that answers. Has no stack
 * trace: it is an answer, not a fault, and attackers cause it at will.
 */
public final class RequestRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient OAuthError error;

  public RequestRefusedException(OAuthError error) {
    super(error.description(), null, false, false);
    this.error = error;
  }

  public OAuthError error() {
    return error;
  }
}
