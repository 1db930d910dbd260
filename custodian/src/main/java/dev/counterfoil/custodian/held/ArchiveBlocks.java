package dev.counterfoil.custodian.held;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Blocks of archives that were opened a moment ago. */
final class ArchiveBlocks {
  private static final int BLOCKS_MAX = 32;

  /** A block: segment, and where it begins in its archive. */
  record Place(long segment, long offset) {}

  private final Map<Place, byte[]> blocks = new LinkedHashMap<>(16, 0.75f, true);

  synchronized Optional<byte[]> find(Place place) {
    return Optional.ofNullable(blocks.get(place));
  }

  synchronized void forget(Place place) {
    blocks.remove(place);
  }

  synchronized void remember(Place place, byte[] content) {
    blocks.put(place, content);
    if (blocks.size() > BLOCKS_MAX) {
      blocks.remove(blocks.keySet().iterator().next());
    }
  }
}
