package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.read.BundleOffsets;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.read.StaticLogSource;
import dev.counterfoil.log.read.TileHashes;
import dev.counterfoil.log.tiles.RowHasher;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A copy of a log as files that any web server or object store can serve (c2sp.org/tlog-tiles),
 * with a checkpoint of its own pace: the cosigned one, where there is one.
 *
 * <p>Only the entries are taken from the log. Every tile is made of them here, and the checkpoint
 * goes out only when its root is the one that they make: a copy is right or it does not grow. The
 * order of a round is: full tiles, partial tiles, sync, checkpoint, and only then the partial tiles
 * go whose full one is there. A crash anywhere leaves files that the next round takes as they are.
 */
public final class StaticCopy implements AutoCloseable {
  private static final String CHECKPOINT = "checkpoint";

  private final LogSource source;
  private final NoteKey logKey;
  private final StaticFolder folder;
  private final StaticLogSource copy;
  private final RowHasher hasher = new RowHasher();
  private final BundleOffsets offsets = new BundleOffsets();

  /**
   * What a round did.
   *
   * @param checkpoint what the copy has now
   * @param before what it had; empty before the first round
   * @param filesWritten tiles and bundles that this round added
   */
  public record Round(Checkpoint checkpoint, Optional<Checkpoint> before, long filesWritten) {
    /** Whether the copy grew. */
    public boolean grew() {
      return before.isEmpty() || before.get().size() < checkpoint.size();
    }
  }

  /**
   * Takes a folder for this process.
   *
   * @param logKey key that must have signed what is copied
   * @throws Disk.FolderInUseException when another process copies to it
   */
  public StaticCopy(LogSource source, NoteKey logKey, Path folder) throws IOException {
    this.source = source;
    this.logKey = logKey;
    this.folder = StaticFolder.open(folder);
    this.copy = new StaticLogSource(folder);
  }

  /**
   * Brings the copy up to the log's present checkpoint.
   *
   * @throws LogDamagedException when the log is not what its checkpoint says, went back, or the
   *     copy's files are not what the log makes: nothing is published then
   */
  public Round publish() throws IOException {
    Optional<byte[]> cosigned = source.cosignedCheckpoint();
    byte[] note = cosigned.isPresent() ? cosigned.get() : source.checkpoint();
    Checkpoint wanted = verify(note, "the log's checkpoint");
    Optional<Checkpoint> present = present();
    if (present.isPresent() && Extension.judge(present.get(), wanted) == Extension.OLDER) {
      if (cosigned.isPresent()) {
        // The copy began before there were cosignatures: it waits for them to catch up.
        return new Round(present.get(), present, 0);
      }
      throw new LogDamagedException(
          "the copy in %s has %d entries and the log says that it has %d: it went back; keep the copy, it is evidence"
              .formatted(folder, present.get().size(), wanted.size()));
    }
    long before = folder.filesWritten();
    if (present.isEmpty() || !present.get().equals(wanted)) {
      grow(present.map(Checkpoint::size).orElse(0L), wanted);
    }
    folder.syncFolders();
    folder.replace(CHECKPOINT, note);
    if (cosigned.isPresent()) {
      folder.replace(LogSource.COSIGNED, note);
    }
    removePartials(wanted.size());
    return new Round(wanted, present, folder.filesWritten() - before);
  }

