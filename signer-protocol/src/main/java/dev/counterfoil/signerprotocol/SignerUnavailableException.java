package dev.counterfoil.signerprotocol;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

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

  /** Whether the request was sent and the time for its answer is over: it may still be done. */
  public boolean mayStillBeDone() {
    return getCause() instanceof ExecutionException ended
        && ended.getCause() instanceof TimeoutException;
  }
}
