package dev.counterfoil.format.audit;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Leaf;
import java.security.MessageDigest;

/**
 * What the audit log holds of an event: a leaf whose digest is SHA-256 of a version byte, a salt of
 * 128 bits and the event in its canonical form (spec/audit-events.md). The salt keeps a leaf from
 * being guessed from what an event may say; who has salt and event computes the leaf.
 */
public final class AuditLeaf {
  /** Version byte of the digest's input. */
  public static final byte VERSION = 1;

  /** Length of a salt in bytes. */
  public static final int SALT_BYTES = 16;

  private AuditLeaf() {}

  /**
   * The leaf of an event.
   *
   * @param salt 16 bytes that no one can guess
   * @param canonical the event's canonical bytes
   */
  public static Leaf of(byte[] salt, byte[] canonical) {
    return of(salt, canonical, 0, canonical.length);
  }

  /** The leaf of an event whose canonical bytes are part of an array. */
  public static Leaf of(byte[] salt, byte[] bytes, int from, int to) {
    if (salt.length != SALT_BYTES) {
      throw new IllegalArgumentException("a salt has " + SALT_BYTES + " bytes");
    }
    MessageDigest digest = Hash.newSha256();
    digest.update(VERSION);
    digest.update(salt);
    digest.update(bytes, from, to - from);
    return new Leaf(Hash.of(digest.digest()));
  }
}
