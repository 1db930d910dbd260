package dev.counterfoil.spring;

/** Why the application does not start, and what to do: {@link StartProblemAnalyzer} shows both. */
@SuppressWarnings("serial")
final class StartProblem extends RuntimeException {
  private final String action;

  StartProblem(String description, String action) {
    super(description);
    this.action = action;
  }

  StartProblem(String description, String action, Throwable cause) {
    super(description, cause);
    this.action = action;
  }

  String action() {
    return action;
  }
}
