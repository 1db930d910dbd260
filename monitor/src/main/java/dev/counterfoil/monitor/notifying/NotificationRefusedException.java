package dev.counterfoil.monitor.notifying;

import java.io.IOException;

/** A receiver took some notifications and refused the next: it answers, and not this one. */
final class NotificationRefusedException extends IOException {
  private static final long serialVersionUID = 1;

  private final int taken;

  /**
   * Of a batch.
   *
   * @param taken how many of it were taken, which is the index of the one that was refused
   */
  NotificationRefusedException(int taken, String message) {
    super(message);
    this.taken = taken;
  }

  int taken() {
    return taken;
  }
}
