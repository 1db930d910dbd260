package dev.counterfoil.assess.finding;

import java.util.Locale;

/** How soon an operator should act on a finding, worst first. */
public enum Severity {
  /**
   * Tokens can be forged with what is published, or a known attack path of the 2023 breach is open:
   * act today.
   */
  CRITICAL,
  /** One more mistake, or one theft, leads to forged tokens that no service refuses. */
  HIGH,
  /** A protection that the field agrees on is missing. */
  MEDIUM,
  /** A weakness that needs others beside it to matter. */
  LOW,
  /** Worth knowing; nothing to repair by itself. */
  INFO;

  /** Lower-case name, as in reports. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
