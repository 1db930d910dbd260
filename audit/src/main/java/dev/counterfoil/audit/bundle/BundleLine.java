package dev.counterfoil.audit.bundle;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A line of a bundle that shows a leaf: an event, or the digest of one that was deleted. The event
 * stands last in its line, as the bytes that were hashed.
 *
 * @param number of the line, from 1
 * @param position of the leaf
 * @param n the how many-th event of its tenant it is; -1 where the line does not say
 * @param bytes the line
 * @param eventFrom where its event begins; it ends before the last byte
 * @param salt of the event; empty where it was deleted
 * @param digest of the deleted event
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record BundleLine(
    long number,
    long position,
    long n,
    byte[] bytes,
    int eventFrom,
    byte[] salt,
    @Nullable Hash digest) {
  private static final byte[] EVENT = ",\"event\":".getBytes(StandardCharsets.US_ASCII);

  /** Position, number and salt need less. */
  private static final int HEAD_BYTES_MAX = 160;

  /**
   * Reads a line that shows an event; empty where it shows none.
   *
   * @throws FormatException when what stands before the event is not as it should be
   */
  static Optional<BundleLine> event(long number, byte[] bytes) throws FormatException {
    int at = indexOfEvent(bytes);
    if (at < 0) {
      return Optional.empty();
    }
    if (bytes.length > at + EVENT.length + AuditEvent.BYTES_MAX + 1) {
      throw new FormatException("an event is longer than " + AuditEvent.BYTES_MAX + " bytes");
    }
    if (bytes[bytes.length - 1] != '}') {
      throw new FormatException("an event does not end its line");
    }
    byte[] head = Arrays.copyOf(bytes, at + 1);
    head[at] = '}';
    JsonObject json = StrictJson.object(head, HEAD_BYTES_MAX + 1);
    json.allowOnly("position", "n", "salt");
    return Optional.of(
        new BundleLine(
            number,
            json.number("position"),
            n(json),
            bytes,
            at + EVENT.length,
            salt(json.string("salt")),
            null));
  }

  /** Reads a line that shows the digest of a deleted event. */
  static BundleLine deleted(long number, JsonObject line) throws FormatException {
    line.allowOnly("position", "n", "digest");
    return new BundleLine(
        number,
        line.number("position"),
        n(line),
        new byte[0],
        0,
        new byte[0],
        Hash.parseBase64(line.string("digest")));
  }

  private static int indexOfEvent(byte[] bytes) {
    int end = Math.min(HEAD_BYTES_MAX, bytes.length - EVENT.length);
    for (int at = 0; at < end; at++) {
      if (bytes[at] == ',' && Arrays.equals(bytes, at, at + EVENT.length, EVENT, 0, EVENT.length)) {
        return at;
      }
    }
    return -1;
  }

  private static long n(JsonObject line) throws FormatException {
    return line.has("n") ? line.number("n") : -1;
  }

  private static byte[] salt(String hex) throws FormatException {
    try {
      byte[] salt = HexFormat.of().parseHex(hex);
      if (salt.length == AuditLeaf.SALT_BYTES) {
        return salt;
      }
    } catch (IllegalArgumentException e) {
      throw new FormatException("the salt is not hexadecimal", e);
    }
    throw new FormatException("a salt has 16 bytes");
  }

  /** The event's bytes, copied. */
  byte[] event() {
    return Arrays.copyOfRange(bytes, eventFrom, bytes.length - 1);
  }
}
