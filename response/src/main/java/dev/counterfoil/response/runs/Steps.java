package dev.counterfoil.response.runs;

import java.io.IOException;

/** Carries single steps out. Each can be asked for again, and then changes nothing more. */
public interface Steps {
  /**
   * How far a step reaches, or reached.
   *
   * @param reach how many
   * @param what of these
   * @param said more, for people; empty for nothing
   */
  record Done(long reach, String what, String said) {}

  /** It cannot be done, and asking again does not help: the message says why. */
  final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    public RefusedException(String message) {
      super(message);
    }

    public RefusedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Does it, or tries it.
   *
   * @param isDry whether nothing is changed
   * @throws IOException when it is not known, or not done yet: it can be asked for again
   */
  Done carryOut(Run run, Run.Step step, boolean isDry)
      throws IOException, RefusedException, InterruptedException;
}
