package dev.counterfoil.format.bytes;

/**
 * SipHash-2-4 of a {@link Hash} under a secret key (Aumasson and Bernstein, "SipHash: a fast
 * short-input PRF", 2012): 64 bits that nobody without the key can foretell, whatever other values
 * he has seen. So they may choose places in a table, which takes longer the fuller it is there.
 */
public final class SipHash implements KeyedHash {
  private static final int ROUNDS = 2;
  private static final int LAST_ROUNDS = 4;

  /** The length of the input in the last block's first byte, and no bytes left over. */
  private static final long LENGTH_BLOCK = (long) Hash.BYTES << 56;

  private final long start0;
  private final long start1;
  private final long start2;
  private final long start3;

  /** With a key of two little-endian words. */
  public SipHash(long key0, long key1) {
    start0 = key0 ^ 0x736f6d6570736575L;
    start1 = key1 ^ 0x646f72616e646f6dL;
    start2 = key0 ^ 0x6c7967656e657261L;
    start3 = key1 ^ 0x7465646279746573L;
  }

  @Override
  public long of(long word0, long word1, long word2, long word3) {
    long v0 = start0;
    long v1 = start1;
    long v2 = start2;
    long v3 = start3;
    for (int block = 0; block <= 4; block++) {
      long m =
          switch (block) {
            case 0 -> Long.reverseBytes(word0);
            case 1 -> Long.reverseBytes(word1);
            case 2 -> Long.reverseBytes(word2);
            case 3 -> Long.reverseBytes(word3);
            default -> LENGTH_BLOCK;
          };
      v3 ^= m;
      for (int i = 0; i < ROUNDS; i++) {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32) + v3;
        v2 += v1;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= m;
    }
    v2 ^= 0xff;
    for (int i = 0; i < LAST_ROUNDS; i++) {
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32) + v3;
      v2 += v1;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
