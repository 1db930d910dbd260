package dev.counterfoil.log.checkpoint;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.tiles.FrontierMark;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * A log's own root at any size, for judging what others say of it: from the stored hashes, and from
 * the journal where those tell another, so that whoever can write the public folder cannot raise an
 * alarm.
 *
 * @param tree of durable entries
 * @param recent roots of trees that it had a short time ago, as far as they are remembered
 * @param publicDisk the log's public folder
 * @param journal of the log, which decides where the public folder was changed
 */
public record OwnRoots(
    Supplier<TreeState> tree,
    LongFunction<Optional<Hash>> recent,
    Disk publicDisk,
    JournalReader journal,
    TileStore.LeafRows leafRows,
    LeafHash leafHash) {
  private static final System.Logger LOG = System.getLogger(OwnRoots.class.getName());
  private static final int ROWS_AT_ONCE = 4096;

  /** The Merkle leaf hash of a journal's record. */
  @FunctionalInterface
  public interface LeafHash {
    Hash of(byte[] payload, TreeHasher hasher) throws FormatException;
  }

  /** The log's own root at the size of a checkpoint that somebody else vouches for. */
  Hash at(Checkpoint theirs) throws IOException {
    TreeState now = tree.get();
    if (theirs.size() == now.size()) {
      return now.root();
    }
    Optional<Hash> remembered = recent.apply(theirs.size());
    if (remembered.isPresent()) {
      return remembered.get();
    }
    try {
      Hash stored =
          MerkleFrontier.resume(
                  theirs.size(), TileStore.hashes(publicDisk, leafRows, theirs.size()))
              .root();
      if (stored.equals(theirs.root())) {
        return stored;
      }
    } catch (HashSource.UnavailableException e) {
      LOG.log(System.Logger.Level.WARNING, "tiles in {0}: {1}", publicDisk, e.getMessage());
    }
    return journalRoot(theirs.size());
  }

  private Hash journalRoot(long size) throws IOException {
    FrontierMark begin = journal.beginMark();
    if (size < begin.size()) {
      return leavesRoot(size, begin);
    }
    MerkleFrontier frontier = begin.frontier();
    TreeHasher hasher = new TreeHasher();
    journal.scan(
        begin.size(),
        size,
        (position, payload) -> {
          try {
            frontier.append(leafHash.of(payload, hasher));
          } catch (FormatException e) {
            throw new LogDamagedException("record " + position + " is " + e.getMessage(), e);
          }
        });
    return frontier.root();
  }

  /**
   * The root at a size whose records were given back: of the leaves in the public folder, when all
   * of them lead to what the journal says of its begin.
   */
  private Hash leavesRoot(long size, FrontierMark begin) throws IOException {
    MerkleFrontier frontier = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    Hash root = frontier.root();
    try (DiskFile digests = publicDisk.openToRead(TileStore.DIGESTS)) {
      byte[] rows = new byte[ROWS_AT_ONCE * Hash.BYTES];
      while (frontier.size() < begin.size()) {
        int count = (int) Math.min(ROWS_AT_ONCE, begin.size() - frontier.size());
        ByteBuffer target = ByteBuffer.wrap(rows, 0, count * Hash.BYTES);
        if (digests.read(target, frontier.size() * Hash.BYTES) != count * Hash.BYTES) {
          throw new EOFException(TileStore.DIGESTS + " in " + publicDisk + " is too short");
        }
        for (int i = 0; i < count; i++) {
          frontier.append(new Leaf(Hash.read(rows, i * Hash.BYTES)).hash(hasher));
          root = frontier.size() == size ? frontier.root() : root;
        }
      }
    }
    if (!frontier.root().equals(begin.root())) {
      throw new LogDamagedException(
          "leaves in %s below entry %d, where the journal begins, were changed: restore the folder from a copy"
              .formatted(publicDisk, begin.size()));
    }
    return root;
  }
}
