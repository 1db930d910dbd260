package dev.counterfoil.signin.passkeys;

/** A passkey that is not accepted. The message is for the audit log, and never for the page. */
public final class PasskeyRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;

  public PasskeyRefusedException(String code, String detail) {
    super(detail);
    this.code = code;
  }

  /** Why, stable: {@code challenge}, {@code unknown}, {@code counter} or {@code verification}. */
  public String code() {
    return code;
  }
}