  private Optional<Checkpoint> present() throws IOException {
    try {
      return Optional.of(verify(copy.checkpoint(), "the copy's checkpoint"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Checkpoint verify(byte[] note, String which) {
    try {
      return Checkpoint.verify(note, logKey);
    } catch (FormatException e) {
      throw new LogDamagedException(which + " is no good: " + e.getMessage(), e);
    }
  }

  /** Writes all that a tree of a size needs beyond what one of another size has. */
  private void grow(long from, Checkpoint to) throws IOException {
    // Once to see that the entries lead to the root, and only then to write: a wrong file at a full
    // tile's path could not be taken back.
    walk(from, to, Optional.empty());
    Rows rows = new Rows(from - from % Tile.FULL_WIDTH);
    walk(from, to, Optional.of(rows));
    rows.writePartial();
  }

  private void walk(long from, Checkpoint to, Optional<Rows> rows) throws IOException {
    MerkleFrontier frontier = resume(from - from % Tile.FULL_WIDTH, from);
    byte[] leaves = new byte[Tile.FULL_BYTES];
    while (frontier.size() < to.size()) {
      Tile bundle = Tile.of(Tile.ENTRIES, frontier.size() / Tile.FULL_WIDTH, to.size());
      byte[] entries = source.tile(bundle);
      hashEntries(bundle, entries, leaves);
      if (rows.isPresent()) {
        folder.write(bundle, entries);
      }
      for (int i = 0; i < bundle.width(); i++) {
        Hash leaf = Hash.read(leaves, i * Hash.BYTES);
        if (rows.isPresent()) {
          frontier.append(leaf, rows.get());
          rows.get().writeFull();
        } else {
          frontier.append(leaf);
        }
      }
    }
    if (!frontier.root().equals(to.root())) {
      throw new LogDamagedException(
          "the entries make the root %s at size %d and the log's checkpoint says %s: nothing is published; see counterfoil log check"
              .formatted(frontier.root().base64(), to.size(), to.root().base64()));
    }
  }

  private MerkleFrontier resume(long size, long published) throws IOException {
    if (size == 0) {
      return new MerkleFrontier();
    }
    try {
      return MerkleFrontier.resume(size, new TileHashes(copy).of(published));
    } catch (HashSource.UnavailableException e) {
      throw new LogDamagedException(
          "the copy in %s lacks tiles of its own checkpoint: start a new one in another folder (%s)"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private void hashEntries(Tile bundle, byte[] entries, byte[] leaves) {
    if (!offsets.read(entries, bundle.width())) {
      throw incomplete(bundle, offsets.count());
    }
    for (int i = 0; i < bundle.width(); i++) {
      hasher.leaf(entries, offsets.start(i), offsets.length(i), leaves, i);
    }
  }

  private static LogDamagedException incomplete(Tile bundle, int entry) {
    return new LogDamagedException(
        "%s does not hold %d entries (see entry %d): it is not published"
            .formatted(bundle.path(), bundle.width(), entry));
  }

  /** Partial tiles that nobody needs any more: the full one is there. */
  private void removePartials(long size) throws IOException {
    for (int level = Tile.ENTRIES; level <= Tile.LEVEL_MAX; level++) {
      long full = size >> (8 * (Math.max(level, 0) + 1));
      if (full > 0) {
        folder.removePartials(level, full);
      }
    }
  }

  @Override
  public void close() throws IOException {
    folder.close();
  }

  /** The tiles of each level that are being filled. */
  private final class Rows implements MerkleFrontier.CompletedSubtree {
    private final List<byte[]> levels = new ArrayList<>();
    private final long[] counts = new long[Tile.LEVEL_MAX + 1];

    /** Takes up the tiles that a tree of a size, a multiple of 256, has not filled. */
    Rows(long size) throws IOException {
      for (int level = 0; level <= Tile.LEVEL_MAX; level++) {
        byte[] row = new byte[Tile.FULL_BYTES];
        levels.add(row);
        counts[level] = size >> (8 * level);
        int width = (int) (counts[level] % Tile.FULL_WIDTH);
        if (width > 0) {
          byte[] begun = copy.tile(new Tile(level, counts[level] / Tile.FULL_WIDTH, width));
          System.arraycopy(begun, 0, row, 0, Math.min(begun.length, width * Hash.BYTES));
        }
      }
    }

    @Override
    public void completed(int level, long index, Hash hash) {
      if (level % 8 == 0) {
        int offset = (int) (index % Tile.FULL_WIDTH) * Hash.BYTES;
        hash.write(levels.get(level / 8), offset);
        counts[level / 8] = index + 1;
      }
    }

    /** Writes the tiles that the last entry filled. */
    void writeFull() throws IOException {
      for (int level = 0;
          level <= Tile.LEVEL_MAX && counts[level] > 0 && counts[level] % Tile.FULL_WIDTH == 0;
          level++) {
        folder.write(
            new Tile(level, counts[level] / Tile.FULL_WIDTH - 1, Tile.FULL_WIDTH),
            levels.get(level));
      }
    }

    void writePartial() throws IOException {
      for (int level = 0; level <= Tile.LEVEL_MAX; level++) {
        int width = (int) (counts[level] % Tile.FULL_WIDTH);
        if (width > 0) {
          byte[] hashes = Arrays.copyOf(levels.get(level), width * Hash.BYTES);
          folder.write(new Tile(level, counts[level] / Tile.FULL_WIDTH, width), hashes);
        }
      }
    }
  }
}
