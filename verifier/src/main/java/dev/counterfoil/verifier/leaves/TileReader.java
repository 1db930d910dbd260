package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads tiles of one log. What it returns has the right length and is not verified. Threads that
 * want the same tile share one fetch.
 */
public final class TileReader {
  private final LeafReads network;
  private volatile KeySet.StatedLog log;
  private final BoundedCache<Tile, byte[]> tiles;
  private final ConcurrentHashMap<Tile, CompletableFuture<byte[]>> inFlight =
      new ConcurrentHashMap<>();

  public TileReader(LeafReads network, KeySet.StatedLog log, int tilesMax) {
    this.network = network;
    this.log = log;
    this.tiles = new BoundedCache<>(tilesMax);
  }

  /** The same log, read at another place from now on. */
  public void readAt(KeySet.StatedLog moved) {
    log = moved;
  }

  /** The hashes of a tree of a size. */
  public HashSource hashes(long size) {
    TreeHasher hasher = new TreeHasher();
    return (level, index) ->
        Tile.subtree(hasher, read(Tile.holding(level, index, size)), level, index);
  }

  /** A tile's bytes, 32 for each hash. */
  public byte[] read(Tile tile) throws UnavailableException {
    byte[] known = tiles.get(tile);
    if (known != null) {
      return known;
    }
    CompletableFuture<byte[]> mine = new CompletableFuture<>();
    CompletableFuture<byte[]> running = inFlight.putIfAbsent(tile, mine);
    if (running != null) {
      return joined(running);
    }
    try {
      // Another fetch may have ended between the look above and the place in line.
      byte[] justRead = tiles.get(tile);
      byte[] bytes = justRead == null ? fetch(tile) : justRead;
      tiles.put(tile, bytes);
      mine.complete(bytes);
      return bytes;
    } catch (UnavailableException | RuntimeException e) {
      mine.completeExceptionally(e);
      throw e;
    } finally {
      inFlight.remove(tile, mine);
    }
  }

  private static byte[] joined(CompletableFuture<byte[]> running) throws UnavailableException {
    try {
      return running.join();
    } catch (CompletionException e) {
      throw new UnavailableException("the shared fetch of a tile failed", e);
    }
  }

  private byte[] fetch(Tile tile) throws UnavailableException {
    try {
      try {
        return get(tile);
      } catch (FileNotFoundException gone) {
        if (!tile.isPartial()) {
          throw gone;
        }
        // A log may drop a partial tile once it is full (c2sp.org/tlog-tiles, Partial Tiles).
        byte[] full = get(new Tile(tile.level(), tile.index(), Tile.FULL_WIDTH));
        return Arrays.copyOf(full, tile.width() * Hash.BYTES);
      }
    } catch (IOException e) {
      throw new UnavailableException("tile cannot be read: " + e.getMessage(), e);
    }
  }

  private byte[] get(Tile tile) throws IOException {
    byte[] bytes = network.get(URI.create(log.url() + "/" + tile.path()), Tile.FULL_BYTES);
    if (bytes.length != tile.width() * Hash.BYTES) {
      throw new IOException("tile has a wrong length");
    }
    return bytes;
  }

  /** Forgets everything read: something of it does not lead to the signed root. */
  public void forget() {
    tiles.clear();
  }
}
