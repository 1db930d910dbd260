package dev.counterfoil.monitor;

/** Carries a refusal from where it is decided to the one place where it becomes an answer. */
final class RefusedRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  RefusedRequestException(Problem problem) {
    super(problem.code(), null, false, false);
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }
}
