package dev.counterfoil.audit;

import dev.counterfoil.format.AuditEvent;

/** An event as it is found. Holds its salt as it is given: it is not changed afterwards. */
public final class StoredEvent {
  private final long position;
  private final byte[] salt;
  private final AuditEvent event;

  /**
   * An event.
   *
   * @param position in the audit log
   * @param salt of its leaf
   * @param event what the log holds
   */
  StoredEvent(long position, byte[] salt, AuditEvent event) {
    this.position = position;
    this.salt = salt;
    this.event = event;
  }

  /** Its index in the audit log. */
  public long position() {
    return position;
  }

  /** The salt of its leaf, not to be changed. */
  public byte[] salt() {
    return salt;
  }

  /** What the log holds. */
  public AuditEvent event() {
    return event;
  }

  /** Whose it is. */
  Fence fence() {
    return new Fence(Source.domainOf(event.reporter().orElseThrow()), event.tenant());
  }
}
