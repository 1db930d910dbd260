package dev.counterfoil.hardening;

/** With which code the process ends, in the numbers of sysexits(3). */
public enum ProcessExitCode {
  /** It was asked to stop. */
  STOPPED(0),
  /** What its keys are sealed with is away: start again, until it is back. */
  UNAVAILABLE(69),
  /** Unknown state in the program itself: recover by starting again. */
  INTERNAL(70),
  /** A protection of its memory that it does not start without does not hold. */
  UNPROTECTED(71),
  /** Another process has the folder. */
  FOLDER_IN_USE(73),
  /**
   * A write or sync of the journal failed: recover by starting again, after looking at the disk.
   */
  JOURNAL_FAILED(74),
  /** The signer was replaced: start again, and it has new keys and a new log. */
  REPLACED(75),
  /**
   * Somebody holds another history of the log: not to be started again before a person looked. A
   * start issues nothing and takes only the command that replaces the signer.
   */
  CONTRADICTED(76),
  /** A key or the passphrase cannot be used. */
  KEY_UNUSABLE(77),
  /** The configuration or its folder is not as it must be. */
  CONFIGURATION(78);

  private final int code;

  ProcessExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
