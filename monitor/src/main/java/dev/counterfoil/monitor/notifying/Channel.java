package dev.counterfoil.monitor.notifying;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

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
   * @throws NotificationRefusedException when one of them was refused, and it is known which
   * @throws IOException when it cannot be known that all were taken; the message says why, without
   *     a secret
   */
  void send(List<Notification> batch) throws IOException, InterruptedException;

  /**
   * The same, where it may tell what waits behind them, too.
   *
   * @param waiting a line for each sort, the gravest first
   */
  default void send(List<Notification> batch, Supplier<List<Waiting>> waiting)
      throws IOException, InterruptedException {
    send(batch);
  }

  /**
   * What waits.
   *
   * @param headline of each of them
   * @param gravity of each, as {@link Notification#gravity} has it
   * @param count how many
   */
  record Waiting(String headline, int gravity, long count) {}

  /** Looks whether it would take some. */
  void probe(Notification heartbeat) throws IOException, InterruptedException;

  @Override
  default void close() {
    // Most have nothing open between two batches.
  }
}
