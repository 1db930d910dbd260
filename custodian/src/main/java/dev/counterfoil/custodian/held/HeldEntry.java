package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.Hash;
import java.nio.ByteBuffer;

/**
 * The index entry of a counterfoil that is held: 64 bytes.
 *
 * @param digest SHA-256 of the signing input
 * @param offset where its record begins in the segment's file
 * @param length the record's length
 * @param key number of the {@code kid} in the name table
 * @param tenant number of the {@code tenant} in the name table
 * @param expiresAt the {@code exp}, epoch seconds
 * @param inBlock 0 where the record lies in the segment's file of records; else the record lies in
 *     the block of the archive that begins at the offset, at this place less one
 */
public record HeldEntry(
    Hash digest, long offset, int length, int key, int tenant, long expiresAt, int inBlock) {
  /** Length of an entry in bytes. */
  static final int BYTES = 64;

  void write(ByteBuffer target) {
    int end = target.position() + BYTES;
    target.put(digest.bytes()).putLong(offset).putInt(length).putInt(key).putInt(tenant);
    target.putLong(expiresAt).putInt(inBlock);
    target.position(end);
  }

  /** Whether its record is archived. */
  boolean isArchived() {
    return inBlock != 0;
  }

  static HeldEntry read(ByteBuffer source) {
    int end = source.position() + BYTES;
    byte[] digest = new byte[Hash.BYTES];
    source.get(digest);
    HeldEntry entry =
        new HeldEntry(
            Hash.of(digest),
            source.getLong(),
            source.getInt(),
            source.getInt(),
            source.getInt(),
            source.getLong(),
            source.getInt());
    source.position(end);
    return entry;
  }
}
