package dev.counterfoil.auditclient;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Events that wait to be delivered, in their order. By one thread at a time. */
public interface EventFeed {
  /**
   * The oldest that were not acknowledged; empty when none wait.
   *
   * @param countMax most of them
   * @param bytesMax most bytes, but always one when there is one
   */
  List<NumberedEvent> waiting(int countMax, int bytesMax) throws IOException, InterruptedException;

  /** Everything below a number is durable in the audit log: it may go. */
  void acknowledge(long upTo) throws IOException, InterruptedException;

  /** Waits until there may be more, for so long at most. */
  void await(Duration atMost) throws InterruptedException;

  /**
   * An event as it is sent.
   *
   * @param number its own in its stream
   * @param line its JSON, with {@code metadata.sequence} and {@code metadata.log_name}
   */
  record NumberedEvent(long number, String line) {}
}
