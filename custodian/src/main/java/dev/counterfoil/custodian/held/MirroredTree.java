package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.care.HashedLeaves;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.tiles.TileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * The entries' digests of a mirrored log and the tree over them, in a folder. What counts of them
 * is durable; what was taken in beyond that may be dropped again. One thread adds, any reads.
 */
public final class MirroredTree implements HashedLeaves, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(MirroredTree.class.getName());

  private final Disk disk;
  private final String log;
  private final TreeHasher hasher = new TreeHasher();

  /** Guards what follows, which one thread changes. */
  private final Object lock = new Object();

  private TileStore tiles;
  private MerkleFrontier tree;

  /**
   * Opens what is held.
   *
   * @param log its short name, for messages
   * @param counted up to where it counts: what a crash left behind that is written over
   * @throws IOException also when what counts is damaged
   */
  public MirroredTree(Disk disk, String log, Optional<Checkpoint> counted) throws IOException {
    this.disk = disk;
    this.log = log;
    this.tiles = new TileStore(disk, TileStore.LeafRows.DIGESTS);
    this.tree = resume(counted);
  }

  private MerkleFrontier resume(Optional<Checkpoint> counted) throws IOException {
    if (counted.isEmpty()) {
      return new MerkleFrontier();
    }
    long size = counted.get().size();
    try {
      MerkleFrontier held = MerkleFrontier.resume(size, tiles.hashes(size));
      if (held.root().equals(counted.get().root())) {
        return held;
      }
    } catch (HashSource.UnavailableException e) {
      LOG.log(System.Logger.Level.ERROR, "{0}: {1}", disk, e.getMessage());
    }
    throw new IOException(
        "what is held of log "
            + log
            + " in "
            + disk
            + " is damaged below position "
            + size
            + ". Restore the folder from a copy, or delete it so that everything is"
            + " fetched again");
  }

  /** Entries that were taken in. By the adding thread. */
  public long size() {
    return tree.size();
  }

  /** The root over all that was taken in. By the adding thread. */
  public Hash root() {
    return tree.root();
  }

  /** Takes in the next entry. */
  public void append(Hash digest) throws IOException {
    synchronized (lock) {
      try {
        tiles.addDigest(tree.size(), digest);
        tree.append(new Leaf(digest).hash(hasher), this::addSubtree);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
  }

  private void addSubtree(int level, long index, Hash hash) {
    try {
      tiles.addSubtree(level, index, hash);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Root of the tree over the first so many entries, of those that were taken in. */
  public Hash rootAt(long size) throws IOException {
    synchronized (lock) {
      tiles.flush();
      try {
        return MerkleFrontier.resume(size, tiles.hashes(size)).root();
      } catch (HashSource.UnavailableException e) {
        throw new IOException("the tree in " + disk + " is damaged", e);
      }
    }
  }

  /** Makes durable what was taken in. */
  public void sync() throws IOException {
    synchronized (lock) {
      tiles.flush();
      tiles.sync();
    }
  }

  /** Drops what does not count. */
  public void rewind(Optional<Checkpoint> counted) throws IOException {
    synchronized (lock) {
      tiles.close();
      tiles = new TileStore(disk, TileStore.LeafRows.DIGESTS);
      tree = resume(counted);
    }
  }

  /** The entries' digests, for the scrubber: the root decides whether they are right. */
  @Override
  public long scan(long from, long to, Derived derived) throws IOException {
    TileStore current;
    synchronized (lock) {
      current = tiles;
    }
    byte[] rows = current.digests(from, Math.toIntExact(to - from));
    for (long position = from; position < to; position++) {
      int at = (int) (position - from) * Hash.BYTES;
      if (at + Hash.BYTES > rows.length) {
        throw new LogDamagedException("the entries end before position " + position);
      }
      derived.leaf(position, Hash.read(rows, at));
    }
    return (to - from) * Hash.BYTES;
  }

  @Override
  public void close() throws IOException {
    synchronized (lock) {
      tiles.close();
    }
  }
}
