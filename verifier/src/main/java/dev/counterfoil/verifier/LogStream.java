package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.leaf.KeptLeaves;
import dev.counterfoil.format.leaf.KeptLeaves.Look;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.leaf.LeafFold;
import dev.counterfoil.format.leaf.LeafPart;
import dev.counterfoil.format.leaf.Leaves;
import dev.counterfoil.format.leaf.PartLeaves;
import dev.counterfoil.format.leaf.ResidentLeaves;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.verifier.leaves.LeafSources;
import dev.counterfoil.verifier.leaves.SharedLeaves;
import dev.counterfoil.verifier.leaves.TileReader;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Receives every leaf of one log, or those of one audience, on a thread of its own. What it
 * receives is folded, and counts once the root is that of a checkpoint which the log signed and
 * which extends what this verifier saw before ({@link LogHistory}). Whatever is not here is looked
 * for in tiles, so that nothing that goes wrong here makes a token good, and little makes one
 * refused.
 */
final class LogStream implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LogStream.class.getName());

  private static final long PAUSE_MILLIS = 20;
  private static final long PAUSE_MILLIS_MAX = 2_000;
  private static final Duration MARK_EVERY = Duration.ofSeconds(1);

  /** How much longer than a token's life its leaf is kept, for clocks that differ. */
  private static final Duration KEPT_LONGER = Duration.ofMinutes(1);

  /** What looks are made in. The checkpoint is the one up to which leaves count. */
  private record Running(KeptLeaves resident, Checkpoint proven) {}

  /** All leaves below a position were here at a time. */
  private record Mark(Instant at, long size) {}

  private final String name;
  private final LogHistory history;
  private final TileReader tiles;
  private final LeafSources sources;
  private final StreamLimits limits;
  private final LogStreams.Settings settings;
  private final Supplier<Duration> lifeMax;
  private final InstantSource clock;
  private final @Nullable SharedLeaves shared;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();

  private volatile @Nullable Running running;
  private volatile @Nullable Instant caughtUpAt;
  private volatile boolean failing;
  private volatile boolean closed;

  /** The stream's own thread's, as is all below. */
  private @Nullable LeafFold fold;

  private @Nullable KeptLeaves resident;

  /** The checkpoint that the leaves under way must lead to, and its note; null between two. */
  private @Nullable LeafBatch target;

  /** A tree that the leaves under way went through. */
  private @Nullable Checkpoint through;

  LogStream(
      String name,
      LogHistory history,
      TileReader tiles,
      LeafSources sources,
      LogStreams.Settings settings,
      Supplier<Duration> lifeMax,
      InstantSource clock) {
    this.name = name;
    this.history = history;
    this.tiles = tiles;
    this.sources = sources;
    this.limits = settings.limits();
    this.settings = settings;
    this.lifeMax = lifeMax;
    this.clock = clock;
    this.shared = settings.isShared() ? new SharedLeaves() : null;
    this.thread = new Thread(this::run, "counterfoil-stream-" + name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** What stands at a position, by the leaves that are here. */
  Look look(long position, Hash leaf) {
    Running now = running;
    return now == null || position >= now.proven().size()
        ? Look.OUTSIDE
        : now.resident().look(position, leaf);
  }

  /** Where a leaf stands, of a log whose tokens do not say it; -1 where that is not known here. */
  long find(Hash leaf) {
    Running now = running;
    long position = now == null ? -1 : now.resident().find(leaf);
    return now != null && position < now.proven().size() ? position : -1;
  }

  /** The checkpoint up to which leaves count; null before the first. */
  @Nullable Checkpoint proven() {
    Running now = running;
    return now == null ? null : now.proven();
  }

  /**
   * Waits for the leaf at a position that is no further from the tip than it may be, while the
   * stream runs.
   *
   * @param reach how far past the tip a position may lie
   * @param deadline by {@link System#nanoTime}
   */
  void await(long position, long reach, long deadline) {
    if (!isDue(position, reach)) {
      return;
    }
    lock.lock();
    try {
      while (isDue(position, reach)) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return;
        }
        arrived.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private boolean isDue(long position, long reach) {
    Running now = running;
    return now != null
        && !failing
        && !closed
        && position >= now.proven().size()
        && position - now.proven().size() < reach;
  }

  /** How the stream stands. */
  StreamState state() {
    Running now = running;
    Instant last = caughtUpAt;
    long size = now == null ? 0 : now.proven().size();
    return new StreamState(
        name,
        size,
        now == null ? 0 : now.resident().count(),
        now == null ? 0 : now.resident().pageBytes(),
        last == null
            ? Optional.empty()
            : Optional.of(Duration.between(last, clock.instant()))
                .map(lag -> lag.isNegative() ? Duration.ZERO : lag),
        !failing && now != null);
  }

  /** Waits for a leaf for a neighbour. */
  void awaitShared(long position, Duration wait) throws InterruptedException {
    if (shared != null) {
      shared.await(position, wait);
    }
  }

  /** Leaves for a neighbour; empty when they are not held in full. */
  Optional<byte[]> shared(long from) {
    return shared == null ? Optional.empty() : shared.from(from);
  }

  private void run() {
    try {
      receive();
    } finally {
      // Nobody waits for a stream that has ended, however it ended.
      failing = true;
    }
  }

  private void receive() {
    long pause = PAUSE_MILLIS;
    while (!closed) {
      try {
        boolean grew = step();
        recovered();
        pause = PAUSE_MILLIS;
        if (!grew) {
          TimeUnit.MILLISECONDS.sleep(pause);
        }
      } catch (InterruptedException e) {
        return;
      } catch (IOException | FormatException | UnavailableException | RuntimeException e) {
        try {
          if (sources.giveWay()) {
            failed(e);
            TimeUnit.MILLISECONDS.sleep(pause);
            pause = Math.min(2 * pause, PAUSE_MILLIS_MAX);
          }
        } catch (InterruptedException interrupted) {
          return;
        }
      } finally {
        giveBack();
      }
    }
  }

  /** Takes one batch; whether it brought leaves. */
  private boolean step() throws IOException, FormatException, UnavailableException {
    LeafFold folding = fold == null ? begin() : fold;
    Leaves received = sources.next(folding.size());
    if (received.end() == received.first()) {
      standing(folding, received);
      return false;
    }
    if (received instanceof LeafPart part) {
      take(folding, part);
    } else {
      take(folding, (LeafBatch) received);
    }
    if (folding.provenSize() == received.checkpoint().size()) {
      caughtUpAt = clock.instant();
    }
    return true;
  }

  /** Takes one audience's part: what is left out ends where the part does, not at a checkpoint. */
  private void take(LeafFold folding, LeafPart part) throws IOException, UnavailableException {
    requireNear(folding, part.end());
    folding.fold(part);
    if (part.end() == part.checkpoint().size()) {
      prove(folding, part);
    }
  }

  private void take(LeafFold folding, LeafBatch batch) throws IOException, UnavailableException {
    long at = folding.size();
    while (at < batch.end()) {
      LeafBatch leading = target == null ? batch : target;
      target = leading;
      long end = Math.min(batch.end(), leading.checkpoint().size());
      foldTo(folding, batch, end);
      if (end == leading.checkpoint().size()) {
        prove(folding, leading);
      }
      at = end;
    }
  }

  /** Nothing new: the source's checkpoint must be the one that is known. */
  private void standing(LeafFold folding, Leaves batch) throws IOException, UnavailableException {
    Checkpoint there = batch.checkpoint();
    if (there.size() < folding.size() || target != null) {
      throw new IOException("the log is behind what it was: size " + there.size());
    }
    if (!folding.isProven() || folding.provenSize() < folding.size()) {
      prove(folding, batch);
    } else if (!folding.isAt(there)) {
      mismatch(folding, there);
    }
    caughtUpAt = clock.instant();
  }

  /** Begins some leaves before the tip, at the end of a tile: what is below is in tiles. */
  private LeafFold begin() throws UnavailableException {
    Checkpoint tip = history.advance(Long.MAX_VALUE);
    long wanted = Math.max(0, tip.size() - limits.backfill());
    long first = wanted - wanted % Tile.FULL_WIDTH;
    KeptLeaves leaves =
        settings.audience() == null
            ? new ResidentLeaves(first, settings.random(), TokenId.isRecordLogName(name))
            : new PartLeaves(first, settings.random());
    LeafFold begun = new LeafFold(MerkleFrontier.resume(first, tiles.hashes(tip.size())), leaves);
    resident = leaves;
    fold = begun;
    target = null;
    through = null;
    marks.clear();
    if (shared != null) {
      shared.begin(first);
    }
    return begun;
  }

  /** Folds leaves, and looks at the root where the largest checkpoint stands that was seen. */
  private void foldTo(LeafFold folding, LeafBatch batch, long end) throws IOException {
    requireNear(folding, end);
    long from = folding.size();
    Checkpoint tip = history.tip();
    if (tip != null && tip.size() > from && tip.size() < end) {
      folding.fold(batch, tip.size());
      through = new Checkpoint(tip.origin(), tip.size(), folding.root());
    }
    folding.fold(batch, end);
    if (shared != null) {
      shared.stage(batch, from, end);
    }
  }

  private void requireNear(LeafFold folding, long end) throws IOException {
    if (end - folding.provenSize() > 2L * limits.leavesMax()) {
      fold = null;
      throw new IOException("the stream is too far behind, and begins anew at the tip");
    }
  }

  private void prove(LeafFold folding, Leaves leading) throws IOException, UnavailableException {
    Checkpoint signed = leading.checkpoint();
    KeptLeaves leaves = resident;
    if (!folding.isAt(signed) || leaves == null) {
      mismatch(folding, signed);
      return;
    }
    Checkpoint before = through;
    Running last = running;
    if (before == null) {
      before = last == null || !folding.isProven() ? signed : last.proven();
    }
    try {
      if (!history.folded(signed, before)) {
        throw new IOException("the log has signed two histories");
      }
    } catch (UnavailableException | IOException e) {
      drop(folding);
      throw e;
    }
    folding.prove(signed);
    target = null;
    through = null;
    if (shared != null) {
      shared.prove(leading.note());
    }
    arrived(new Running(leaves, signed));
  }

  private void arrived(Running now) {
    running = now;
    Instant instant = clock.instant();
    Mark last = marks.peekLast();
    if (last == null || !instant.isBefore(last.at().plus(MARK_EVERY))) {
      marks.add(new Mark(instant, now.proven().size()));
    }
    lock.lock();
    try {
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Leaves do not lead where they should: the source lies, or the log has two histories. */
  private void mismatch(LeafFold folding, Checkpoint signed)
      throws IOException, UnavailableException {
    drop(folding);
    if (!folding.isProven()) {
      // Where it began was not proven either.
      fold = null;
      tiles.forget();
    }
    String text = "leaves from " + sources + " do not lead to the root that the log signed";
    LOG.log(Level.WARNING, "{0}: {1}; none of them counts", name, text);
    history.suspect(signed);
    throw new IOException(text);
  }

  private void drop(LeafFold folding) {
    folding.discard();
    target = null;
    through = null;
    if (shared != null) {
      shared.discard();
    }
  }

  /** Gives back leaves whose tokens have expired, and the oldest of too many. */
  private void giveBack() {
    KeptLeaves leaves = resident;
    if (leaves == null) {
      return;
    }
    Instant now = clock.instant();
    Duration kept = lifeMax.get().plus(KEPT_LONGER);
    long before = leaves.firstOfNewest(limits.leavesMax());
    for (Mark oldest = marks.peek();
        oldest != null && oldest.at().plus(kept).isBefore(now);
        oldest = marks.peek()) {
      before = Math.max(before, oldest.size());
      marks.remove();
    }
    leaves.forget(before);
  }

  private void failed(Exception failure) {
    if (!failing && !closed) {
      failing = true;
      LOG.log(
          Level.WARNING,
          "the stream of {0} stands still, and newer tokens are looked for in tiles: {1}",
          name,
          failure.getMessage());
    }
    lock.lock();
    try {
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void recovered() {
    if (failing) {
      failing = false;
      LOG.log(Level.INFO, "the stream of {0} goes on", name);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    failed(new InterruptedException("closed"));
  }
}
