package dev.counterfoil.cli.command;

/** What the command's exit codes mean, for scripts. */
public final class ExitCode {
  /** Done; the answer is yes. */
  public static final int OK = 0;

  /**
   * Done; the answer is no: a token was refused, a log does not check, there are findings, a
   * drill's expectation did not hold.
   */
  public static final int NO = 1;

  /** The command was called wrongly. */
  public static final int USAGE = 2;

  /**
   * Something that the command needs is missing or not as it should be: a file, a program, a
   * configuration.
   */
  public static final int ENVIRONMENT = 3;

  /** A process, an address or a disk did not answer: the same may go well later. */
  public static final int UNAVAILABLE = 4;

  /** Done; the question does not arise: a log is sound and is not one of ours. */
  public static final int FOREIGN = 5;

  /** A defect of ours. */
  public static final int DEFECT = 70;

  private ExitCode() {}
}
