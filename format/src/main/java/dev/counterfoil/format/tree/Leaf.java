package dev.counterfoil.format.tree;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import java.util.Arrays;

/**
 * What the log holds of a token: one version byte and the SHA-256 of its JWS signing input (RFC
 * 7515 5.1: {@code header.payload} in ASCII). Whoever holds a token computes its leaf; the leaf
 * alone says nothing about anyone. The signature is left out because ECDSA signatures are
 * malleable.
 *
 * @param digest SHA-256 of the signing input
 */
public record Leaf(Hash digest) {
  /** Version byte of a token's leaf. */
  public static final byte VERSION = 1;

  /** Length of an entry in bytes. */
  public static final int ENTRY_BYTES = 1 + Hash.BYTES;

  /** The leaf of a signing input. */
  public static Leaf of(byte[] signingInput) {
    return new Leaf(Hash.sha256(signingInput));
  }

  /** Reads an entry as the log serves it. */
  public static Leaf parse(byte[] entry) throws FormatException {
    if (entry.length != ENTRY_BYTES || entry[0] != VERSION) {
      throw new FormatException("entry is not a version 1 leaf of 33 bytes");
    }
    return new Leaf(Hash.of(Arrays.copyOfRange(entry, 1, ENTRY_BYTES)));
  }

  /** The entry: version byte and digest, 33 bytes. */
  public byte[] entry() {
    byte[] entry = new byte[ENTRY_BYTES];
    entry[0] = VERSION;
    digest.write(entry, 1);
    return entry;
  }

  /** The Merkle leaf hash of the entry (RFC 6962 2.1): for one; many take a hasher. */
  public Hash hash() {
    byte[] input = new byte[1 + ENTRY_BYTES];
    input[1] = VERSION;
    digest.write(input, 2);
    return Hash.sha256(input);
  }

  /** The Merkle leaf hash of the entry. */
  public Hash hash(TreeHasher hasher) {
    return hasher.leaf(entry());
  }
}
