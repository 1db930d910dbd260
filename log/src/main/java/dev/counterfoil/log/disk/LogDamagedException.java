package dev.counterfoil.log.disk;

/**
 * What is on the disk is not what this log wrote, or less than it promised. The log refuses to go
 * on; the message names the place and what to do.
 */
public class LogDamagedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LogDamagedException(String message) {
    super(message);
  }

  public LogDamagedException(String message, Throwable cause) {
    super(message, cause);
  }
}
