package dev.counterfoil.monitor;

/** Takes findings and makes them durable before it returns. */
@FunctionalInterface
interface FindingSink {
  void raise(Finding finding);
}
