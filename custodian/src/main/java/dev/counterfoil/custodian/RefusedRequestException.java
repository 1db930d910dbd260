package dev.counterfoil.custodian;

/** Carries a refusal from where it is decided to the one place where it becomes an answer. */
public final class RefusedRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  public RefusedRequestException(Problem problem) {
    super(problem.code(), null, false, false);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
