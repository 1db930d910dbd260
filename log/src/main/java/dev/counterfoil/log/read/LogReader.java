package dev.counterfoil.log.read;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.checkpoint.Checkpointer;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.disk.MissingTileException;
import dev.counterfoil.log.tiles.NodeGroups;
import dev.counterfoil.log.tiles.RowHasher;
import dev.counterfoil.log.tiles.TileStore;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the public folder of a log, also in another process than the one that writes it and as
 * another user. Gives nothing beyond the checkpoint that is published at the moment, and checks no
 * signature: that is for whoever receives the bytes. Safe for concurrent use.
 */
public final class LogReader implements LogSource, AutoCloseable {
  private static final int BUNDLE_ENTRY_BYTES = 2 + Leaf.ENTRY_BYTES;

  private final Disk disk;
  private final Supplier<Optional<byte[]>> checkpoint;
  private final ConcurrentHashMap<String, DiskFile> files = new ConcurrentHashMap<>();
  private final NodeGroups nodes = new NodeGroups(this::rowsOf);
  private final LogProver prover = new LogProver(this);
  private volatile @Nullable Read last;
  private volatile @Nullable Read lastCosigned;
  private volatile @Nullable Boolean inFull;

  /**
   * A checkpoint as it is published.
   *
   * @param note the signed note
   * @param checkpoint what it says
   */
  public record Published(SignedNote note, Checkpoint checkpoint) {}

  /** What was read last, so that the same bytes are not parsed again. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Read(byte[] bytes, Published published) {
    boolean isOf(byte[] others) {
      return Arrays.equals(bytes, others);
    }
  }

  /** Reads a folder as its log's writer publishes it. */
  public LogReader(Disk disk) {
    this(disk, Optional::empty);
  }

  /**
   * Reads a folder of hashes whose checkpoint is kept elsewhere.
   *
   * @param checkpoint gives the signed checkpoint up to which the folder is read; the folder's own
   *     where it gives none
   */
  public LogReader(Disk disk, Supplier<Optional<byte[]>> checkpoint) {
    this.disk = disk;
    this.checkpoint = checkpoint;
  }

  @Override
  public byte[] checkpoint() throws IOException {
    Optional<byte[]> elsewhere = checkpoint.get();
    return elsewhere.isPresent()
        ? elsewhere.get()
        : disk.read(Checkpointer.FILE, SignedNote.BYTES_MAX);
  }

  @Override
  public Optional<byte[]> cosignedCheckpoint() throws IOException {
    return cosigned();
  }

