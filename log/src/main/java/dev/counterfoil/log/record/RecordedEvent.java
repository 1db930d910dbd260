package dev.counterfoil.log.record;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.tree.Leaf;
import java.nio.ByteBuffer;

/**
 * What the auditor keeps of an event, as a record of the journal (spec/journal.md): version byte,
 * position, time, the leaf's digest, an outline in plain, and the event sealed. Says nothing on
 * either: who has the keys reads them. So the record is its leaf's also when the keys are gone.
 * Holds its arrays as they are given: they are not changed afterwards.
 *
 * @param position in its log
 * @param timeMillis when it was recorded, in milliseconds since 1970
 * @param digest of its leaf
 * @param outline what is known of it without a key
 * @param sealed the event
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RecordedEvent(
    long position, long timeMillis, Hash digest, byte[] outline, byte[] sealed)
    implements LogEntry {
  /** Longest outline, in bytes. */
  public static final int OUTLINE_BYTES_MAX = 4 << 10;

  /** What a seal may add to an event, in bytes. */
  public static final int SEAL_BYTES_MAX = 64;

  static final byte VERSION = 4;

  /** Version of records that had events in plain, of a build before this one. */
  static final byte VERSION_IN_PLAIN = 3;

  private static final int FIXED_BYTES = 1 + 8 + 8 + Hash.BYTES + 2;

  public RecordedEvent {
    if (position < 0
        || position >= TokenId.POSITION_LIMIT
        || outline.length > OUTLINE_BYTES_MAX
        || sealed.length == 0
        || sealed.length > AuditEvent.BYTES_MAX + SEAL_BYTES_MAX) {
      throw new IllegalArgumentException("a recorded event's part is out of its bounds");
    }
  }

  /** Reads a record. */
  public static RecordedEvent parse(byte[] payload) throws FormatException {
    if (payload.length > 0 && payload[0] == VERSION_IN_PLAIN) {
      throw new FormatException(
          "an audit event of a build before this one, which kept names in plain: such a log is not read any more");
    }
    ByteBuffer from = ByteBuffer.wrap(payload);
    if (payload.length <= FIXED_BYTES || from.get() != VERSION) {
      throw new FormatException("not a recorded event of version 4");
    }
    long position = from.getLong();
    long timeMillis = from.getLong();
    byte[] digest = new byte[Hash.BYTES];
    from.get(digest);
    int outlineBytes = from.getShort();
    if (outlineBytes < 0 || outlineBytes > from.remaining()) {
      throw new FormatException("a recorded event's outline is out of its bounds");
    }
    byte[] outline = new byte[outlineBytes];
    from.get(outline);
    byte[] sealed = new byte[from.remaining()];
    from.get(sealed);
    try {
      return new RecordedEvent(position, timeMillis, Hash.of(digest), outline, sealed);
    } catch (IllegalArgumentException e) {
      throw new FormatException("a recorded event's part is out of its bounds", e);
    }
  }

  @Override
  public int payloadBytes() {
    return FIXED_BYTES + outline.length + sealed.length;
  }

  @Override
  public void write(ByteBuffer target) {
    target.put(VERSION).putLong(position).putLong(timeMillis).put(digest.bytes());
    target.putShort((short) outline.length).put(outline).put(sealed);
  }

  @Override
  public Leaf leaf() {
    return new Leaf(digest);
  }

  /** Position and length. */
  @Override
  public String toString() {
    return "recorded event %d (%d bytes sealed)".formatted(position, sealed.length);
  }
}
