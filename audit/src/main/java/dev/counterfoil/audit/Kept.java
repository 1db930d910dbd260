package dev.counterfoil.audit;

/** What is kept of an event: all of it, or, where it is forgotten, its outline. */
sealed interface Kept permits StoredEvent, EventOutline {
  /** Its index in the audit log. */
  long position();

  /** Whose it is. */
  Fence fence();

  /** When it was taken in, milliseconds since 1970. */
  long takenMillis();
}
