package dev.counterfoil.rules.reading;

/** A rule that cannot be used: its message begins with {@code file:line:} and names the field. */
public final class RuleFault extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is broken, for counting. */
  public enum Kind {
    /** The file is not YAML, or not what this project reads of it. */
    YAML,
    /** A key is missing, or has a value of another form. */
    KEY,
    /** Something is larger than its limit. */
    LIMIT,
    /** A value does not fit its field's modifiers. */
    VALUE,
    /** A modifier is unknown, or does not go with another. */
    MODIFIER,
    /** A regular expression has what no engine does in linear time, or is malformed. */
    REGEX,
    /** A placeholder has no values here. */
    PLACEHOLDER,
    /** A condition cannot be read. */
    CONDITION,
    /** A correlation lacks what its type needs. */
    CORRELATION,
    /** A rule names another that is not here, or two have one name. */
    REFERENCE,
    /** A test of a rule cannot be read. */
    TEST
  }

  private final Kind kind;

  public RuleFault(Kind kind, String file, int line, String message) {
    super(file + ":" + line + ": " + message);
    this.kind = kind;
  }

  /** A fault whose message already says where. */
  RuleFault(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** What is broken. */
  public Kind kind() {
    return kind;
  }
}
