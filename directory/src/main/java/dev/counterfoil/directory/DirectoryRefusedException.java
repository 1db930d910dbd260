package dev.counterfoil.directory;

/** A change of the directory that was not made. The message says why in a sentence for people. */
public final class DirectoryRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** What was asked for breaks a rule: mend it and ask again. */
    MALFORMED,
    /** The name or the passkey is taken already. */
    TAKEN,
    /** No such person. */
    UNKNOWN,
    /** Another change came first: read again, and make the change again. */
    OUTDATED,
    /** No more of these. */
    FULL
  }

  private final Reason reason;

  DirectoryRefusedException(Reason reason, String sentence) {
    super(sentence);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
