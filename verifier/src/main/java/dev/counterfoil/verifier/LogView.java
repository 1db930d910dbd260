package dev.counterfoil.verifier;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.HashSource.UnavailableException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.format.Tile;
import dev.counterfoil.format.TlogProof;
import dev.counterfoil.format.TreeHasher;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One log as this verifier has seen it: the largest checkpoint, and the level 0 tiles proven under
 * one. Answers whether a leaf stands at a position.
 *
 * <p>A level 0 tile is proven as a whole: the root is computed through all its leaves and must be
 * the root of a checkpoint that the log's key signed. From then on a look-up in it costs nothing. A
 * new checkpoint counts only when the tree it signs extends the last one; when the same hashes lead
 * to the new root and not to the old, the log has signed two histories, and none of its tokens is
 * honoured any more.
 *
 * <p>A position past the tip waits for a checkpoint that covers it, for at most {@link
 * VerifierLimits#tipWait}. One that the log could not reach in that time, issuing at {@link
 * VerifierLimits#issuedPerSecondMax}, is refused at once.
 */
final class LogView {
  private static final System.Logger LOG = System.getLogger(LogView.class.getName());

  private static final long POLL_MILLIS = 20;

  /** Most checkpoints from online proofs that wait for tiles: the first ones and the largest. */
  static final int UNCOMPARED_MAX = 16;

  /** Where a leaf stands. */
  sealed interface Standing {
    record Recorded(IssuanceProof proof) implements Standing {}

    record NotRecorded(RefusalCode code, String reason) implements Standing {}
  }

  /** A level 0 tile whose leaf hashes are proven under a checkpoint. */
  private static final class ProvenTile {
    private final byte[] leaves;
    private final int width;
    private final Checkpoint under;

    ProvenTile(byte[] leaves, int width, Checkpoint under) {
      this.leaves = leaves;
      this.width = width;
      this.under = under;
    }

    boolean holds(int offset) {
      return offset < width;
    }

    Hash leaf(int offset) {
      return Hash.read(leaves, offset * Hash.BYTES);
    }
  }

  private volatile KeySet.StatedLog log;
  private final ReadSide network;
  private final VerifierLimits limits;
  private final TileReader tiles;
  private final BoundedCache<Long, ProvenTile> proven;
  private final ReentrantLock advancing = new ReentrantLock();
  private volatile @Nullable Checkpoint tip;

  /** When the last fetch of a checkpoint began, and why it failed; guarded by advancing. */
  private long fetchBegan = System.nanoTime();

  private @Nullable UnavailableException fetchFailure;

  /**
   * Checkpoints taken from online proofs, of different sizes, whose trees were not yet compared
   * with the tip's; guarded by advancing. None gives way to an honest one that comes later: a fork
   * shown while tiles were away would never be noticed.
   */
  private final List<Checkpoint> uncompared = new ArrayList<>();

  private volatile boolean forked;

  LogView(KeySet.StatedLog log, ReadSide network, VerifierLimits limits) {
    this.log = log;
    this.network = network;
    this.limits = limits;
    this.tiles = new TileReader(network, log, limits.tilesMax());
    this.proven = new BoundedCache<>(limits.tilesMax());
  }

  KeySet.StatedLog log() {
    return log;
  }

  /** The same log, read at another place from now on. */
  void readAt(KeySet.StatedLog moved) {
    if (!moved.url().equals(log.url())) {
      log = moved;
      tiles.readAt(moved);
    }
  }

  boolean isForked() {
    return forked;
  }

  /** Whether a leaf stands at a position, and what shows it. */
  Standing standing(long position, Leaf leaf) {
    if (forked) {
      return forkedStanding();
    }
    Hash hash = leaf.hash(new TreeHasher());
    int offset = (int) (position % Tile.FULL_WIDTH);
    ProvenTile tile = proven.get(position / Tile.FULL_WIDTH);
    try {
      if (tile == null || !tile.holds(offset)) {
        Optional<Checkpoint> covering = covering(position);
        if (forked) {
          return forkedStanding();
        }
        if (covering.isEmpty()) {
          return new Standing.NotRecorded(
              RefusalCode.BEYOND_TIP, "the log has not issued the token's position");
        }
        tile = prove(position / Tile.FULL_WIDTH, covering.get());
      }
    } catch (UnavailableException e) {
      return online(position, leaf, e);
    }
    if (!tile.leaf(offset).equals(hash)) {
      return new Standing.NotRecorded(
          RefusalCode.NEVER_ISSUED, "the log holds another token at the token's position");
    }
    return new Standing.Recorded(new IssuanceProof.ByTile(position, tile.under));
  }

  /** Whether a tile that is proven already holds another leaf at a position; reads nothing. */
  boolean showsAnother(long position, Leaf leaf) {
    int offset = (int) (position % Tile.FULL_WIDTH);
    ProvenTile tile = proven.get(position / Tile.FULL_WIDTH);
    return tile != null
        && tile.holds(offset)
        && !tile.leaf(offset).equals(leaf.hash(new TreeHasher()));
  }

  private static Standing forkedStanding() {
    return new Standing.NotRecorded(
        RefusalCode.LOG_FORKED, "the log has signed two histories: its operator must explain");
  }

  /** A checkpoint that covers a position, waited for if need be; empty when it is past the tip. */
  private Optional<Checkpoint> covering(long position) throws UnavailableException {
    Checkpoint known = tip;
    if (known != null && position < known.size()) {
      return Optional.of(known);
    }
    long reach = reach();
    long deadline = System.nanoTime() + limits.tipWait().toNanos();
    while (true) {
      Checkpoint newest = advance(position);
      if (position < newest.size()) {
        return Optional.of(newest);
      }
      if (forked
          || position - newest.size() >= reach
          || System.nanoTime() - deadline >= 0
          || !pause()) {
        return Optional.empty();
      }
    }
  }

  private long reach() {
    long perSecond = limits.issuedPerSecondMax();
    return Math.max(1, perSecond * limits.tipWait().toMillis() / 1000);
  }

  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Fetches a checkpoint and takes it as the tip when it extends the last. Threads that ask while
   * another one fetches share what the next fetch brings, or its failure: when the log is away,
   * they wait for one time-out together and not for one after another.
   */
  private Checkpoint advance(long position) throws UnavailableException {
    long asked = System.nanoTime();
    advancing.lock();
    try {
      Checkpoint last = tip;
      if (last != null && position < last.size()) {
        return last;
      }
      if (fetchBegan - asked > 0) {
        UnavailableException failure = fetchFailure;
        if (failure != null) {
          throw new UnavailableException(String.valueOf(failure.getMessage()), failure);
        }
        if (last != null) {
          return last;
        }
      }
      fetchBegan = System.nanoTime();
      fetchFailure = null;
      return fetch(last);
    } catch (UnavailableException e) {
      fetchFailure = e;
      throw e;
    } finally {
      advancing.unlock();
    }
  }

  private Checkpoint fetch(@Nullable Checkpoint last) throws UnavailableException {
    Checkpoint fetched;
    try {
      byte[] note = network.get(URI.create(log.url() + "/checkpoint"), SignedNote.BYTES_MAX);
      fetched = Checkpoint.verify(note, log.key());
    } catch (IOException | FormatException e) {
      throw new UnavailableException("checkpoint cannot be had: " + e.getMessage(), e);
    }
    Checkpoint newest = last == null || fetched.size() > last.size() ? fetched : last;
    if (last != null) {
      compare(last, fetched);
    }
    // One by one: what was compared stays so when the tiles for the next cannot be had.
    for (Iterator<Checkpoint> others = uncompared.iterator(); others.hasNext(); ) {
      Checkpoint other = others.next();
      if (other.size() <= newest.size()) {
        compare(other, newest);
        others.remove();
      }
    }
    tip = newest;
    return newest;
  }

  /** Compares two signed checkpoints; sets {@link #forked} when they are of two histories. */
  private void compare(Checkpoint a, Checkpoint b) throws UnavailableException {
    boolean inOrder = a.size() <= b.size();
    Checkpoint earlier = inOrder ? a : b;
    Checkpoint later = inOrder ? b : a;
    if (earlier.size() == later.size()) {
      if (!earlier.root().equals(later.root())) {
        fork(earlier, later);
      }
      return;
    }
    if (earlier.size() == 0) {
      if (!earlier.root().equals(TreeHasher.EMPTY_ROOT)) {
        fork(earlier, later);
      }
      return;
    }
    TreeRoots.Pair roots = roots(earlier, later);
    if (!roots.later().equals(later.root())) {
      tiles.forget();
      throw new UnavailableException("tiles do not lead to the root that the log signed");
    }
    if (!roots.earlier().equals(earlier.root())) {
      fork(earlier, later);
    }
  }

  private TreeRoots.Pair roots(Checkpoint earlier, Checkpoint later) throws UnavailableException {
    return new TreeRoots(tiles.hashes(later.size())).pair(earlier.size(), later.size());
  }

  private void fork(Checkpoint one, Checkpoint other) {
    forked = true;
    LOG.log(
        Level.ERROR,
        "log {0} has signed two histories, its tokens are refused from now on: size {1} root {2},"
            + " size {3} root {4}",
        log.key().name(),
        Long.toString(one.size()),
        one.root(),
        Long.toString(other.size()),
        other.root());
  }

  /** Proves a level 0 tile under a checkpoint, with fresh tiles when the known ones do not fit. */
  private ProvenTile prove(long index, Checkpoint checkpoint) throws UnavailableException {
    ProvenTile tile = proveOnce(index, checkpoint);
    if (tile == null) {
      tiles.forget();
      tile = proveOnce(index, checkpoint);
    }
    if (tile == null) {
      tiles.forget();
      throw new UnavailableException("tiles do not lead to the root that the log signed");
    }
    proven.put(index, tile);
    return tile;
  }

  private @Nullable ProvenTile proveOnce(long index, Checkpoint checkpoint)
      throws UnavailableException {
    Tile tile = Tile.of(0, index, checkpoint.size());
    byte[] leaves = tiles.read(tile);
    Hash root =
        new TreeRoots(tiles.hashes(checkpoint.size()))
            .throughLeaves(checkpoint.size(), index * Tile.FULL_WIDTH, leaves, tile.width());
    return root.equals(checkpoint.root()) ? new ProvenTile(leaves, tile.width(), checkpoint) : null;
  }

  /** Asks the authority for the proof of this one position, and checks it here all the same. */
  private Standing online(long position, Leaf leaf, UnavailableException why) {
    try {
      URI uri = URI.create(log.url() + "/proof/" + position);
      TlogProof proof = TlogProof.parse(network.get(uri, SignedNote.BYTES_MAX));
      if (proof.index() != position) {
        throw new FormatException("proof is of another position");
      }
      Checkpoint covering = proof.verify(leaf, log.key());
      note(covering);
      return forked
          ? forkedStanding()
          : new Standing.Recorded(new IssuanceProof.ByOnlineProof(position, covering));
    } catch (IOException | FormatException e) {
      LOG.log(Level.DEBUG, "neither tiles nor a proof of position {0}", Long.toString(position));
      return new Standing.NotRecorded(
          RefusalCode.PROOF_UNAVAILABLE,
          "the log cannot be read (" + why.getMessage() + "; " + e.getMessage() + ")");
    }
  }

  /** Keeps a checkpoint from an online proof, to be compared as soon as tiles can be read. */
  private void note(Checkpoint covering) {
    advancing.lock();
    try {
      Checkpoint last = tip;
      if (last != null && last.size() == covering.size()) {
        if (!last.root().equals(covering.root())) {
          fork(last, covering);
        }
        return;
      }
      for (Checkpoint other : uncompared) {
        if (other.size() == covering.size()) {
          if (!other.root().equals(covering.root())) {
            fork(other, covering);
          }
          return;
        }
      }
      if (uncompared.size() < UNCOMPARED_MAX) {
        uncompared.add(covering);
      } else if (uncompared.get(UNCOMPARED_MAX - 1).size() < covering.size()) {
        uncompared.set(UNCOMPARED_MAX - 1, covering);
      }
    } finally {
      advancing.unlock();
    }
  }
}
