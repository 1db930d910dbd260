package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import dev.counterfoil.verifier.leaves.CosignedTip;
import dev.counterfoil.verifier.leaves.TileReader;
import dev.counterfoil.verifier.leaves.TreeRoots;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one log has signed, as this verifier has seen it: the largest checkpoint, and whether all
 * that were seen are of one history.
 *
 * <p>A new checkpoint counts only when the tree it signs extends the last one; when the same hashes
 * lead to the new root and not to the old, the log has signed two histories, and none of its tokens
 * is honoured any more. Where the policy has a quorum, what its witnesses cosigned is followed
 * beside the log's own checkpoints ({@link CosignedTip}): a cosigned root that does not extend what
 * was seen is such a fork.
 */
final class LogHistory {
  private static final System.Logger LOG = System.getLogger(LogHistory.class.getName());

  /** Most checkpoints from online proofs that wait for tiles: the first ones and the largest. */
  static final int UNCOMPARED_MAX = 16;

  private volatile KeySet.StatedLog log;
  private final ReadSide network;
  private final TileReader tiles;
  private final CosignedTip cosigned;
  private final LogPolicy policy;
  private final ReentrantLock advancing = new ReentrantLock();
  private final ReentrantLock following = new ReentrantLock();
  private volatile @Nullable Checkpoint tip;

  /** When the last fetch of a checkpoint began; written under advancing. */
  private volatile long fetchBegan = System.nanoTime();

  /** When that one began which last brought a checkpoint; written under advancing. */
  private volatile long tipReadAt = fetchBegan;

  /** Why the last one failed; guarded by advancing. */
  private @Nullable UnavailableException fetchFailure;

  /**
   * Checkpoints taken from online proofs, of different sizes, whose trees were not yet compared
   * with the tip's; guarded by advancing. None gives way to an honest one that comes later: a fork
   * shown while tiles were away would never be noticed.
   */
  private final List<Checkpoint> uncompared = new ArrayList<>();

  /** The same from proofs that clients sent, which wait for no lock. */
  private final Queue<Checkpoint> noted = new ArrayBlockingQueue<>(UNCOMPARED_MAX);

  private final Consumer<LogFork> onFork;
  private volatile @Nullable LogFork fork;

  /** The fork, from when it is seen until it is told of, after the locks are given back. */
  private final AtomicReference<@Nullable LogFork> untold = new AtomicReference<>();

  LogHistory(
      KeySet.StatedLog log,
      ReadSide network,
      TileReader tiles,
      CosignedTip cosigned,
      LogPolicy policy,
      Consumer<LogFork> onFork) {
    this.log = log;
    this.network = network;
    this.tiles = tiles;
    this.cosigned = cosigned;
    this.policy = policy;
    this.onFork = onFork;
  }

  /** The same log, read at another place from now on. */
  void readAt(KeySet.StatedLog moved) {
    log = moved;
  }

  boolean isForked() {
    return fork != null;
  }

  /** The two histories; null while one only was seen. */
  @Nullable LogFork fork() {
    return fork;
  }

  /** The largest checkpoint that was seen. */
  @Nullable Checkpoint tip() {
    return tip;
  }

  /** Nanoseconds since the log's checkpoint was last looked at, with or without success. */
  long sinceLook() {
    return System.nanoTime() - fetchBegan;
  }

  /** Nanoseconds since the tip was at least as far as the log then said. */
  long sinceTipRead() {
    return System.nanoTime() - tipReadAt;
  }

  /** Whether the quorum vouches for an entry. */
  boolean isCosigned(long position) {
    return cosigned.covers(position);
  }

  /** Whether the quorum's cosignatures stand under a checkpoint; never without a quorum. */
  boolean isCosigned(SignedNote checkpoint) {
    return !policy.quorum().equals(LogPolicy.NONE) && policy.isQuorum(checkpoint);
  }

