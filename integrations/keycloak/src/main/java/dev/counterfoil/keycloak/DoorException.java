package dev.counterfoil.keycloak;

import java.io.IOException;

/** The record door did not record. */
final class DoorException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean refuses;

  private DoorException(String message, boolean refuses) {
    super(message);
    this.refuses = refuses;
  }

  /** It gave no answer, or one that says: not at the moment. */
  static DoorException away(String message) {
    return new DoorException(message, false);
  }

  /** It refuses this source until something is changed. */
  static DoorException refusing(String message) {
    return new DoorException(message, true);
  }

  /** Whether it is an answer that refuses this source. */
  boolean refuses() {
    return refuses;
  }
}
