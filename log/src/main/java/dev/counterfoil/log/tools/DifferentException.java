package dev.counterfoil.log.tools;

/** A difference, on its way out of a check. */
final class DifferentException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient LogCheck.Different different;

  DifferentException(
      LogCheck.Kind kind, long position, String where, String expected, String found) {
    this(new LogCheck.Different(kind, position, where, expected, found));
  }

  private DifferentException(LogCheck.Different different) {
    super(different.description());
    this.different = different;
  }

  LogCheck.Different different() {
    return different;
  }
}
