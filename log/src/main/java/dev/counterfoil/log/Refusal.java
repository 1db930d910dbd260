package dev.counterfoil.log;

/** Why the log did not take an entry. Nothing was recorded; asking again later may help. */
public enum Refusal {
  /** More entries wait than the queue holds. */
  BUSY("log-busy"),
  /** Too many entries wait for the level that it asks for, or the level is behind. */
  BEHIND("log-level-behind"),
  /** The disk has no room but the reserve. */
  FULL("log-full"),
  /** The log ended for good. */
  SEALED("log-sealed"),
  /** The log is being closed. */
  CLOSED("log-closed");

  private final String code;

  Refusal(String code) {
    this.code = code;
  }

  /** Stable code. */
  public String code() {
    return code;
  }
}
