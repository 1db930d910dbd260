package dev.counterfoil.signer.door;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.signerprotocol.RecordDigests;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Where the last {@link RecordDigests#REMEMBERED} digests of a record log stand. Belongs to the
 * sequencer's thread.
 */
final class RecentDigests {
  private final Map<Hash, Long> positions = new HashMap<>();
  private final @Nullable Hash[] byPosition = new @Nullable Hash[RecordDigests.REMEMBERED];

  /** The position of a digest that was put and not pushed out since. */
  OptionalLong find(Hash digest) {
    Long position = positions.get(digest);
    return position == null ? OptionalLong.empty() : OptionalLong.of(position);
  }

  /**
   * Puts a digest, whose position is one above the last or takes the place of a forgotten one.
   * Where it stands twice, the first position counts.
   */
  void put(Hash digest, long position) {
    int slot = (int) (position % RecordDigests.REMEMBERED);
    Hash before = byPosition[slot];
    if (before != null) {
      Long at = positions.get(before);
      if (at != null && at % RecordDigests.REMEMBERED == slot) {
        positions.remove(before);
      }
    }
    byPosition[slot] = digest;
    positions.putIfAbsent(digest, position);
  }

  /** Forgets a digest that was put and is not recorded after all. */
  void forget(Hash digest, long position) {
    if (positions.remove(digest, position)) {
      byPosition[(int) (position % RecordDigests.REMEMBERED)] = null;
    }
  }
}
