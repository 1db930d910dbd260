package dev.counterfoil.verifier.reading;

import java.io.IOException;

/** There was an answer, and it is longer than any that can be meant. */
public final class AnswerTooLongException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param bytesMax how many bytes it may have
   */
  public AnswerTooLongException(int bytesMax) {
    super("answer is longer than " + bytesMax + " bytes");
  }
}
