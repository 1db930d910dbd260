package dev.counterfoil.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows a {@link StartProblem} instead of the chain of exceptions around it. */
final class StartProblemAnalyzer extends AbstractFailureAnalyzer<StartProblem> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, StartProblem cause) {
    return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
  }
}
