package dev.counterfoil.log.disk;

/**
 * The journal ends cleanly before what the log's own key has signed: an earlier state of it was put
 * back, or its disk lost what it said was durable. The log must not go on, and what it has can be
 * sealed.
 */
public final class LogRewoundException extends LogDamagedException {
  private static final long serialVersionUID = 1L;

  private final long records;
  private final long known;

  public LogRewoundException(String message, long records, long known) {
    super(message);
    this.records = records;
    this.known = known;
  }

  /** Records that the journal has. */
  public long records() {
    return records;
  }

  /** Records that it had at least. */
  public long known() {
    return known;
  }
}
