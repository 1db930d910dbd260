package dev.counterfoil.log;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.checkpoint.PublishedCheckpoint;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.tiles.FrontierMark;
import dev.counterfoil.log.tiles.LeafDigester;
import dev.counterfoil.log.tiles.TileStore;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings a log from its folders to where it can go on: appends to tree and tiles what the journal
 * has and they do not, by the same method that appends new entries, and holds the result against
 * the checkpoint that was last published.
 */
final class Recovery {
  private static final System.Logger LOGGER = System.getLogger(Log.class.getName());
  private static final int LEAVES_AT_ONCE = 4096;

  private final Disk journalDisk;
  private final Disk publicDisk;
  private final NoteSigner signer;
  private final Published published;
  private final FrontierMark kept;
  private final FrontierMark begin;
  private final TreeHasher hasher = new TreeHasher();

  private Recovery(
      Disk journalDisk,
      Disk publicDisk,
      NoteSigner signer,
      Published published,
      FrontierMark kept,
      FrontierMark begin) {
    this.journalDisk = journalDisk;
    this.publicDisk = publicDisk;
    this.signer = signer;
    this.published = published;
    this.kept = kept;
    this.begin = begin;
  }

  /** Reads what the log said about itself before: its checkpoint and its frontier. */
  static Recovery read(Disk journalDisk, Disk publicDisk, NoteSigner signer) throws IOException {
    return new Recovery(
        journalDisk,
        publicDisk,
        signer,
        published(PublishedCheckpoint.read(publicDisk, signer.key())),
        readMark(journalDisk),
        FrontierMark.begin(journalDisk));
  }

  /** Records that were durable before: a checkpoint or a frontier was made over them. */
  long recordsMin() {
    return Math.max(begin.size(), Math.max(published.size, kept.size()));
  }

  Log complete(RecordJournal journal, InstantSource clock, Levels levels) throws IOException {
    boolean sealed = Log.readSealed(journalDisk, journal.size());
    TileStore tiles = new TileStore(publicDisk, TileStore.LeafRows.DIGESTS);
    boolean isOpen = false;
    try {
      FrontierMark mark = kept;
      if (kept.size() < begin.size() || !agrees(tiles, kept)) {
        mark = fromBegin(tiles);
        LOGGER.log(
            System.Logger.Level.WARNING,
            "Tiles in {0} are missing or changed: writing again what the journal has",
            publicDisk);
      }
      MerkleFrontier frontier = replay(journal, mark, tiles);
      if (!published.agreesWith(tiles) && mark.size() > 0) {
        LOGGER.log(
            System.Logger.Level.WARNING,
            "The tiles in {0} do not lead to the published checkpoint: writing again what the journal has",
            publicDisk);
        mark = fromBegin(tiles);
        frontier = replay(journal, mark, tiles);
      }
      if (!published.agreesWith(tiles)) {
        throw new LogDamagedException(
            "the checkpoint of size %d in %s is not of the tree that the journal in %s makes: a record was changed; do not go on with this log, restore it from a copy"
                .formatted(published.size, publicDisk, journalDisk));
      }
      Sequencer sequencer = new Sequencer(journal, tiles, frontier, clock, levels, sealed);
      Checkpointer checkpointer =
          new Checkpointer(sequencer::tree, publicDisk, signer, published.note, published.size);
      levels.raise(Level.CHECKPOINTED, published.size);
      isOpen = true;
      return new Log(
          journalDisk, publicDisk, journal, tiles, sequencer, checkpointer, levels, mark.size());
    } finally {
      if (!isOpen) {
        tiles.close();
      }
    }
  }

  /** The frontier that was kept last; the empty tree's when there is none to be read. */
  private static FrontierMark readMark(Disk journalDisk) throws IOException {
    Optional<FrontierMark> read;
    try {
      read = FrontierMark.parse(journalDisk.read(FrontierMark.FILE, FrontierMark.BYTES_MAX));
    } catch (NoSuchFileException e) {
      return FrontierMark.EMPTY;
    }
    if (read.isEmpty()) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "{0} in {1} is damaged: reading the whole journal",
          FrontierMark.FILE,
          journalDisk);
    }
    return read.orElse(FrontierMark.EMPTY);
  }

  /**
   * From where all can be written again: where the journal begins. What lies before it the public
   * folder alone has.
   */
  private FrontierMark fromBegin(TileStore tiles) throws IOException {
    if (begin.size() > 0 && !agrees(tiles, begin)) {
      throw new LogDamagedException(
          "files in %s are missing or changed below entry %d, where the journal in %s begins: restore the folder from a copy, or end this log and start a new one. Who holds its counterfoils has its leaves, too"
              .formatted(publicDisk, begin.size(), journalDisk));
    }
    return begin;
  }

  private static boolean agrees(TileStore tiles, FrontierMark mark) throws IOException {
    return tiles.holds(mark.size()) && mark.roots().equals(roots(tiles, mark.size()));
  }

  private static List<Hash> roots(TileStore tiles, long size) throws IOException {
    return resume(tiles, size).roots();
  }

  static MerkleFrontier resume(TileStore tiles, long size) throws IOException {
    try {
      return MerkleFrontier.resume(size, tiles.hashes(size));
    } catch (HashSource.UnavailableException e) {
      throw new IOException("reading the tiles failed", e);
    }
  }

  private MerkleFrontier replay(RecordJournal journal, FrontierMark from, TileStore tiles)
      throws IOException {
    MerkleFrontier frontier = from.frontier();
    List<Leaf> leaves = new ArrayList<>();
    LeafDigester digester = new LeafDigester();
    journal
        .reader()
        .scanInPlace(
            from.size(),
            journal.size(),
            (position, payload) -> {
              leaves.add(new Leaf(digester.digestAt(position, payload)));
              if (leaves.size() == LEAVES_AT_ONCE) {
                Sequencer.append(leaves, frontier, tiles, hasher);
                leaves.clear();
              }
            });
    Sequencer.append(leaves, frontier, tiles, hasher);
    return frontier;
  }

  private static Published published(Optional<PublishedCheckpoint> read) {
    return read.map(
            there ->
                new Published(there.note(), there.checkpoint().size(), there.checkpoint().root()))
        .orElse(new Published(null, 0, TreeHasher.EMPTY_ROOT));
  }

  private record Published(@Nullable SignedNote note, long size, Hash root) {
    boolean agreesWith(TileStore tiles) throws IOException {
      return resume(tiles, size).root().equals(root);
    }
  }
}
