package dev.counterfoil.audit.event;

import dev.counterfoil.audit.access.Fence;

/**
 * What is kept of an event: all of it, or its row alone, or, where it is forgotten, its outline.
 */
public sealed interface Kept permits StoredEvent, ReadyEvent, EventOutline {
  /** Its index in the audit log. */
  long position();

  /** Whose it is. */
  Fence fence();

  /** When it was taken in, milliseconds since 1970. */
  long takenMillis();

  /** Length of the event; 0 where it is forgotten. */
  int bytes();
}
