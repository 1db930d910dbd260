package dev.counterfoil.signin;

/** A passkey that is not accepted. The message is for the audit log, and never for the page. */
final class PasskeyRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;

  PasskeyRefusedException(String code, String detail) {
    super(detail);
    this.code = code;
  }

  /** Why, stable: {@code challenge}, {@code unknown}, {@code counter} or {@code verification}. */
  String code() {
    return code;
  }
}
