package dev.counterfoil.cli.ship;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.operations.shipping.FileShipping;
import java.io.IOException;
import java.time.Duration;

/**
 * Sends a batch again that was not taken, until it is or a time is over; and says that it waits.
 */
final class PatientTarget implements FileShipping.Target {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration AGAIN_EVERY = Duration.ofMillis(500);

  private final FileShipping.Target target;
  private final Duration patience;
  private final Duration againEvery;

  PatientTarget(FileShipping.Target target) {
    this(target, PATIENCE, AGAIN_EVERY);
  }

  /**
   * The same with another patience.
   *
   * @param patience how long one batch may be refused
   */
  PatientTarget(FileShipping.Target target, Duration patience, Duration againEvery) {
    this.target = target;
    this.patience = patience;
    this.againEvery = againEvery;
  }

  /** An exception of the target's may go well later; a failure ends it. */
  @Override
  public JsonObject send(FileShipping.Batch batch) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    boolean waits = false;
    while (true) {
      try {
        return target.send(batch);
      } catch (IOException e) {
        String why = "the audit log accepts nothing now: " + PlainText.of(CommandFailure.reason(e));
        if (System.nanoTime() - end >= 0) {
          throw CommandFailure.unavailable(
              why + ". Run it again later: what was recorded is not recorded twice");
        }
        if (!waits) {
          System.err.printf(
              "Warning: %s. Trying again for %d seconds.%n", why, patience.toSeconds());
          waits = true;
        }
        Thread.sleep(againEvery);
      }
    }
  }
}
