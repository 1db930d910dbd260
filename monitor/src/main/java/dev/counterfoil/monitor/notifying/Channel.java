package dev.counterfoil.monitor.notifying;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A way out: what it took is told, what it did not take is sent again. */
interface Channel extends AutoCloseable {
  /** Where it goes, for people: no secret. */
  String target();

  /** How many it takes at one time. */
  int batchMax();

  /** How long to wait between two batches. */
  default Duration pause() {
    return Duration.ZERO;
  }

  /**
   * Sends them all, in their order.
   *
   * @throws IOException when it cannot be known that all were taken; the message says why, without
   *     a secret
   */
  void send(List<Notification> batch) throws IOException, InterruptedException;

  /** Looks whether it would take some. */
  void probe(Notification heartbeat) throws IOException, InterruptedException;

  @Override
  default void close() {
    // Most have nothing open between two batches.
  }
}
