package dev.counterfoil.log.read;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import java.io.IOException;
import java.util.Arrays;

/**
 * Makes proofs from a log's hashes, wherever they are read. It trusts nothing and promises nothing:
 * a proof is checked by whoever receives it. Safe for concurrent use.
 */
public final class LogProver {
  private final LogSource source;
  private final TileHashes tiles;

  public LogProver(LogSource source) {
    this.source = source;
    this.tiles = new TileHashes(source);
  }

  /** The stored hashes of the tree of a size. */
  public HashSource hashes(long size) {
    return source.storedHashes(size).orElseGet(() -> tiles.of(size));
  }

  /**
   * A proof that the entry at a position is under a signed checkpoint (c2sp.org/tlog-proof).
   *
   * @throws IllegalArgumentException when the checkpoint does not cover the position
   */
  public TlogProof inclusion(long position, SignedNote checkpoint) throws IOException {
    try {
      long size = Checkpoint.parse(checkpoint.text()).size();
      InclusionProof proof = InclusionProof.make(hashes(size), position, size);
      return new TlogProof(position, proof.path(), checkpoint);
    } catch (FormatException e) {
      throw new IOException("the checkpoint is malformed: " + e.getMessage(), e);
    } catch (HashSource.UnavailableException e) {
      throw unavailable(e);
    }
  }

  /**
   * A proof that the tree of one size extends the tree of a smaller one (RFC 6962 2.1.2).
   *
   * @param published size of a published checkpoint that covers both: there are partial tiles for
   *     such sizes only
   */
  public ConsistencyProof consistency(long oldSize, long newSize, long published)
      throws IOException {
    if (newSize > published) {
      throw new IllegalArgumentException("no tiles beyond the published size");
    }
    try {
      return ConsistencyProof.make(hashes(published), oldSize, newSize);
    } catch (HashSource.UnavailableException e) {
      throw unavailable(e);
    }
  }

  /**
   * The leaf at a position of a tree of a size.
   *
   * @throws IOException also when the entry is not a leaf of version 1
   */
  public Leaf leaf(long position, long size) throws IOException {
    Tile bundle = Tile.of(Tile.ENTRIES, position / Tile.FULL_WIDTH, size);
    byte[] entries = source.tile(bundle);
    int width = 2 + Leaf.ENTRY_BYTES;
    if (entries.length != bundle.width() * width) {
      throw new IOException(bundle.path() + " is not leaves of 33 bytes");
    }
    int at = (int) (position % Tile.FULL_WIDTH) * width + 2;
    try {
      return Leaf.parse(Arrays.copyOfRange(entries, at, at + Leaf.ENTRY_BYTES));
    } catch (FormatException e) {
      throw new IOException(bundle.path() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The entry at a position of a tree of a size, of a log whose entries have lengths of their own
   * (c2sp.org/tlog-tiles).
   */
  public byte[] entry(long position, long size) throws IOException {
    Tile bundle = Tile.of(Tile.ENTRIES, position / Tile.FULL_WIDTH, size);
    try {
      return EntryBundle.parse(source.tile(bundle), bundle.width())
          .get((int) (position % Tile.FULL_WIDTH));
    } catch (FormatException e) {
      throw new IOException(bundle.path() + ": " + e.getMessage(), e);
    }
  }

  private static IOException unavailable(HashSource.UnavailableException e) {
    return new IOException("a proof cannot be made: " + e.getMessage(), e);
  }
}
