package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.following.LogFollower.Progress;
import dev.counterfoil.custodian.held.CustodyLog.Vouched;
import dev.counterfoil.custodian.held.MirroredTree;
import dev.counterfoil.custodian.held.SeenCheckpoint;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.IssuerSource;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A record log as its custodian holds it: every entry, and the tree over them. There is no more to
 * hold, since the sources have what the entries are the digests of. So it is taken from the log's
 * public side, a part at each look, and counts once the tree has the root of a checkpoint that the
 * log's key signed, and is durable.
 *
 * <p>Nothing is believed for less: a checkpoint that goes back or tells another history than any
 * that was seen before is an alarm, and so are entries that do not lead to what was signed. Of
 * checkpoints whose entries could not be had the first ones and the last are remembered, {@link
 * #UNPROVED_MAX} at most, and over a start the first and the last: a second history that is seen in
 * those between alone is not noticed. One thread looks, any reads.
 */
public final class MirroredLog implements AutoCloseable {
  /** Bundles of one look: other logs of the domain are looked at between. */
  static final int BUNDLES_AT_ONCE = 64;

  /**
   * Checkpoints remembered until the tree covers them: the first ones and the last, so that whoever
   * withholds entries and goes on to sign fills no memory.
   */
  static final int UNPROVED_MAX = 64;

  /** Pause before entries that did not lead to what was signed are asked for again. */
  static final Duration ASKED_AGAIN_FIRST = Duration.ofSeconds(1);

  /** The same pause after many times: each is twice as long as the one before, up to this. */
  static final Duration ASKED_AGAIN_MAX = Duration.ofMinutes(1);

  private static final String MISFIT =
      "the entries that are given out do not lead to the root that the log signed";

  private static final System.Logger LOG = System.getLogger(MirroredLog.class.getName());
  private static final String CHECKPOINT = "checkpoint";

  private final String domain;
  private final StatedLog log;
  private final IssuerSource source;
  private final Disk disk;
  private final LogAlarms alarms;
  private final LongConsumer grew;
  private final InstantSource clock;
  private final Duration entriesWithin;

  private final MirroredTree tree;

  private final SeenCheckpoint last;
  private final SeenCheckpoint first;
  private @Nullable Checkpoint newest;

  /** What the log signed beyond what is vouched for, by size: what comes has to lead through it. */
  private final TreeMap<Long, Vouched> unproved = new TreeMap<>();

  private @Nullable Checkpoint savedFirst;
  private @Nullable Checkpoint savedLast;

  /** The checkpoint that is being reached, and its note. */
  private @Nullable Vouched goal;

  /** Tells why the entries do not lead to what was signed, while that is not known. */
  private @Nullable EntryWalk walk;

  private Duration pause = ASKED_AGAIN_FIRST;
  private TimedPause beforeAskedAgain = TimedPause.OVER;

  private @Nullable Instant behindSince;
  private volatile boolean forked;
  private volatile @Nullable FollowedLogView view;
  private volatile Optional<Vouched> vouched;

  /**
   * Opens what is held in a folder, nothing in a new one.
   *
   * @param grew told how many entries count, when it is more
   * @param entriesWithin how long entries may be missing that a checkpoint covers
   * @throws IOException also when what was vouched for is damaged
   */
  public MirroredLog(
      String domain,
      StatedLog log,
      IssuerSource source,
      Path folder,
      Alarm.Sink alarms,
      LongConsumer grew,
      InstantSource clock,
      Duration entriesWithin)
      throws IOException {
    this.domain = domain;
    this.log = log;
    this.source = source;
    this.disk = FileDisk.privateFolder(folder.resolve("tree"));
    this.alarms = new LogAlarms(domain, log.name(), alarms, clock);
    this.grew = grew;
    this.clock = clock;
    this.entriesWithin = entriesWithin;
    this.vouched = readVouched();
    this.last = SeenCheckpoint.last(folder);
    this.first = SeenCheckpoint.firstUnproved(folder);
    this.tree = new MirroredTree(disk, log.name(), vouched.map(Vouched::checkpoint));
    this.newest = vouched.map(Vouched::checkpoint).orElse(null);
    readUnproved(first);
    readUnproved(last);
    this.savedFirst = firstUnproved();
    this.savedLast = newest;
  }

  private void readUnproved(SeenCheckpoint file) throws IOException {
    Vouched seen = file.read().orElse(null);
    if (seen != null && seen.checkpoint().size() > vouchedSize()) {
      remember(seen);
      newest = seen.checkpoint();
    }
  }

  private Optional<Vouched> readVouched() throws IOException {
    try {
      byte[] note = disk.read(CHECKPOINT, SignedNote.BYTES_MAX);
      Checkpoint.verify(note, log.key());
      return Optional.of(Vouched.parse(note));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FormatException e) {
      throw new IOException(CHECKPOINT + " in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  public StatedLog log() {
    return log;
  }

  /**
   * Where it has a digest, by a proof of its authority's; empty where the authority says that it
   * has none.
   *
   * @throws IssuerUnavailableException when the authority proves nothing
   */
  OptionalLong position(Hash digest) throws IssuerUnavailableException {
    Optional<byte[]> given = source.proof(log, digest);
    if (given.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      TlogProof proof = TlogProof.parse(given.get());
      Checkpoint _ = proof.verify(new Leaf(digest), log.key());
      return OptionalLong.of(proof.index());
    } catch (FormatException e) {
      throw new IssuerUnavailableException("no proof of a digest in " + log.name(), e);
    }
  }

  String domain() {
    return domain;
  }

  /** What is vouched for; empty before there is anything. */
  public Optional<Vouched> vouched() {
    return vouched;
  }

  /** How far the log is known; empty before the first checkpoint since the start. */
  public Optional<FollowedLogView> view() {
    return Optional.ofNullable(view);
  }

  public long vouchedSize() {
    return vouched.map(v -> v.checkpoint().size()).orElse(0L);
  }

  /** Root of the tree over the first so many entries; empty when fewer are vouched for. */
  Optional<Hash> rootAt(long size) throws IOException {
    if (size < 1 || size > vouchedSize()) {
      return Optional.empty();
    }
    return Optional.of(tree.rootAt(size));
  }

  /** Reads the log below what is vouched for. */
  public LogReader reader() {
    return new LogReader(disk, () -> vouched.map(v -> v.note().bytes()));
  }

  /** Reads all that is vouched for again. */
  public Scrubber scrubber() {
    return new Scrubber(
        disk,
        TileStore.LeafRows.DIGESTS,
        tree,
        () ->
            vouched
                .map(v -> new TreeState(v.checkpoint().size(), v.checkpoint().root()))
                .orElse(new TreeState(0, TreeHasher.EMPTY_ROOT)),
        clock);
  }

  /** One look at the log: its checkpoint, and a part of what is missing here. */
  Progress look() throws IOException {
    if (forked) {
      return Progress.STUCK;
    }
    Progress progress = lookOnce();
    saveUnproved();
    return progress;
  }

  private Progress lookOnce() throws IOException {
    Instant asked = clock.instant();
    try {
      Vouched current = checkpoint();
      if (contradicts(current.checkpoint())) {
        return Progress.STUCK;
      }
      newest = current.checkpoint();
      view = new FollowedLogView(vouchedSize(), current.checkpoint().size(), asked);
      if (current.checkpoint().size() > vouchedSize()) {
        remember(current);
        goal = goal == null ? current : goal;
      }
      return walk == null ? reachGoal() : walkOn(walk);
    } catch (IssuerUnavailableException | FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log.name(), e.getMessage());
      missing(String.valueOf(e.getMessage()));
      return Progress.STUCK;
    }
  }

  private Vouched checkpoint() throws IssuerUnavailableException, FormatException {
    byte[] note = source.checkpoint(log);
    Checkpoint.verify(note, log.key());
    return Vouched.parse(note);
  }

  /** Whether a checkpoint takes back what the log signed before. */
  private boolean contradicts(Checkpoint current) throws IOException {
    Checkpoint before = newest;
    if (before == null) {
      return false;
    }
    return switch (Extension.judge(before, current)) {
      case SAME, EXTENDS, UNPROVEN, MISFIT -> false;
      case OLDER -> {
        alarms.rolledBack(before, current);
        yield true;
      }
      case FORKED -> fork(before, current);
    };
  }

  private void remember(Vouched signed) {
    long size = signed.checkpoint().size();
    if (unproved.size() == UNPROVED_MAX && !unproved.containsKey(size)) {
      unproved.pollLastEntry();
    }
    unproved.put(size, signed);
  }

  private @Nullable Checkpoint firstUnproved() {
    return unproved.isEmpty() ? null : unproved.firstEntry().getValue().checkpoint();
  }

  /** Makes durable what a start has to know beside what is vouched for. */
  private void saveUnproved() throws IOException {
    if (unproved.isEmpty()) {
      return;
    }
    Vouched from = unproved.firstEntry().getValue();
    if (!from.checkpoint().equals(savedFirst)) {
      first.write(from.note().bytes());
      savedFirst = from.checkpoint();
    }
    Vouched to = unproved.lastEntry().getValue();
    if (!to.checkpoint().equals(savedLast)) {
      last.write(to.note().bytes());
      savedLast = to.checkpoint();
    }
  }

  private Progress reachGoal() throws IOException, IssuerUnavailableException {
    Vouched wanted = goal;
    if (wanted == null) {
      behindSince = null;
      return Progress.LEVEL;
    }
    if (!beforeAskedAgain.isOver(clock.instant())) {
      missing(MISFIT);
      return Progress.STUCK;
    }
    long size = wanted.checkpoint().size();
    for (int i = 0; i < BUNDLES_AT_ONCE && tree.size() < size; i++) {
      long bundle = tree.size() / Tile.FULL_WIDTH;
      append(bundle * Tile.FULL_WIDTH, source.entries(log, bundle, size), size);
    }
    if (tree.size() < size) {
      return Progress.BEHIND;
    }
    goal = null;
    Checkpoint before =
        vouched
            .map(Vouched::checkpoint)
            .orElseGet(() -> Checkpoint.empty(wanted.checkpoint().origin()));
    // The entries were added to the tree that is vouched for, which its root is still of.
    Extension.Evidence entries = new Extension.Evidence.Roots(before.root(), tree.root());
    if (Extension.judge(before, wanted.checkpoint(), entries) == Extension.EXTENDS) {
      return leadsAstray(wanted.checkpoint()) ? Progress.STUCK : vouch(wanted);
    }
    return misfit(wanted.checkpoint());
  }

  /** Takes in the entries of a bundle that are not here yet. */
  private void append(long first, byte[] entries, long size)
      throws IOException, IssuerUnavailableException {
    long end = Math.min(size, first + Tile.FULL_WIDTH);
    for (long position = tree.size(); position < end; position++) {
      tree.append(EntryWalk.digest(entries, (int) (position - first)));
    }
  }

  /** Whether the tree that the log signed now is not one through what it signed before. */
  private boolean leadsAstray(Checkpoint signed) throws IOException {
    for (Vouched before : unproved.headMap(signed.size()).values()) {
      Checkpoint earlier = before.checkpoint();
      Extension.Evidence entries =
          new Extension.Evidence.Roots(tree.rootAt(earlier.size()), tree.root());
      if (Extension.judge(earlier, signed, entries) == Extension.FORKED) {
        return fork(earlier, signed);
      }
    }
    return false;
  }

  private Progress vouch(Vouched by) throws IOException {
    tree.sync();
    // Only now may it be cosigned: no later start knows less.
    disk.replace(CHECKPOINT, by.note().bytes());
    vouched = Optional.of(by);
    unproved.headMap(by.checkpoint().size(), true).clear();
    behindSince = null;
    pause = ASKED_AGAIN_FIRST;
    grew.accept(by.checkpoint().size());
    return Progress.BEHIND;
  }

  /**
   * The entries do not lead to what the log signed. Whether it signed two histories, its own
   * entries from the first one on tell; else whoever gives them out is wrong, and is asked again.
   */
  private Progress misfit(Checkpoint signed) throws IOException {
    tree.rewind(vouched.map(Vouched::checkpoint));
    Optional<Vouched> ours = vouched;
    if (ours.isEmpty()) {
      return askAgainLater();
    }
    walk = new EntryWalk(source, log, signed, ours.get().checkpoint());
    return Progress.BEHIND;
  }

  private Progress walkOn(EntryWalk on) throws IssuerUnavailableException {
    if (!on.go(BUNDLES_AT_ONCE)) {
      return Progress.BEHIND;
    }
    walk = null;
    if (on.isAnotherHistory()) {
      fork(on.held(), on.signed());
      return Progress.STUCK;
    }
    return askAgainLater();
  }

  /** Not at once: who gives out what is wrong would have all of it read at every look. */
  private Progress askAgainLater() {
    beforeAskedAgain = TimedPause.from(clock.instant(), pause);
    Duration twice = pause.multipliedBy(2);
    pause = twice.compareTo(ASKED_AGAIN_MAX) < 0 ? twice : ASKED_AGAIN_MAX;
    missing(MISFIT);
    return Progress.STUCK;
  }

  private boolean fork(Checkpoint before, Checkpoint current) {
    forked = true;
    view = null;
    alarms.forked(before, current);
    return true;
  }

  /** Something that a checkpoint covers cannot be had: an alarm after its time. */
  private void missing(String why) {
    Vouched wanted = goal;
    Checkpoint signed = newest;
    if (wanted == null && (signed == null || signed.size() <= vouchedSize())) {
      // Whether the issuer is there is for others to notice.
      return;
    }
    Instant now = clock.instant();
    Instant since = behindSince;
    if (since == null) {
      behindSince = now;
    } else if (!now.isBefore(since.plus(entriesWithin))) {
      alarms.missing(
          vouchedSize(),
          "Entries of record log "
              + log.name()
              + " are under a signed checkpoint but cannot be fetched: "
              + why);
    }
  }

  @Override
  public void close() throws IOException {
    tree.close();
  }
}