  /**
   * The checkpoint that is published at the moment; empty before there is one.
   *
   * @throws IOException also when it is malformed
   */
  public Optional<Published> published() throws IOException {
    byte[] bytes;
    try {
      bytes = checkpoint();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    Read before = last;
    if (before != null && before.isOf(bytes)) {
      return Optional.of(before.published);
    }
    Published now = parse(bytes);
    last = new Read(bytes, now);
    return Optional.of(now);
  }

  private Published parse(byte[] bytes) throws IOException {
    try {
      SignedNote note = SignedNote.parse(bytes);
      return new Published(note, Checkpoint.parse(note.text()));
    } catch (FormatException e) {
      throw new IOException("the checkpoint in " + disk + " is malformed: " + e.getMessage(), e);
    }
  }

  /**
   * A tile's bytes, or an entry bundle's; empty when the published checkpoint does not cover it.
   *
   * @throws IOException when the folder does not hold what its checkpoint covers
   */
  public Optional<byte[]> find(Tile tile) throws IOException {
    Read before = last;
    // A log only grows: what an earlier checkpoint covers needs no look at the present one.
    if (before == null || !covers(before.published.checkpoint().size(), tile)) {
      Optional<Published> published = published();
      if (published.isEmpty() || !covers(published.get().checkpoint().size(), tile)) {
        return Optional.empty();
      }
    }
    if (tile.level() == Tile.ENTRIES) {
      return Optional.of(standInFull() ? fullBundle(tile) : bundle(rows(TileStore.DIGESTS, tile)));
    }
    if (tile.level() == 0 && derivesLeafHashes()) {
      byte[] rows = rows(TileStore.DIGESTS, tile);
      new RowHasher().leaves(rows, tile.width());
      return Optional.of(rows);
    }
    return Optional.of(rows(TileStore.name(8 * tile.level()), tile));
  }

  @Override
  public boolean derivesLeafHashes() throws IOException {
    return !standInFull();
  }

  @Override
  public Optional<HashSource> storedHashes(long size) {
    return Optional.of(nodes.of(size));
  }

  /** Rows of a stored tree level, or the leaf hashes. */
  private byte[] rowsOf(int level, long first, int count) throws IOException {
    if (level == 0 && derivesLeafHashes()) {
      byte[] rows = rows(TileStore.DIGESTS, first, count);
      new RowHasher().leaves(rows, count);
      return rows;
    }
    return rows(TileStore.name(level), first, count);
  }

  @Override
  public byte[] tile(Tile tile) throws IOException {
    return find(tile)
        .orElseThrow(() -> new MissingTileException(tile, "beyond the checkpoint in " + disk));
  }

  private static boolean covers(long size, Tile tile) {
    long rows = size >> (8 * Math.max(tile.level(), 0));
    return (tile.index() << 8) + tile.width() <= rows;
  }

  private byte[] rows(String name, Tile tile) throws IOException {
    try {
      return rows(name, tile.index() << 8, tile.width());
    } catch (NoSuchFileException | EOFException e) {
      MissingTileException missing = new MissingTileException(tile, String.valueOf(e.getMessage()));
      missing.initCause(e);
      throw missing;
    }
  }

  /** Whether this is an {@link EntryLog}; asked again while it may be made. */
  private boolean standInFull() throws IOException {
    if (inFull == null && published().isPresent()) {
      inFull = disk.names().contains(EntryRows.OFFSETS);
    }
    return Boolean.TRUE.equals(inFull);
  }

  private byte[] fullBundle(Tile tile) throws IOException {
    try {
      return EntryRows.bundle(file(EntryRows.ENTRIES), file(EntryRows.OFFSETS), tile);
    } catch (NoSuchFileException | EOFException e) {
      // The files may have been put there anew since they were opened.
      forget(EntryRows.ENTRIES);
      forget(EntryRows.OFFSETS);
      MissingTileException missing = new MissingTileException(tile, String.valueOf(e.getMessage()));
      missing.initCause(e);
      throw missing;
    }
  }

  private void forget(String name) throws IOException {
    DiskFile stale = files.remove(name);
    if (stale != null) {
      stale.close();
    }
  }

  private byte[] rows(String name, long first, int count) throws IOException {
    byte[] bytes = new byte[count * Hash.BYTES];
    long offset = first * Hash.BYTES;
    if (file(name).read(ByteBuffer.wrap(bytes), offset) != bytes.length) {
      // The file may have been put there anew since it was opened.
      forget(name);
      int read = file(name).read(ByteBuffer.wrap(bytes), offset);
      if (read != bytes.length) {
        throw new EOFException(
            "%s in %s ends before row %d, which the checkpoint covers; restart the log's writer, which completes it"
                .formatted(name, disk, first + count - 1));
      }
    }
    return bytes;
  }

  private DiskFile file(String name) throws IOException {
    DiskFile open = files.get(name);
    if (open != null) {
      return open;
    }
    DiskFile opened = disk.openToRead(name);
    DiskFile other = files.putIfAbsent(name, opened);
    if (other != null) {
      opened.close();
      return other;
    }
    return opened;
  }

  /** Entries of a bundle are a big-endian u16 length and the leaf's 33 bytes each. */
  public static byte[] bundle(byte[] digests) {
    ByteBuffer bundle = ByteBuffer.allocate(digests.length / Hash.BYTES * BUNDLE_ENTRY_BYTES);
    for (int at = 0; at < digests.length; at += Hash.BYTES) {
      bundle.putShort((short) Leaf.ENTRY_BYTES).put(Leaf.VERSION).put(digests, at, Hash.BYTES);
    }
    return bundle.array();
  }

  /** The stored hashes of the tree of a size, which a published checkpoint must cover. */
  public HashSource hashes(long size) {
    return prover.hashes(size);
  }

  /**
   * The digests of consecutive entries, 32 bytes each. The caller has seen a published checkpoint
   * that covers them, so that it is not read again.
   */
  public byte[] digests(long first, int count) throws IOException {
    return rows(TileStore.DIGESTS, first, count);
  }

  /**
   * The leaf hashes of consecutive entries, 32 bytes each. The caller has seen a published
   * checkpoint that covers them.
   */
  public byte[] leafHashes(long first, int count) throws IOException {
    return rowsOf(0, first, count);
  }

  /** The digest of the entry at a position, when the published checkpoint covers it. */
  public Optional<Leaf> leaf(long position) throws IOException {
    Optional<Published> published = published();
    if (position < 0 || published.isEmpty() || position >= published.get().checkpoint().size()) {
      return Optional.empty();
    }
    return Optional.of(new Leaf(Hash.of(rows(TileStore.DIGESTS, position, 1))));
  }

  /**
   * A proof that the entry at a position is in the log; empty when it is not covered yet. Under the
   * cosigned checkpoint where that covers it, so that it convinces also those whose policy has a
   * quorum; else under the log's own. It is checked: stored hashes may be damaged.
   *
   * @throws DamagedHashesException when what is stored does not lead to the checkpoint's root
   */
  public Optional<TlogProof> proof(long position) throws IOException {
    Optional<Published> published = published();
    if (position < 0 || published.isEmpty() || position >= published.get().checkpoint().size()) {
      return Optional.empty();
    }
    Published under =
        publishedCosigned()
            .filter(cosigned -> position < cosigned.checkpoint().size())
            .orElse(published.get());
    TlogProof proof = prover.inclusion(position, under.note());
    InclusionProof path = new InclusionProof(position, under.checkpoint().size(), proof.path());
    if (!path.proves(Hash.of(leafHashes(position, 1)), under.checkpoint().root())) {
      throw new DamagedHashesException(position);
    }
    return Optional.of(proof);
  }

  private Optional<Published> publishedCosigned() throws IOException {
    Optional<byte[]> bytes = cosigned();
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    Read before = lastCosigned;
    if (before != null && before.isOf(bytes.get())) {
      return Optional.of(before.published);
    }
    Published now = parse(bytes.get());
    lastCosigned = new Read(bytes.get(), now);
    return Optional.of(now);
  }

  /**
   * A proof that the tree of a size, which the published checkpoint covers, extends an earlier one;
   * empty when it is not covered.
   */
  public Optional<ConsistencyProof> consistency(long oldSize, long newSize) throws IOException {
    Optional<Published> published = published();
    if (oldSize < 0
        || oldSize > newSize
        || published.isEmpty()
        || newSize > published.get().checkpoint().size()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ConsistencyProof.make(hashes(newSize), oldSize, newSize));
    } catch (HashSource.UnavailableException e) {
      throw new IOException("a proof from %d to %d cannot be made".formatted(oldSize, newSize), e);
    }
  }

  /** The cosigned checkpoint that is published at the moment; empty before there is one. */
  public Optional<byte[]> cosigned() throws IOException {
    try {
      return Optional.of(disk.read(Cosigning.FILE, SignedNote.BYTES_MAX));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    for (DiskFile file : files.values()) {
      file.close();
    }
  }
}
