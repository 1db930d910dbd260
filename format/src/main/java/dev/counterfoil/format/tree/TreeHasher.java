package dev.counterfoil.format.tree;

import dev.counterfoil.format.bytes.Hash;
import java.security.DigestException;
import java.security.MessageDigest;

/**
 * The hashes of an RFC 6962 2.1 Merkle tree: leaf = SHA-256(0x00 ‖ entry), node = SHA-256(0x01 ‖
 * left ‖ right). Keeps one digest and one buffer, so it belongs to one thread.
 */
public final class TreeHasher {
  /** The root of a tree without leaves: SHA-256 of nothing. */
  public static final Hash EMPTY_ROOT = Hash.sha256();

  private final MessageDigest digest = Hash.newSha256();
  private final byte[] node = new byte[1 + 2 * Hash.BYTES];
  private final byte[] out = new byte[Hash.BYTES];

  public TreeHasher() {
    node[0] = 1;
  }

  /** The leaf hash of an entry. */
  public Hash leaf(byte[] entry) {
    digest.update((byte) 0);
    digest.update(entry);
    return finish();
  }

  /** The hash of an inner node. */
  public Hash node(Hash left, Hash right) {
    left.write(node, 1);
    right.write(node, 1 + Hash.BYTES);
    digest.update(node);
    return finish();
  }

  private Hash finish() {
    try {
      digest.digest(out, 0, out.length);
    } catch (DigestException e) {
      throw new IllegalStateException("SHA-256 fits 32 bytes", e);
    }
    return Hash.read(out, 0);
  }
}
