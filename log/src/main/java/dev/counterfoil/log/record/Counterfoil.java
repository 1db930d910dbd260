package dev.counterfoil.log.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.tree.Leaf;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * What the issuer keeps of a token, as a record of the journal (spec/journal.md): version byte,
 * position, time, salt, length of the signing input, signing input, context. Holds its arrays as
 * they are given: they are not changed afterwards.
 */
public final class Counterfoil implements LogEntry {
  /** Longest signing input, in bytes. */
  public static final int SIGNING_INPUT_BYTES_MAX = 32 << 10;

  /** Longest context, in bytes. */
  public static final int CONTEXT_BYTES_MAX = 16 << 10;

  public static final byte VERSION = 1;
  private static final int SALT_AT = 1 + 8 + 8;
  private static final int FIXED_BYTES = SALT_AT + TokenId.SALT_BYTES + 4;

  private final long position;
  private final long timeMillis;
  private final byte[] signingInput;
  private final byte[] salt;
  private final byte[] context;

  /** Computed when it is first asked for. */
  private @Nullable Leaf leaf;

  /**
   * A counterfoil.
   *
   * @param position of the token in its log
   * @param timeMillis when it was recorded, in milliseconds since 1970
   * @param signingInput {@code header.payload} of the token (RFC 7515 5.1)
   * @param salt 16 bytes, with which the token's identifier commits to the context
   * @param context circumstances of issuing, in their canonical form
   */
  public Counterfoil(
      long position, long timeMillis, byte[] signingInput, byte[] salt, byte[] context) {
    if (position < 0
        || position >= TokenId.POSITION_LIMIT
        || signingInput.length > SIGNING_INPUT_BYTES_MAX
        || salt.length != TokenId.SALT_BYTES
        || context.length > CONTEXT_BYTES_MAX) {
      throw new IllegalArgumentException("a counterfoil's part is out of its bounds");
    }
    this.position = position;
    this.timeMillis = timeMillis;
    this.signingInput = signingInput;
    this.salt = salt;
    this.context = context;
  }

  /** Reads a record. */
  public static Counterfoil parse(byte[] payload) throws FormatException {
    ByteBuffer source = ByteBuffer.wrap(payload);
    Head head = Head.read(source);
    byte[] salt = new byte[TokenId.SALT_BYTES];
    source.get(SALT_AT, salt);
    byte[] signingInput = new byte[head.signingInputBytes];
    source.get(signingInput);
    byte[] context = new byte[source.remaining()];
    source.get(context);
    return new Counterfoil(head.position, head.timeMillis, signingInput, salt, context);
  }

  /**
   * Computes the digest of the leaf from a record as it lies, without taking it apart.
   *
   * @param payload what remains is the record
   * @param digest unused, or reset
   * @return the position that the record says it has
   */
  public static long digest(ByteBuffer payload, MessageDigest digest, byte[] target, int offset)
      throws FormatException {
    Head head = Head.read(payload);
    payload.limit(payload.position() + head.signingInputBytes);
    digest.update(payload);
    try {
      digest.digest(target, offset, Hash.BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("SHA-256 fits 32 bytes", e);
    }
    return head.position;
  }

  /** What stands before the signing input. */
  private record Head(long position, long timeMillis, int signingInputBytes) {
    /** Reads it, and holds all lengths against their bounds; then the signing input is next. */
    static Head read(ByteBuffer record) throws FormatException {
      if (record.remaining() < FIXED_BYTES || record.get() != VERSION) {
        throw new FormatException("not a counterfoil of version 1");
      }
      long position = record.getLong();
      long timeMillis = record.getLong();
      record.position(record.position() + TokenId.SALT_BYTES);
      int signingInputBytes = record.getInt();
      if (position < 0
          || position >= TokenId.POSITION_LIMIT
          || signingInputBytes < 0
          || signingInputBytes > Math.min(record.remaining(), SIGNING_INPUT_BYTES_MAX)
          || record.remaining() - signingInputBytes > CONTEXT_BYTES_MAX) {
        throw new FormatException("a counterfoil's part is out of its bounds");
      }
      return new Head(position, timeMillis, signingInputBytes);
    }
  }

  @Override
  public int payloadBytes() {
    return FIXED_BYTES + signingInput.length + context.length;
  }

  @Override
  public void write(ByteBuffer target) {
    target.put(VERSION).putLong(position).putLong(timeMillis).put(salt);
    target.putInt(signingInput.length).put(signingInput).put(context);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public long timeMillis() {
    return timeMillis;
  }

  /** {@code header.payload} of the token, not to be changed. */
  public byte[] signingInput() {
    return signingInput;
  }

  /** The salt of the commitment, not to be changed. */
  public byte[] salt() {
    return salt;
  }

  /** The context, not to be changed. */
  public byte[] context() {
    return context;
  }

  @Override
  public Leaf leaf() {
    Leaf known = leaf;
    if (known == null) {
      known = Leaf.of(signingInput);
      leaf = known;
    }
    return known;
  }

  /** Position and lengths: the content stays out of messages. */
  @Override
  public String toString() {
    return "counterfoil %d (%d + %d bytes)"
        .formatted(position, signingInput.length, context.length);
  }
}
