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

  static DirectoryRefusedException taken(String username) {
    return new DirectoryRefusedException(
        Reason.TAKEN, "The username " + username + " is taken. Choose another one.");
  }

  static DirectoryRefusedException unknown() {
    return new DirectoryRefusedException(Reason.UNKNOWN, "There is no such person.");
  }

  /** Nobody of this username, which is repeated only where it can be one. */
  public static DirectoryRefusedException unknown(String username) {
    return new DirectoryRefusedException(
        Reason.UNKNOWN,
        Person.isUsername(username)
            ? "There is no person " + username + "."
            : "A username is 1 to 64 of a-z 0-9 . _ @ + and -, so there is no such person.");
  }

  /** Something of a person that there is not, in a sentence. */
  public static DirectoryRefusedException unknownOfPerson(String sentence) {
    return new DirectoryRefusedException(Reason.UNKNOWN, sentence);
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
