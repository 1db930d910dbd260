package dev.counterfoil.signin.upstream;

/** An answer of a provider that proves nothing. The message is for operators. */
public final class UpstreamRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;

  public UpstreamRefusedException(String code, String sentence) {
    super(sentence);
    this.code = code;
  }

  UpstreamRefusedException(String code, String sentence, Throwable cause) {
    super(sentence, cause);
    this.code = code;
  }

  /** A stable word for events. */
  public String code() {
    return code;
  }
}
