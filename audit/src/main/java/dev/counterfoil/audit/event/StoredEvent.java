package dev.counterfoil.audit.event;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.format.audit.AuditEvent;
import java.util.Optional;

/** An event as it is found. Holds its salt as it is given: it is not changed afterwards. */
public final class StoredEvent implements Kept {
  private final long position;
  private final byte[] salt;
  private final AuditEvent event;
  private final Optional<EventPeople> people;

  /**
   * An event.
   *
   * @param position in the audit log
   * @param salt of its leaf
   * @param event what the log holds
   */
  public StoredEvent(long position, byte[] salt, AuditEvent event) {
    this(position, salt, event, Optional.empty());
  }

  /** The same, with the people under whose keys it is kept. */
  public StoredEvent(long position, byte[] salt, AuditEvent event, Optional<EventPeople> people) {
    this.position = position;
    this.salt = salt;
    this.event = event;
    this.people = people;
  }

  /** Its index in the audit log. */
  @Override
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

  /** Under whose keys it is kept; those of a bundle are not known. */
  public EventPeople people() {
    return people.orElseThrow();
  }

  @Override
  public Fence fence() {
    return EventPeople.fence(event);
  }

  @Override
  public long takenMillis() {
    return event.loggedMillis();
  }

  @Override
  public int bytes() {
    return event.canonicalBytes().length;
  }
}
