package dev.counterfoil.audit.event;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.names.SourceStream;

/**
 * An event that was taken, as the row that the store lays in: made by whoever took the event, since
 * the index has one thread for all; and a fraction of the memory of the event itself, while it
 * waits for that.
 *
 * @param row of the event
 * @param stream who reported it, in which of his logs
 * @param bytes length of the event
 */
public record ReadyEvent(StoreRow row, SourceStream stream, int bytes) implements Kept {
  @Override
  public long position() {
    return row.position();
  }

  @Override
  public Fence fence() {
    return row.fence();
  }

  @Override
  public long takenMillis() {
    return row.numbers().loggedMillis();
  }
}
