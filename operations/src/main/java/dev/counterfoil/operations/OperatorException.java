package dev.counterfoil.operations;

import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.signerprotocol.Answer;

/**
 * A signer or a registrar refused what an operator asked for, or did not answer. The message says
 * which step it was, and what holds nevertheless. It is plain text: an attacker who controls the
 * process chooses parts of it, and it is shown on a terminal.
 */
public final class OperatorException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Most characters that are shown of a text that a process chooses. */
  public static final int SAID_MAX = 400;

  private final Kind kind;

  /** What came in the place of an answer. */
  public enum Kind {
    /** Nothing, or what is no answer to the question. */
    NO_ANSWER,
    /** No, because of what is under way there. */
    CONFLICT,
    /** No, since it is about what is not there. */
    UNKNOWN,
    /** No, for another reason. */
    REFUSED
  }

  public OperatorException(String message, Throwable cause) {
    super(PlainText.of(message), cause);
    this.kind = Kind.NO_ANSWER;
  }

  public OperatorException(String message, Kind kind) {
    super(PlainText.of(message));
    this.kind = kind;
  }

  /** By what a process refused with. */
  public static OperatorException refused(String message, Answer.Code code) {
    return new OperatorException(
        message,
        switch (code) {
          case CONFLICT, OUTDATED -> Kind.CONFLICT;
          case UNKNOWN -> Kind.UNKNOWN;
          default -> Kind.REFUSED;
        });
  }

  public Kind kind() {
    return kind;
  }

  public boolean isUnknown() {
    return kind == Kind.UNKNOWN;
  }

  /** Whether the process that was asked said no; else it did not answer, or not to the question. */
  public boolean isRefused() {
    return kind != Kind.NO_ANSWER;
  }
}
