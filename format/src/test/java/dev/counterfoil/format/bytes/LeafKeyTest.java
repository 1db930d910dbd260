package dev.counterfoil.format.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The value that is kept of a leaf: as the paper has it, and different for different leaves. */
class LeafKeyTest {
  private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);

  /** Gives out numbers that are known. */
  private static final class Drawn extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final List<Long> numbers = new ArrayList<>();
    private final Random random;

    Drawn(long seed) {
      random = new Random(seed);
    }

    @Override
    public long nextLong() {
      numbers.add(random.nextLong());
      return numbers.get(numbers.size() - 1);
    }
  }

  private static Hash hash(Random random) {
    byte[] bytes = new byte[Hash.BYTES];
    random.nextBytes(bytes);
    return Hash.of(bytes);
  }

  /** The formula, word by word: the upper 32 bits of m8 + sum of m_i x_i modulo 2^64. */
  private static long half(List<Long> key, int from, Hash hash) {
    ByteBuffer words = ByteBuffer.wrap(hash.bytes());
    BigInteger sum = BigInteger.valueOf(key.get(from + 8));
    for (int i = 0; i < 8; i++) {
      BigInteger word = BigInteger.valueOf(Integer.toUnsignedLong(words.getInt(4 * i)));
      sum = sum.add(BigInteger.valueOf(key.get(from + i)).multiply(word));
    }
    return sum.mod(TWO_64).shiftRight(32).longValueExact();
  }

  @Test
  void aValueIsTwoMultilinearOnes() {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      Drawn drawn = new Drawn(i);
      Hash hash = hash(random);
      long value = hash.shortened(new LeafKey(drawn));
      assertThat(drawn.numbers).hasSize(18);
      assertThat(value >>> 32).isEqualTo(half(drawn.numbers, 0, hash));
      assertThat(value & 0xffffffffL).isEqualTo(half(drawn.numbers, 9, hash));
    }
  }

  /**
   * With 12 bits of each half instead of 32: as many pairs fall together as the family promises.
   */
  @Test
  void hashesThatDifferInOneBitFallTogetherAsSeldomAsAnyOthers() {
    Random random = new Random(6);
    int pairs = 1 << 18;
    int upper = 0;
    int lower = 0;
    for (int i = 0; i < pairs; i++) {
      LeafKey key = new LeafKey(new Drawn(i));
      byte[] bytes = hash(random).bytes();
      long one = Hash.of(bytes).shortened(key);
      bytes[i % Hash.BYTES] ^= (byte) (1 << (i & 7));
      long other = Hash.of(bytes).shortened(key);
      assertThat(one).isNotEqualTo(other);
      upper += (one ^ other) >>> 52 == 0 ? 1 : 0;
      lower += ((one ^ other) & 0xfff00000L) == 0 ? 1 : 0;
    }
    // 64 are expected of each; five standard deviations to either side.
    assertThat(upper).isBetween(24, 104);
    assertThat(lower).isBetween(24, 104);
  }
}
