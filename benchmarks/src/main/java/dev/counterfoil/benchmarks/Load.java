package dev.counterfoil.benchmarks;

import java.time.Duration;

/**
 * A load on a token endpoint: connections that each send their next request when the last is
 * answered.
 *
 * @param connections between 1 and {@link #CONNECTIONS_MAX}
 * @param length at most {@link #LENGTH_MAX}
 */
record Load(Method method, int connections, Duration length) {
  /** More are no client of one machine. */
  static final int CONNECTIONS_MAX = 1024;

  /** A run that ends by itself: the machine is somebody's. */
  static final Duration LENGTH_MAX = Duration.ofMinutes(1);

  Load {
    if (connections < 1 || connections > CONNECTIONS_MAX) {
      throw new IllegalArgumentException(
          "connections: want 1 to " + CONNECTIONS_MAX + ", not " + connections);
    }
    if (length.compareTo(Duration.ofSeconds(1)) < 0 || length.compareTo(LENGTH_MAX) > 0) {
      throw new IllegalArgumentException(
          "seconds: want 1 to " + LENGTH_MAX.toSeconds() + ", not " + length.toSeconds());
    }
  }
}
