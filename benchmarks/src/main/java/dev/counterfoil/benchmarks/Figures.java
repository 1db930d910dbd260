package dev.counterfoil.benchmarks;

/**
 * What wrk counted ({@code benchmarks/load/report.lua} prints it). Times in microseconds, from
 * writing a request to having read its whole answer.
 *
 * @param requests answers, whatever their status
 * @param refused answers that are not 2xx or 3xx
 */
record Figures(
    long requests,
    long durationMicros,
    long refused,
    long connectErrors,
    long readErrors,
    long writeErrors,
    long timeouts,
    long meanMicros,
    long p50Micros,
    long p90Micros,
    long p99Micros,
    long p999Micros,
    long maxMicros) {

  /** Answers a second. */
  double rate() {
    return requests * 1e6 / durationMicros;
  }

  /** Everything that is no token. */
  long errors() {
    return refused + connectErrors + readErrors + writeErrors + timeouts;
  }

  /**
   * How many requests were with the server on average (Little's law). Where it is well below the
   * number of connections, the load generator was the bottleneck and its times flatter the server.
   */
  double outstanding() {
    return rate() * meanMicros / 1e6;
  }
}
