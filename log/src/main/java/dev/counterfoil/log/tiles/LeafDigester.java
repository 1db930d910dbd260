package dev.counterfoil.log.tiles;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.record.LogEntry;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * The digests of the leaves that records make, computed from the records as they lie: of
 * counterfoils, which are most, without an object for any of them. Belongs to one thread.
 */
public final class LeafDigester {
  private final MessageDigest sha256 = Hash.newSha256();

  public LeafDigester() {}

  /**
   * Writes the digest of a record's leaf.
   *
   * @param record what remains is the record; where its position ends up says nothing
   * @param target takes 32 bytes at an offset
   * @return the position that the record says it has
   */
  public long digest(ByteBuffer record, byte[] target, int offset) throws FormatException {
    if (record.hasRemaining() && record.get(record.position()) == Counterfoil.VERSION) {
      return Counterfoil.digest(record, sha256, target, offset);
    }
    byte[] bytes = new byte[record.remaining()];
    record.get(bytes);
    LogEntry entry = LogEntry.parse(bytes);
    entry.leaf().digest().write(target, offset);
    return entry.position();
  }

  /**
   * The digest of the leaf of the record at a position.
   *
   * @throws LogDamagedException when it is no record, or another position's
   */
  public Hash digestAt(long position, ByteBuffer record) {
    byte[] digest = new byte[Hash.BYTES];
    try {
      if (digest(record, digest, 0) == position) {
        return Hash.of(digest);
      }
    } catch (FormatException e) {
      throw new LogDamagedException("record " + position + " is " + e.getMessage(), e);
    }
    throw new LogDamagedException("record " + position + " says that it has another position");
  }
}
