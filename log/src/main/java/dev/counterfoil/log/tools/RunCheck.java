package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.MissingTileException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.read.BundleOffsets;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.tiles.RowHasher;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The check of consecutive entry bundles, by itself: their form, the counterfoils, the leaf hashes,
 * and the roots that go on up. Several run side by side, each on a thread of its own.
 */
final class RunCheck {
  /** Bundles of a run: few enough that a small log over a slow network is fetched in parallel. */
  static final int BUNDLES = 16;

  /** Entries of a run; one that does not begin at a multiple of it ends at the next one. */
  static final int ENTRIES = BUNDLES * Tile.FULL_WIDTH;

  private final LogSource source;
  private final LogChecker.EntryForm form;
  private final Optional<JournalReader> journal;
  private final long size;
  private final long[] wanted;
  private final RowHasher hasher = new RowHasher();
  private final byte[] leaves = new byte[Tile.FULL_BYTES];
  private final BundleOffsets offsets = new BundleOffsets();
  private @Nullable RunRecords records;

  /**
   * What a run's entries make.
   *
   * @param first its first entry
   * @param entries how many there are
   * @param roots of each full bundle, 32 bytes each
   * @param inner roots over the first leaves of a bundle, by the size of the tree that ends there:
   *     for every wanted size that no bundle ends at
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once
  record Result(long first, int entries, byte[] roots, Map<Long, Hash> inner) {}

  /**
   * Checks runs of one log.
   *
   * @param size of the tree; tiles are as wide as it makes them
   * @param wanted sizes whose roots are asked for
   */
  RunCheck(
      LogSource source,
      LogChecker.EntryForm form,
      Optional<JournalReader> journal,
      long size,
      long[] wanted) {
    this.source = source;
    this.form = form;
    this.journal = journal;
    this.size = size;
    this.wanted = wanted.clone();
  }

  /** Where the run begins that follows on one. */
  static long after(long first) {
    return (first / ENTRIES + 1) * ENTRIES;
  }

  /** Checks the run that begins at the first entry of a bundle: up to the next multiple of all. */
  Result check(long first) throws IOException, DifferentException {
    int entries = (int) (Math.min(after(first), size) - first);
    byte[] roots = new byte[entries / Tile.FULL_WIDTH * Hash.BYTES];
    Map<Long, Hash> inner = new HashMap<>();
    records = journal.isPresent() ? RunRecords.read(journal.get(), first, entries) : null;
    for (int done = 0; done < entries; done += Tile.FULL_WIDTH) {
      Tile bundle = Tile.of(Tile.ENTRIES, (first + done) / Tile.FULL_WIDTH, size);
      checkBundle(bundle, first + done);
      if (!bundle.isPartial()) {
        hasher.root(leaves, Tile.FULL_WIDTH).write(roots, done / Tile.FULL_WIDTH * Hash.BYTES);
      }
      for (long at : wanted) {
        long width = at - first - done;
        if (width > 0 && width < Tile.FULL_WIDTH) {
          inner.put(at, hasher.root(leaves, (int) width));
        }
      }
    }
    return new Result(first, entries, roots, inner);
  }

  private void checkBundle(Tile bundle, long first) throws IOException, DifferentException {
    byte[] entries = fetch(source, bundle, first);
    checkForm(bundle, entries, first);
    if (records != null) {
      for (int i = 0; i < bundle.width(); i++) {
        records.compare(first + i, entries, offsets.start(i) + 1);
      }
    }
    for (int i = 0; i < bundle.width(); i++) {
      hasher.leaf(entries, offsets.start(i), offsets.length(i), leaves, i);
    }
    if (!source.derivesLeafHashes()) {
      compare(source, new Tile(0, bundle.index(), bundle.width()), leaves);
    }
  }

  private void checkForm(Tile bundle, byte[] entries, long first) throws DifferentException {
    boolean isWhole = offsets.read(entries, bundle.width());
    for (int i = 0; i < offsets.count() && form == LogChecker.EntryForm.LEAVES; i++) {
      int length = offsets.length(i);
      if (length != Leaf.ENTRY_BYTES || entries[offsets.start(i)] != Leaf.VERSION) {
        throw malformed(
            first + i,
            bundle,
            i,
            "a leaf of version 1 and 33 bytes",
            length == 0
                ? "an empty entry"
                : "version %d and %d bytes".formatted(entries[offsets.start(i)], length));
      }
    }
    if (!isWhole && offsets.count() < bundle.width()) {
      throw malformed(
          first + offsets.count(),
          bundle,
          offsets.count(),
          "an entry",
          "%d bytes".formatted(entries.length - offsets.end()));
    }
    if (!isWhole) {
      throw malformed(
          first + bundle.width() - 1,
          bundle,
          bundle.width(),
          "the end",
          "%d more bytes".formatted(entries.length - offsets.end()));
    }
  }

  private static DifferentException malformed(
      long position, Tile bundle, int entry, String expected, String found) {
    return new DifferentException(
        LogCheck.Kind.ENTRY_MALFORMED,
        position,
        bundle.path() + " entry " + entry,
        expected,
        found);
  }

  static byte[] fetch(LogSource source, Tile tile, long position)
      throws IOException, DifferentException {
    try {
      return source.tile(tile);
    } catch (MissingTileException e) {
      throw new DifferentException(
          LogCheck.Kind.TILE_MISSING,
          position,
          tile.path(),
          tile.width() + (tile.level() == Tile.ENTRIES ? " entries" : " hashes"),
          "nothing (" + e.getMessage() + ")");
    }
  }

  /** Compares a tile of the log with the rows that the entries make. */
  static void compare(LogSource source, Tile tile, byte[] rows)
      throws IOException, DifferentException {
    long start = tile.index() * Tile.FULL_WIDTH;
    byte[] served = fetch(source, tile, start << (8 * tile.level()));
    int bytes = tile.width() * Hash.BYTES;
    int mismatch = Arrays.mismatch(rows, 0, bytes, served, 0, served.length);
    if (mismatch < 0) {
      return;
    }
    int row = Math.min(mismatch, bytes - 1) / Hash.BYTES;
    long position = (start + row) << (8 * tile.level());
    if (served.length != bytes) {
      throw new DifferentException(
          LogCheck.Kind.HASH_DIFFERS,
          position,
          tile.path(),
          bytes + " bytes",
          served.length + " bytes");
    }
    throw new DifferentException(
        LogCheck.Kind.HASH_DIFFERS,
        position,
        tile.path() + " hash " + row,
        Hash.read(rows, row * Hash.BYTES).hex(),
        Hash.read(served, row * Hash.BYTES).hex());
  }
}
