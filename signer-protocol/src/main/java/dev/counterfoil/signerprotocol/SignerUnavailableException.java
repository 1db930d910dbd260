package dev.counterfoil.signerprotocol;

/**
 * The signer or registrar is not there, died, or did not answer in time. What was asked may or may
 * not have been done.
 */
public final class SignerUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  public SignerUnavailableException(String message) {
    super(message);
  }

  public SignerUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
