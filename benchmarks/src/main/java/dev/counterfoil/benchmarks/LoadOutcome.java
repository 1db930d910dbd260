package dev.counterfoil.benchmarks;

import java.util.Map;
import java.util.OptionalLong;

/**
 * One load, measured and checked.
 *
 * @param server its name
 * @param method how the client authenticated
 * @param figures what wrk counted, all of it tokens
 * @param sampled tokens that were taken during the load and verified
 * @param recorded by how much the log grew; empty for a server that keeps none
 * @param processorMicros processor time for one token, in microseconds, by process
 */
record LoadOutcome(
    String server,
    String method,
    int connections,
    double tokensPerSecond,
    double p50Millis,
    double p99Millis,
    double p999Millis,
    double outstanding,
    Figures figures,
    int sampled,
    OptionalLong recorded,
    Map<String, Double> processorMicros) {

  static LoadOutcome of(
      Server server,
      Load load,
      Figures figures,
      int sampled,
      OptionalLong recorded,
      Map<String, Double> processorMicros) {
    return new LoadOutcome(
        server.name(),
        load.method().metadataName(),
        load.connections(),
        round(figures.rate(), 0),
        round(figures.p50Micros() / 1000.0, 2),
        round(figures.p99Micros() / 1000.0, 2),
        round(figures.p999Micros() / 1000.0, 2),
        round(figures.outstanding(), 1),
        figures,
        sampled,
        recorded,
        processorMicros);
  }

  static double round(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }
}
