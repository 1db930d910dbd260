package dev.counterfoil.format;

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
    if (salt.length != SALT_BYTES) {
      throw new IllegalArgumentException("a salt has " + SALT_BYTES + " bytes");
    }
    byte[] input = new byte[1 + SALT_BYTES + canonical.length];
    input[0] = VERSION;
    System.arraycopy(salt, 0, input, 1, SALT_BYTES);
    System.arraycopy(canonical, 0, input, 1 + SALT_BYTES, canonical.length);
    return Leaf.of(input);
  }
}
