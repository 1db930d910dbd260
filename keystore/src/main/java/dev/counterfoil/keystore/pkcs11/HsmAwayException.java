package dev.counterfoil.keystore.pkcs11;

import java.security.GeneralSecurityException;

/** A custody cannot be reached now, and may be again: an HSM that is away. Nothing is signed. */
public final class HsmAwayException extends GeneralSecurityException {
  private static final long serialVersionUID = 1;

  /**
   * A custody that is away.
   *
   * @param why for an operator
   */
  public HsmAwayException(String why) {
    super(why);
  }
}
