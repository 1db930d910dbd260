package dev.counterfoil.http.answers;

import dev.counterfoil.http.listener.Problem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Carries a refusal from where it is decided to the one place where it becomes an answer. */
public final class RefusedRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;
  private final transient @Nullable Caller caller;

  public RefusedRequestException(Problem problem) {
    this(problem, null);
  }

  /**
   * A refusal of one who is known.
   *
   * @param caller whose token is good, though not for this
   */
  public RefusedRequestException(Problem problem, @Nullable Caller caller) {
    super(problem.code(), null, false, false);
    this.problem = problem;
    this.caller = caller;
  }

  public Problem problem() {
    return problem;
  }

  /** Who was refused, where a good token says so. */
  public Optional<Caller> caller() {
    return Optional.ofNullable(caller);
  }
}
