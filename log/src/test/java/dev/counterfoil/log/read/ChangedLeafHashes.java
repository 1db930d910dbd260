package dev.counterfoil.log.read;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Tile;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A log whose server gives out other leaf hashes than its entries make. */
public final class ChangedLeafHashes implements LogSource {
  private final LogSource source;
  public final Set<Long> positions = new TreeSet<>();

  public ChangedLeafHashes(LogSource source) {
    this.source = source;
  }

  @Override
  public byte[] checkpoint() throws IOException {
    return source.checkpoint();
  }

  @Override
  public Optional<byte[]> cosignedCheckpoint() throws IOException {
    return source.cosignedCheckpoint();
  }

  @Override
  public byte[] tile(Tile tile) throws IOException {
    byte[] bytes = source.tile(tile);
    if (tile.level() == 0) {
      for (long position : positions) {
        long row = position - tile.index() * Tile.FULL_WIDTH;
        if (row >= 0 && row < tile.width()) {
          bytes[(int) row * Hash.BYTES + 31] ^= 1;
        }
      }
    }
    return bytes;
  }
}
