package dev.counterfoil.format.bytes;

import java.security.SecureRandom;

/**
 * What a {@link Hash} is shortened under: a secret member of a strongly universal family (Lemire
 * and Kaser, "Strongly universal string hashing is fast", The Computer Journal 57, 2014, section 2:
 * multilinear). Two members with keys of their own give 32 bits each. Whatever two different hashes
 * are, and however they were chosen without the key, they have one value with the probability 2^-64
 * ({@code docs/decisions/eight-bytes-a-leaf.md}).
 *
 * <p>That holds as long as nobody sees a value: it is none to be given out, and none to choose a
 * place in a table by, which takes longer where it is full.
 */
public final class LeafKey implements KeyedHash {
  /** The eight halves of a hash's words, and what is added to their products. */
  private static final int TERMS = 9;

  private static final long LOW = 0xffffffffL;

  private final long[] multipliers = new long[2 * TERMS];

  /** Draws the key. */
  public LeafKey(SecureRandom random) {
    for (int i = 0; i < multipliers.length; i++) {
      multipliers[i] = random.nextLong();
    }
  }

  @Override
  public long of(long word0, long word1, long word2, long word3) {
    // The upper half of a sum modulo 2^64; the lower bits of the sum are less than universal.
    return (sum(0, word0, word1, word2, word3) & ~LOW)
        | (sum(TERMS, word0, word1, word2, word3) >>> 32);
  }

  private long sum(int key, long word0, long word1, long word2, long word3) {
    long[] m = multipliers;
    return m[key + 8]
        + m[key] * (word0 >>> 32)
        + m[key + 1] * (word0 & LOW)
        + m[key + 2] * (word1 >>> 32)
        + m[key + 3] * (word1 & LOW)
        + m[key + 4] * (word2 >>> 32)
        + m[key + 5] * (word2 & LOW)
        + m[key + 6] * (word3 >>> 32)
        + m[key + 7] * (word3 & LOW);
  }
}
