package dev.counterfoil.format.bytes;

/** A short value of a {@link Hash} under a secret key, for comparison inside one process. */
public sealed interface KeyedHash permits LeafKey, SipHash {
  /** The value of a hash's 32 bytes, given as four big-endian words. */
  long of(long word0, long word1, long word2, long word3);
}
