package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import dev.counterfoil.format.tree.Tile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.function.Supplier;

/** Leaves out of level 0 tiles: from whoever serves a log and gives out no batches of leaves. */
public final class TiledLeaves implements LeafSource {
  /** Tiles read for one batch: 4,096 leaves. */
  private static final int TILES_MAX = 16;

  private final LeafReads network;
  private final TileReader tiles;
  private final Supplier<KeySet.StatedLog> log;

  public TiledLeaves(LeafReads network, TileReader tiles, Supplier<KeySet.StatedLog> log) {
    this.network = network;
    this.tiles = tiles;
    this.log = log;
  }

  @Override
  public LeafBatch next(long first) throws IOException, FormatException, UnavailableException {
    KeySet.StatedLog at = log.get();
    byte[] note = network.get(URI.create(at.url() + "/checkpoint"), SignedNote.BYTES_MAX);
    Checkpoint checkpoint = Checkpoint.verify(note, at.key());
    ByteArrayOutputStream leaves = new ByteArrayOutputStream();
    long position = first;
    for (int i = 0; i < TILES_MAX && position < checkpoint.size(); i++) {
      Tile tile = Tile.of(0, position / Tile.FULL_WIDTH, checkpoint.size());
      int skipped = (int) (position % Tile.FULL_WIDTH);
      int count = tile.width() - skipped;
      leaves.write(tiles.read(tile), skipped * Hash.BYTES, count * Hash.BYTES);
      position += count;
    }
    return LeafBatch.of(first, note, leaves.toByteArray(), at.key());
  }

  @Override
  public String toString() {
    return "tiles of " + log.get().url();
  }
}