  /** Keeps a checkpoint from an online proof, to be compared as soon as tiles can be read. */
  void note(Checkpoint covering) {
    advancing.lock();
    try {
      cosigned.saw(covering);
      Checkpoint last = tip;
      if (last != null && isSettled(last, covering)) {
        return;
      }
      for (Checkpoint other : uncompared) {
        if (isSettled(other, covering)) {
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
      tell();
    }
  }

  /** Whether two signed checkpoints show all that can be known of them; sets {@link #fork}. */
  private boolean isSettled(Checkpoint seen, Checkpoint offered) {
    return switch (Extension.judge(seen, offered)) {
      case SAME -> true;
      case FORKED -> {
        fork(seen, offered);
        yield true;
      }
      case EXTENDS, OLDER, UNPROVEN, MISFIT -> false;
    };
  }

  /** The same by what is known already, without a look. */
  boolean isOverdue(long position) {
    return cosigned.isOverdue(position);
  }

  /**
   * Keeps a checkpoint from a proof that a client sent, for {@link #compareNoted}. Waits for
   * nothing; while as many wait as may, a further one is not kept.
   */
  void noteSoon(Checkpoint covering) {
    boolean unused = noted.offer(covering);
  }

  /** Compares what was noted with the log's newest checkpoint, when something was. */
  void compareNoted() {
    for (Checkpoint next = noted.poll(); next != null; next = noted.poll()) {
      note(next);
    }
    advancing.lock();
    try {
      if (uncompared.isEmpty() || fork != null) {
        return;
      }
      fetchBegan = System.nanoTime();
      fetchFailure = null;
      Checkpoint unused = fetch(tip);
    } catch (UnavailableException e) {
      fetchFailure = e;
    } finally {
      advancing.unlock();
      tell();
    }
  }

  /** Whether the log's own word for an entry has lasted for as long as it may. */
  boolean isWithoutQuorum(long position) {
    if (!cosigned.isOverdue(position)) {
      return false;
    }
    followQuorum();
    return cosigned.isOverdue(position);
  }

  /**
   * Reads what the policy's quorum has cosigned, when something was seen that it had not. What
   * cannot be read or does not fit is asked for again next time: until then the log's own word
   * lasts for its while.
   */
  void followQuorum() {
    if (!cosigned.isPending() || !following.tryLock()) {
      return;
    }
    try {
      byte[] note =
          network.get(URI.create(log.url() + "/checkpoint.cosigned"), SignedNote.BYTES_MAX);
      Checkpoint there = Checkpoint.verify(note, log.key());
      if (!policy.isQuorum(SignedNote.parse(note))) {
        throw new FormatException("not cosigned by the policy's quorum");
      }
      takeCosigned(there);
    } catch (IOException | FormatException | UnavailableException e) {
      LOG.log(Level.DEBUG, "what witnesses cosigned of {0}: {1}", log.key().name(), e.getMessage());
    } finally {
      following.unlock();
      tell();
    }
  }

  private void takeCosigned(Checkpoint there) throws UnavailableException {
    advancing.lock();
    try {
      Checkpoint last = tip;
      if (last != null) {
        compare(last, there);
      }
      // What online proofs stood under was relied on too.
      compareSeenUpTo(there);
      if (last == null || there.size() > last.size()) {
        tip = there;
      }
      if (fork == null) {
        cosigned.take(there, Math.max(there.size(), last == null ? 0 : last.size()));
      }
    } finally {
      advancing.unlock();
    }
  }

  /**
   * Fetches a checkpoint and takes it as the tip when it extends the last. Threads that ask while
   * another one fetches share what the next fetch brings, or its failure: when the log is away,
   * they wait for one time-out together and not for one after another.
   */
  Checkpoint advance(long position) throws UnavailableException {
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
      tell();
    }
  }

  /**
   * Takes a checkpoint whose root was reached through a tree of another size: that is shown to
   * extend the tip when the tip is that tree, and else by tiles.
   *
   * @param through its size and root, as they were folded
   * @return whether it is of the one history
   * @throws UnavailableException when tiles would be needed and cannot be had: it does not count
   */
  boolean folded(Checkpoint newer, Checkpoint through) throws UnavailableException {
    advancing.lock();
    try {
      Checkpoint last = tip;
      if (last != null && last.size() == through.size()) {
        Extension.Evidence leaves = new Extension.Evidence.Roots(through.root(), newer.root());
        if (Extension.judge(last, newer, leaves) == Extension.FORKED) {
          fork(last, newer);
        }
      } else if (last != null) {
        compare(last, newer);
      }
      compareSeenUpTo(newer);
      if (fork == null && (last == null || newer.size() > last.size())) {
        tip = newer;
        cosigned.saw(newer);
      }
      return fork == null;
    } finally {
      advancing.unlock();
      tell();
    }
  }

  /** Looks by tiles whether a signed checkpoint, to which no leaves lead, is of this history. */
  void suspect(Checkpoint signed) throws UnavailableException {
    advancing.lock();
    try {
      Checkpoint last = tip;
      if (last != null) {
        compare(last, signed);
      }
    } finally {
      advancing.unlock();
      tell();
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
    compareSeenUpTo(newest);
    tip = newest;
    tipReadAt = fetchBegan;
    cosigned.saw(newest);
    return newest;
  }

  /** One by one: what was compared stays so when the tiles for the next cannot be had. */
  private void compareSeenUpTo(Checkpoint newest) throws UnavailableException {
    for (Iterator<Checkpoint> others = uncompared.iterator(); others.hasNext(); ) {
      Checkpoint other = others.next();
      if (other.size() <= newest.size()) {
        compare(other, newest);
        others.remove();
      }
    }
  }

  /** Compares two signed checkpoints; sets {@link #fork} when they are of two histories. */
  private void compare(Checkpoint a, Checkpoint b) throws UnavailableException {
    boolean inOrder = a.size() <= b.size();
    Checkpoint earlier = inOrder ? a : b;
    Checkpoint later = inOrder ? b : a;
    Extension judged = Extension.judge(earlier, later);
    if (judged == Extension.UNPROVEN) {
      judged = Extension.judge(earlier, later, roots(earlier, later));
    }
    switch (judged) {
      case SAME, EXTENDS -> {}
      case FORKED -> fork(earlier, later);
      case OLDER, UNPROVEN, MISFIT -> {
        tiles.forget();
        throw new UnavailableException("tiles do not lead to the root that the log signed");
      }
    }
  }

  private Extension.Evidence roots(Checkpoint earlier, Checkpoint later)
      throws UnavailableException {
    return new TreeRoots(tiles.hashes(later.size())).pair(earlier.size(), later.size());
  }

  private void fork(Checkpoint one, Checkpoint other) {
    if (fork != null) {
      return;
    }
    LogFork found = new LogFork(one, other);
    fork = found;
    untold.set(found);
    LOG.log(Level.ERROR, found.toString());
  }

  /** Tells of a fork that was seen. Holds no lock: whoever listens may take his time. */
  private void tell() {
    LogFork found = untold.getAndSet(null);
    if (found != null) {
      onFork.accept(found);
    }
  }
}
