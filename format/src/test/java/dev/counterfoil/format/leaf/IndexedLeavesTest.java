package dev.counterfoil.format.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.KeptLeaves.Look;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Leaves that are found without their position, against a map that does the same. */
class IndexedLeavesTest {
  private static Hash leaf(long number) {
    return Hash.sha256(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1_000, (1L << 31) - 40_000, 5_000_000_000L})
  void whatIsResidentIsFoundWhereItStandsAndNothingElse(long begin) {
    Random random = new Random(begin);
    ResidentLeaves leaves = new ResidentLeaves(begin, new SecureRandom(), true);
    Map<Long, Long> standing = new HashMap<>();
    long next = 0;
    long dropped = -1;
    for (int round = 0; round < 300; round++) {
      long before = leaves.size();
      int count = random.nextInt(500);
      for (int i = 0; i < count; i++) {
        leaves.stage(leaf(next + i));
      }
      if (random.nextInt(4) == 0) {
        leaves.discard();
        dropped = next;
      } else {
        leaves.publish();
        for (int i = 0; i < count; i++) {
          standing.put(next + i, before + i);
        }
      }
      next += count;
      if (random.nextInt(10) == 0) {
        leaves.forget(leaves.size() - random.nextInt(20_000));
      }
      long first = leaves.first();
      for (int i = 0; i < 40 && next > 0; i++) {
        long number = random.nextLong(next);
        long expected = standing.getOrDefault(number, -1L);
        assertThat(leaves.find(leaf(number))).isEqualTo(expected >= first ? expected : -1);
        if (expected >= first) {
          assertThat(leaves.look(expected, leaf(number))).isEqualTo(Look.HELD);
        }
      }
    }
    assertThat(dropped).isNotNegative();
    assertThat(leaves.find(leaf(next + 1))).isEqualTo(-1);
    assertThat(leaves.first()).isGreaterThan(begin);
    int live = (int) (leaves.size() - leaves.first());
    assertThat(leaves.pageBytes()).isLessThan(16L * live + 3L * 262_144 + 4_096 * 16);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void withoutAnIndexNothingIsFound(boolean isIndexed) {
    ResidentLeaves leaves = new ResidentLeaves(7, new SecureRandom(), isIndexed);
    leaves.stage(leaf(1));
    assertThat(leaves.find(leaf(1))).as("it does not count yet").isEqualTo(-1);
    leaves.publish();
    assertThat(leaves.find(leaf(1))).isEqualTo(isIndexed ? 7 : -1);
    assertThat(leaves.look(7, leaf(1))).isEqualTo(Look.HELD);
  }
}
