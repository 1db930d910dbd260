package dev.counterfoil.log;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.AuditLeaf;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.TokenId;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the auditor keeps of an event, as a record of the journal (spec/journal.md): version byte,
 * position, time, salt, event. Says nothing on the event's form: {@link AuditEvent} reads it. Holds
 * its arrays as they are given: they are not changed afterwards.
 */
public final class RecordedEvent implements LogEntry {
  static final byte VERSION = 3;
  private static final int FIXED_BYTES = 1 + 8 + 8 + AuditLeaf.SALT_BYTES;

  private final long position;
  private final long timeMillis;
  private final byte[] salt;
  private final byte[] event;
  private final @Nullable Leaf leaf;

  /**
   * An event.
   *
   * @param position in its log
   * @param timeMillis when it was recorded, in milliseconds since 1970
   * @param salt 16 bytes that no one can guess
   * @param event its canonical bytes
   */
  public RecordedEvent(long position, long timeMillis, byte[] salt, byte[] event) {
    this(position, timeMillis, salt, event, null);
  }

  /**
   * An event whose leaf is known.
   *
   * @param leaf that of salt and event; null where it is to be made when it is asked for
   */
  public RecordedEvent(
      long position, long timeMillis, byte[] salt, byte[] event, @Nullable Leaf leaf) {
    if (position < 0
        || position >= TokenId.POSITION_LIMIT
        || salt.length != AuditLeaf.SALT_BYTES
        || event.length == 0
        || event.length > AuditEvent.BYTES_MAX) {
      throw new IllegalArgumentException("a recorded event's part is out of its bounds");
    }
    this.position = position;
    this.timeMillis = timeMillis;
    this.salt = salt;
    this.event = event;
    this.leaf = leaf;
  }

  /** Reads a record. */
  public static RecordedEvent parse(byte[] payload) throws FormatException {
    ByteBuffer from = ByteBuffer.wrap(payload);
    if (payload.length <= FIXED_BYTES || from.get() != VERSION) {
      throw new FormatException("not a recorded event of version 3");
    }
    long position = from.getLong();
    long timeMillis = from.getLong();
    byte[] salt = new byte[AuditLeaf.SALT_BYTES];
    from.get(salt);
    byte[] event = new byte[from.remaining()];
    from.get(event);
    try {
      return new RecordedEvent(position, timeMillis, salt, event);
    } catch (IllegalArgumentException e) {
      throw new FormatException("a recorded event's part is out of its bounds", e);
    }
  }

  @Override
  public int payloadBytes() {
    return FIXED_BYTES + event.length;
  }

  @Override
  public void write(ByteBuffer target) {
    target.put(VERSION).putLong(position).putLong(timeMillis).put(salt).put(event);
  }

  /** The record's bytes. */
  public byte[] encode() {
    ByteBuffer target = ByteBuffer.allocate(payloadBytes());
    write(target);
    return target.array();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public long timeMillis() {
    return timeMillis;
  }

  /** The salt of the leaf, not to be changed. */
  public byte[] salt() {
    return salt;
  }

  /** The event's canonical bytes, not to be changed. */
  public byte[] event() {
    return event;
  }

  @Override
  public Leaf leaf() {
    return leaf == null ? AuditLeaf.of(salt, event) : leaf;
  }

  /** Position and length: the content stays out of messages. */
  @Override
  public String toString() {
    return "recorded event %d (%d bytes)".formatted(position, event.length);
  }
}
