package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.leaf.KeptLeaves;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.HashSource.UnavailableException;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.verifier.leaves.AskedLeaves;
import dev.counterfoil.verifier.leaves.BoundedCache;
import dev.counterfoil.verifier.leaves.CosignedTip;
import dev.counterfoil.verifier.leaves.LeafReads;
import dev.counterfoil.verifier.leaves.LeafSource;
import dev.counterfoil.verifier.leaves.LeafSources;
import dev.counterfoil.verifier.leaves.SocketLeaves;
import dev.counterfoil.verifier.leaves.TileReader;
import dev.counterfoil.verifier.leaves.TiledLeaves;
import dev.counterfoil.verifier.leaves.TreeRoots;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One log as this verifier has seen it: the largest checkpoint, and the level 0 tiles proven under
 * one. Answers whether a leaf stands at a position.
 *
 * <p>A level 0 tile is proven as a whole: the root is computed through all its leaves and must be
 * the root of a checkpoint that the log's key signed. From then on a look-up in it costs nothing.
 * Which checkpoints count, {@link LogHistory} decides.
 *
 * <p>A position past the tip waits for a checkpoint that covers it, for at most {@link
 * VerifierLimits#tipWait} ({@link TipWait}). One that the log could not reach in that time, issuing
 * at {@link VerifierLimits#issuedPerSecondMax}, is refused at once.
 */
final class LogView {
  private static final System.Logger LOG = System.getLogger(LogView.class.getName());

  /** Where a leaf stands. */
  sealed interface Standing {
    record Recorded(IssuanceProof proof) implements Standing {}

    record NotRecorded(RefusalCode code, String reason) implements Standing {}
  }

  /** A level 0 tile whose leaf hashes are proven under a checkpoint. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record ProvenTile(byte[] leaves, int width, Checkpoint under) {
    boolean holds(int offset) {
      return offset < width;
    }

    Hash leaf(int offset) {
      return Hash.read(leaves, offset * Hash.BYTES);
    }
  }

  private volatile KeySet.StatedLog log;
  private final ReadCircuit network;
  private final LeafReads reads;
  private final VerifierLimits limits;
  private final DigestLookUp digests;
  private final TileReader tiles;
  private final LogHistory history;
  private final TipWait tipWait;
  private final BoundedCache<Long, ProvenTile> proven;
  private final StapledCheck stapled;
  private final Spares<TreeHasher> hashers = new Spares<>(TreeHasher::new);
  private volatile @Nullable LogStream stream;

  LogView(
      KeySet.StatedLog log,
      ReadCircuit network,
      VerifierLimits limits,
      LogPolicy policy,
      InstantSource clock,
      Consumer<LogFork> onFork) {
    this.log = log;
    this.network = network;
    this.reads = reads(network);
    this.limits = limits;
    this.digests = new DigestLookUp(network);
    this.tiles = new TileReader(reads, log, limits.tilesMax());
    this.history =
        new LogHistory(
            log,
            network,
            tiles,
            new CosignedTip(policy, limits.staleAfter(), clock),
            policy,
            onFork);
    this.tipWait = new TipWait(history, limits);
    this.proven = new BoundedCache<>(limits.tilesMax());
    this.stapled = new StapledCheck(log.key(), policy, history);
  }

  static LeafReads reads(ReadSide network) {
    return new LeafReads() {
      @Override
      public byte[] get(URI uri, int bytesMax) throws IOException {
        return network.get(uri, bytesMax);
      }

      @Override
      public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
        return network.await(uri, bytesMax, hold);
      }
    };
  }

  KeySet.StatedLog log() {
    return log;
  }

  /** The same log, read at another place from now on. */
  void readAt(KeySet.StatedLog moved) {
    if (!moved.url().equals(log.url())) {
      log = moved;
      tiles.readAt(moved);
      history.readAt(moved);
    }
  }

  /**
   * The largest checkpoint that was seen; none before the first. Of a log that signed two histories
   * the two that do not fit: one of them at least is not what others see.
   */
  List<Acknowledgement.NamedView> heads() {
    LogFork fork = history.fork();
    if (fork != null) {
      return List.of(named(fork.one()), named(fork.other()));
    }
    Checkpoint seen = history.tip();
    return seen == null ? List.of() : List.of(named(seen));
  }

  private Acknowledgement.NamedView named(Checkpoint seen) {
    return new Acknowledgement.NamedView(
        log.name(), new Acknowledgement.View(seen.size(), seen.root()));
  }

  boolean isForked() {
    return history.isForked();
  }

  /**
   * Receives every leaf from now on, from a neighbour on this host where there is one, else from
   * the authority, else out of tiles. Looks that the stream cannot answer go to tiles as before.
   */
  LogStream follow(LogStreams.Settings settings, Supplier<Duration> lifeMax, InstantSource clock) {
    LogStream started =
        new LogStream(
            log.name(),
            history,
            tiles,
            new LeafSources(sources(settings)),
            settings,
            lifeMax,
            clock);
    stream = started;
    started.start();
    return started;
  }

  private List<LeafSource> sources(LogStreams.Settings settings) {
    String audience = settings.audience();
    if (audience != null) {
      // Only the issuer knows whose leaves are whose. While he is away there are tiles.
      return List.of(
          AskedLeaves.ofAudience(
              reads, () -> log.url(), log.key(), limits.fetchTimeout(), audience));
    }
    List<LeafSource> sources = new ArrayList<>();
    URI neighbour = settings.neighbour();
    if (neighbour != null) {
      sources.add(leavesOf(neighbour));
    }
    sources.add(new AskedLeaves(reads, () -> log.url(), log.key(), limits.fetchTimeout()));
    sources.add(new TiledLeaves(reads, tiles, () -> log));
    return sources;
  }

  private LeafSource leavesOf(URI neighbour) {
    if (VerifierBuilder.UNIX.equals(neighbour.getScheme())) {
      return new SocketLeaves(
          Path.of(neighbour.getPath()), log.name(), log.key(), limits.fetchTimeout());
    }
    URI there = URI.create(neighbour + "/logs/" + log.name());
    return new AskedLeaves(reads, () -> there, log.key(), limits.fetchTimeout());
  }

  /** Whether the log's own word for an entry has lasted for as long as it may. */
  boolean isWithoutQuorum(long position) {
    return history.isWithoutQuorum(position);
  }

  /** The same by what is known already. */
  boolean isOverdue(long position) {
    return history.isOverdue(position);
  }

  /** Reads what the policy's quorum has cosigned, when something was seen that it had not. */
  void followQuorum() {
    history.followQuorum();
  }

  /** Whether a leaf stands at a position, and what shows it. */
  Standing standing(long position, Leaf leaf) {
    if (history.isForked()) {
      return forkedStanding();
    }
    TreeHasher hasher = hashers.take();
    Hash hash = leaf.hash(hasher);
    hashers.giveBack(hasher);
    Standing known = known(position, hash);
    if (known != null) {
      return known;
    }
    URI there = log.url();
    if (!network.mayWait(there)) {
      return slow();
    }
    try {
      long asked = System.nanoTime();
      long deadline = asked + limits.tipWait().toNanos();
      Standing streamed = streamed(position, hash, deadline);
      return streamed == null ? tiled(position, leaf, hash, asked) : streamed;
    } finally {
      network.hasWaited(there);
    }
  }

  /** What is here already says; null when something is to be waited for. */
  private @Nullable Standing known(long position, Hash hash) {
    Standing streamed = streamed(position, hash);
    if (streamed != null) {
      return streamed;
    }
    ProvenTile tile = proven.get(position / Tile.FULL_WIDTH);
    int offset = (int) (position % Tile.FULL_WIDTH);
    return tile != null && tile.holds(offset) ? standing(position, hash, tile, offset) : null;
  }

  private Standing standing(long position, Hash hash, ProvenTile tile, int offset) {
    return tile.leaf(offset).equals(hash)
        ? recorded(new IssuanceProof.ByTile(position, tile.under, history.isCosigned(position)))
        : another();
  }

  /** The same after the leaf was waited for. */
  private @Nullable Standing streamed(long position, Hash hash, long deadline) {
    LogStream received = stream;
    if (received == null || network.isAway(log.url())) {
      return null;
    }
    received.await(position, tipWait.reach(), deadline);
    return streamed(position, hash);
  }

  /** What the leaves say that were received; null when they do not reach the position. */
  private @Nullable Standing streamed(long position, Hash hash) {
    LogStream received = stream;
    if (received == null) {
      return null;
    }
    KeptLeaves.Look look = received.look(position, hash);
    Checkpoint under = received.proven();
    if (look == KeptLeaves.Look.OUTSIDE || under == null) {
      return null;
    }
    return look == KeptLeaves.Look.HELD
        ? recorded(new IssuanceProof.ByStream(position, under, history.isCosigned(position)))
        : history.isForked() ? forkedStanding() : another();
  }

  /** Where a leaf stands by those that were received; null when it is not among them. */
  @Nullable Standing streamed(Leaf leaf) {
    LogStream received = stream;
    Checkpoint under = received == null ? null : received.proven();
    if (received == null || under == null) {
      return null;
    }
    if (history.isForked()) {
      return forkedStanding();
    }
    long position = received.find(leaf.hash());
    return position < 0 || position >= under.size()
        ? null
        : recorded(new IssuanceProof.ByStream(position, under, history.isCosigned(position)));
  }

  private static Standing another() {
    return new Standing.NotRecorded(
        RefusalCode.NEVER_ISSUED, "the log holds another token at the token's position");
  }

  /**
   * What the tile says in which the position lies, read now.
   *
   * @param asked since when the request waits, by {@link System#nanoTime}
   */
  private Standing tiled(long position, Leaf leaf, Hash hash, long asked) {
    try {
      Optional<Checkpoint> covering =
          tipWait.covering(position, asked + limits.tipWait().toNanos());
      if (history.isForked()) {
        return forkedStanding();
      }
      if (covering.isEmpty()) {
        return new Standing.NotRecorded(
            RefusalCode.BEYOND_TIP,
            "no checkpoint of the log covers the token's position: nothing shows that it was"
                + " issued");
      }
      ProvenTile tile = prove(position / Tile.FULL_WIDTH, covering.get());
      return standing(position, hash, tile, (int) (position % Tile.FULL_WIDTH));
    } catch (UnavailableException e) {
      // Where a whole time-out has passed, a second question to the same place is not waited for.
      return System.nanoTime() - asked < limits.fetchTimeout().toNanos()
          ? online(position, leaf, e)
          : unreadable(String.valueOf(e.getMessage()));
    }
  }

  private static Standing unreadable(String why) {
    return new Standing.NotRecorded(
        RefusalCode.PROOF_UNAVAILABLE, "the log cannot be read (" + why + ")");
  }

  static Standing slow() {
    return unreadable("it is slow to answer, and as many requests wait for it as may");
  }

  /** Whether one more request may wait for the log; one that may calls {@link #hasWaited}. */
  boolean mayWait() {
    return network.mayWait(log.url());
  }

  void hasWaited() {
    network.hasWaited(log.url());
  }

  Duration tipWait() {
    return limits.tipWait();
  }

  /**
   * Whether a leaf stands where the authority says that its digest does; null when it says that it
   * is not there, or not yet. Its word is only where to look: what is not there is refused, and
   * what it hides cannot be shown.
   */
  @Nullable Standing standing(Hash digest, Leaf leaf) {
    DigestLookUp.Answer answer = digests.find(log, digest);
    if (answer instanceof DigestLookUp.At at) {
      Standing there = standing(at.position(), leaf);
      return there instanceof Standing.NotRecorded not && not.code().isForgedWhenSigned()
          ? new Standing.NotRecorded(
              RefusalCode.PROOF_UNAVAILABLE,
              "the token's digest is not where the authority says that it is")
          : there;
    }
    return answer instanceof DigestLookUp.Unreadable unreadable
        ? new Standing.NotRecorded(
            RefusalCode.PROOF_UNAVAILABLE,
            "the token's digest cannot be looked up (" + unreadable.reason() + ")")
        : null;
  }

  static Standing digestUnknown() {
    return new Standing.NotRecorded(
        RefusalCode.DIGEST_UNKNOWN, "the record log does not have the token's digest");
  }

  /**
   * Whether a proof that the client sent shows a leaf; reads nothing.
   *
   * @param position where the token says that it stands; empty where it does not say
   */
  Standing stapled(OptionalLong position, Leaf leaf, String proof) {
    return history.isForked() ? forkedStanding() : stapled.standing(position, leaf, proof);
  }

  /** Compares what stapled proofs stood under with what the log shows everybody. */
  void compareStapled() {
    history.compareNoted();
  }

  private Standing recorded(IssuanceProof proof) {
    if (history.isForked()) {
      return forkedStanding();
    }
    return isWithoutQuorum(proof.position())
        ? new Standing.NotRecorded(
            RefusalCode.NOT_COSIGNED,
            "the policy's witnesses have not cosigned the token's place in the log for too long")
        : new Standing.Recorded(proof);
  }

  /** Whether a tile that is proven already holds another leaf at a position; reads nothing. */
  boolean showsAnother(long position, Leaf leaf) {
    LogStream received = stream;
    Hash hash = leaf.hash();
    if (received != null) {
      KeptLeaves.Look look = received.look(position, hash);
      if (look != KeptLeaves.Look.OUTSIDE) {
        return look == KeptLeaves.Look.OTHER;
      }
    }
    int offset = (int) (position % Tile.FULL_WIDTH);
    ProvenTile tile = proven.get(position / Tile.FULL_WIDTH);
    return tile != null && tile.holds(offset) && !tile.leaf(offset).equals(hash);
  }

  private static Standing forkedStanding() {
    return new Standing.NotRecorded(
        RefusalCode.LOG_FORKED, "the log has signed two histories: its operator must explain");
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
      history.note(covering);
      boolean isCosigned = history.isCosigned(position) || history.isCosigned(proof.checkpoint());
      return isCosigned && !history.isForked()
          ? new Standing.Recorded(new IssuanceProof.ByOnlineProof(position, covering, true))
          : recorded(new IssuanceProof.ByOnlineProof(position, covering, false));
    } catch (IOException | FormatException e) {
      LOG.log(Level.DEBUG, "neither tiles nor a proof of position {0}", Long.toString(position));
      return unreadable(why.getMessage() + "; " + e.getMessage());
    }
  }
}
