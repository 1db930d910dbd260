package dev.counterfoil.log.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.tree.Leaf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What the issuer keeps of a token that was composed elsewhere and came through the record door, as
 * a record of the journal (spec/journal.md): version byte, position, time, digest, batch, source.
 * Holds its arrays as they are given: they are not changed afterwards.
 *
 * @param position in its log
 * @param timeMillis when it was recorded, in milliseconds since 1970
 * @param digest SHA-256 of a token's signing input, as the source says
 * @param batch 16 bytes that the digests of one request have in common
 * @param sourceName who handed it in: 1 to 128 bytes of printable ASCII
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RecordedDigest(
    long position, long timeMillis, Hash digest, byte[] batch, byte[] sourceName)
    implements LogEntry {
  /** Length of a batch's identifier, in bytes. */
  public static final int BATCH_BYTES = 16;

  /** Longest name of a source, in bytes. */
  public static final int SOURCE_BYTES_MAX = 128;

  static final byte VERSION = 2;
  private static final int FIXED_BYTES = 1 + 8 + 8 + Hash.BYTES + BATCH_BYTES;

  public RecordedDigest {
    if (position < 0
        || position >= TokenId.POSITION_LIMIT
        || batch.length != BATCH_BYTES
        || !isSource(sourceName)) {
      throw new IllegalArgumentException("a recorded digest's part is out of its bounds");
    }
  }

  private static boolean isSource(byte[] source) {
    if (source.length == 0 || source.length > SOURCE_BYTES_MAX) {
      return false;
    }
    for (byte b : source) {
      if (b < 0x21 || b > 0x7e) {
        return false;
      }
    }
    return true;
  }

  /** Reads a record. */
  public static RecordedDigest parse(byte[] payload) throws FormatException {
    ByteBuffer from = ByteBuffer.wrap(payload);
    if (payload.length <= FIXED_BYTES || from.get() != VERSION) {
      throw new FormatException("not a recorded digest of version 2");
    }
    long position = from.getLong();
    long timeMillis = from.getLong();
    byte[] digest = new byte[Hash.BYTES];
    from.get(digest);
    byte[] batch = new byte[BATCH_BYTES];
    from.get(batch);
    byte[] source = new byte[from.remaining()];
    from.get(source);
    try {
      return new RecordedDigest(position, timeMillis, Hash.of(digest), batch, source);
    } catch (IllegalArgumentException e) {
      throw new FormatException("a recorded digest's part is out of its bounds", e);
    }
  }

  @Override
  public int payloadBytes() {
    return FIXED_BYTES + sourceName.length;
  }

  @Override
  public void write(ByteBuffer target) {
    target.put(VERSION).putLong(position).putLong(timeMillis);
    target.put(digest.bytes()).put(batch).put(sourceName);
  }

  /** Who handed it in. */
  public String source() {
    return new String(sourceName, StandardCharsets.US_ASCII);
  }

  @Override
  public Leaf leaf() {
    return new Leaf(digest);
  }

  @Override
  public String toString() {
    return "recorded digest %d of %s".formatted(position, source());
  }
}
