package dev.counterfoil.monitor.findings;

/** Takes findings and makes them durable before it returns. */
@FunctionalInterface
public interface FindingSink {
  void raise(Finding finding);
}
