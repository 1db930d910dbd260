package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The whole key log of one trust domain (spec/keylog.md), mirrored entry by entry: a head counts
 * only when the entries that were read lead to its root and each of them is one that may stand
 * there. Never goes back, and knows the log's signature under two histories for what it is.
 *
 * <p>Belongs to one thread at a time.
 */
final class KeyLogMirror {
  /** How far a head's time may be ahead of this clock. */
  static final Duration AHEAD_MAX = Duration.ofSeconds(30);

  /** Sizes whose roots are remembered, to hold cosigned checkpoints against. */
  private static final int ROOTS_MAX = 4096;

  /** After so many entries what is over is forgotten, so that the memory has a limit. */
  private static final int FORGET_EVERY = 4096;

  private static final Duration FORGET_AFTER = Duration.ofSeconds(30);

  /** Reading everything again is for a log that does not fit, and not for every look at it. */
  private static final Duration REREAD_EVERY = Duration.ofMinutes(1);

  /** Looks at entries as they are read. */
  @FunctionalInterface
  interface EntryReader {
    void read(byte[] entry) throws FormatException;
  }

  private final EntryReader reader;

  /** Whether revocation logs are read, too; not by who asks what the key log said of keys. */
  private final boolean readsRevocations;

  private final TrustPolicy policy;
  private final ReadSide network;
  private final NoteKey key;
  private final URI url;
  private Mirrored mirrored;
  private long countedSize;
  private TimedPause sinceReread = TimedPause.OVER;
  private @Nullable View laidOut;
  private long editions;
  private Instant laidOutAt = Instant.MIN;
  private long laidOutCounted;
  private long laidOutRevoked;

  /** What each revocation log was seen to be: what is read anew has to extend that, too. */
  private final Map<Long, Checkpoint> revocationsSeen = new HashMap<>();

  private boolean wentBack;

  /** What was over by then may have been forgotten. */
  private Instant forgotBy = Instant.EPOCH;

  /** Entries taken in: their tree, what they say, and the roots on the way. */
  private static final class Mirrored {
    private final MerkleFrontier frontier;
    private final KeyLogState state;
    private final Map<Long, Hash> roots;

    /** The trees of the revocation logs that were read, by their numbers. */
    private final Map<Long, MerkleFrontier> revoked = new HashMap<>();

    Mirrored(MerkleFrontier frontier, KeyLogState state, Map<Long, Hash> roots) {
      this.frontier = frontier;
      this.state = state;
      this.roots = roots;
    }

    static Mirrored nothing(TrustPolicy policy) {
      return new Mirrored(new MerkleFrontier(), KeyLogState.under(policy), recent(Map.of()));
    }

    Mirrored copy() {
      Mirrored copy = new Mirrored(frontier.copy(), state.copy(), recent(roots));
      // A tree is replaced when its log grew, and never changed.
      copy.revoked.putAll(revoked);
      return copy;
    }

    /** How much of a revocation log was read. */
    long revokedSize(long number) {
      MerkleFrontier read = revoked.get(number);
      return read == null ? 0 : read.size();
    }

    long size() {
      return frontier.size();
    }

    Checkpoint checkpoint(NoteKey key) {
      return new Checkpoint(key.name(), frontier.size(), frontier.root());
    }

    private static Map<Long, Hash> recent(Map<Long, Hash> from) {
      Map<Long, Hash> roots =
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Hash> eldest) {
              return size() > ROOTS_MAX;
            }
          };
      roots.putAll(from);
      return roots;
    }
  }

  /** The log's key has signed two histories. */
  static final class ForkedException extends Exception {
    private static final long serialVersionUID = 1L;

    ForkedException(String message) {
      super(message);
    }
  }

  /**
   * What a mirror knows.
   *
   * @param set what counts
   * @param asOf by the head's own time
   * @param edition another one for another set
   * @param root of the log at the size that the set is of
   * @param counted size of the log up to which what gives trust counts
   * @param open what is read of the open revocation log
   */
  record View(
      KeySet set, Instant asOf, long edition, Hash root, long counted, RevocationsRead open) {}

  /**
   * How much is read of the open revocation log.
   *
   * @param number its number; 0 where none is open
   * @param size entries read
   */
  record RevocationsRead(long number, long size) {}

  /**
   * A mirror of nothing yet.
   *
   * @throws FormatException when the policy does not say which key the log has
   */
  KeyLogMirror(TrustPolicy policy, ReadSide network) throws FormatException {
    this(policy, network, entry -> {}, true);
  }

  /**
   * One that shows each entry that it reads before the whole is held against the head. It reads no
   * revocation logs: what was said of keys stands in the key log.
   */
  static KeyLogMirror ofKeysAlone(TrustPolicy policy, ReadSide network, EntryReader reader)
      throws FormatException {
    return new KeyLogMirror(policy, network, reader, false);
  }

  private KeyLogMirror(
      TrustPolicy policy, ReadSide network, EntryReader reader, boolean readsRevocations)
      throws FormatException {
    this.reader = reader;
    this.readsRevocations = readsRevocations;
    this.policy = policy;
    this.network = network;
    this.key =
        KeyLog.pinnedBy(policy)
            .orElseThrow(
                () ->
                    new FormatException(
                        "policy has no log line for "
                            + KeyLog.origin(policy.issuer())
                            + ": take the domain's policy anew"));
    this.url = KeyLog.url(policy.issuer());
    this.mirrored = Mirrored.nothing(policy);
  }

  /** Reads the head and what is new up to it. When it fails, the mirror is as before. */
  View advance(Instant now) throws IOException, FormatException, ForkedException {
    return advance(now, null);
  }

  /**
   * The same with a head that was read already. Where witnesses cosign, it is read again: a head
   * from before their last checkpoint would look as if it were withheld.
   */
  View advance(Instant now, byte @Nullable [] given)
      throws IOException, FormatException, ForkedException {
    wentBack = false;
    Checkpoint cosigned = isCosigned() ? cosigned() : null;
    byte[] note = given == null || isCosigned() ? get("checkpoint") : given;
    KeyLogHead head = KeyLogHead.verify(note, key);
    if (head.at().isAfter(now.plus(AHEAD_MAX))) {
      throw new FormatException("the key log's head is of a time to come: check the clocks");
    }
    // By the earlier of two clocks: one that was set ahead must not have revocations forgotten.
    Instant over = head.at().isBefore(now) ? head.at() : now;
    boolean isSetBack = now.isBefore(forgotBy.minus(AHEAD_MAX));
    take(head.checkpoint(), now, over);
    if (isSetBack && mirrored.size() > 0) {
      // Both were ahead: what is not over after all is read again.
      sinceReread = TimedPause.OVER;
      reread(head.checkpoint(), now, over, null);
      laidOut = null;
      forgotBy = over;
    }
    if (!isCosigned()) {
      countedSize = mirrored.size();
    } else if (cosigned != null) {
      count(cosigned);
    }
    return view(readRevocations(head, now), now, over);
  }

  /**
   * Reads the revocation logs up to what key log and head say of them.
   *
   * @return as of when all is known: the time of the older of the head's two lines
   */
  private Instant readRevocations(KeyLogHead head, Instant now)
      throws IOException, FormatException, ForkedException {
    RevocationLogs logs = mirrored.state.revocationLogs();
    if (!readsRevocations) {
      return head.at();
    }
    for (RevocationLogs.Ended ended : logs.ended()) {
      readRevocations(ended.number(), ended.size(), ended.root(), now);
    }
    mirrored.revoked.keySet().removeIf(number -> !logs.isLive(number));
    revocationsSeen.keySet().removeIf(number -> !logs.isLive(number));
    if (logs.open().isEmpty()) {
      return head.at();
    }
    // Its line is there, or somebody took it away: the head says nothing about revocations then.
    RevocationTip tip =
        head.revocations()
            .filter(line -> line.number() == logs.open().getAsLong())
            .orElseThrow(
                () ->
                    new FormatException(
                        "the head does not say how large the open revocation log is"));
    if (tip.at().isAfter(now.plus(AHEAD_MAX))) {
      throw new FormatException("the key log's head is of a time to come: check the clocks");
    }
    readRevocations(tip.number(), tip.size(), tip.root(), now);
    return tip.at().isBefore(head.at()) ? tip.at() : head.at();
  }

  private void readRevocations(long number, long size, Hash root, Instant now)
      throws IOException, FormatException, ForkedException {
    Checkpoint offered = new Checkpoint(RevocationLogs.path(number), size, root);
    Checkpoint seen =
        revocationsSeen.getOrDefault(number, Checkpoint.empty(RevocationLogs.path(number)));
    // Empty where everything is read anew.
    MerkleFrontier before = mirrored.revoked.get(number);
    switch (Extension.judge(seen, offered)) {
      case OLDER -> {
        wentBack = true;
        throw new FormatException(
            "revocation log " + number + " goes back from size " + seen.size() + " to " + size);
      }
      case FORKED -> {
        if (revocationsSeen.containsKey(number)) {
          throw forked(size, size);
        }
        throw misfit(number);
      }
      case SAME -> {
        if (before != null) {
          return;
        }
      }
      case EXTENDS, UNPROVEN, MISFIT -> {}
    }
    MerkleFrontier next = before == null ? new MerkleFrontier() : before.copy();
    RevocationEntries read = readRevocations(number, next, size, seen.size());
    switch (Extension.judge(seen, offered, read.roots())) {
      case SAME, EXTENDS -> {}
      case FORKED -> throw forked(seen.size(), size);
      case OLDER, UNPROVEN, MISFIT -> {
        if (before != null) {
          rereadRevocations(number, seen, offered, now);
        }
        throw misfit(number);
      }
    }
    mirrored.state.revoke(read.entries());
    mirrored.revoked.put(number, next);
    revocationsSeen.put(number, offered);
  }

  private static FormatException misfit(long number) {
    return new FormatException(
        "the entries of revocation log " + number + " do not lead to the root that was signed");
  }

  /** What was read does not fit: the reader's way lies, or the log does. */
  private void rereadRevocations(long number, Checkpoint seen, Checkpoint offered, Instant now)
      throws IOException, FormatException, ForkedException {
    if (!sinceReread.isOver(now)) {
      return;
    }
    sinceReread = TimedPause.from(now, REREAD_EVERY);
    RevocationEntries whole =
        readRevocations(number, new MerkleFrontier(), offered.size(), seen.size());
    if (Extension.judge(seen, offered, whole.roots()) == Extension.FORKED) {
      throw forked(seen.size(), offered.size());
    }
  }

  /**
   * Entries of a revocation log.
   *
   * @param roots that they make at the size that was seen before, and after the last one
   */
  private record RevocationEntries(List<byte[]> entries, Extension.Evidence.Roots roots) {}

  /**
   * Takes in the entries up to a size.
   *
   * @param seen size that was seen before, not below the tree's
   */
  private RevocationEntries readRevocations(long number, MerkleFrontier into, long size, long seen)
      throws IOException, FormatException {
    TreeHasher hasher = new TreeHasher();
    List<byte[]> all = new ArrayList<>();
    Hash atSeen = into.root();
    while (into.size() < size) {
      long index = into.size() / Tile.FULL_WIDTH;
      int first = (int) (into.size() % Tile.FULL_WIDTH);
      List<byte[]> entries =
          bundle(RevocationLogs.path(number) + "/", Tile.of(Tile.ENTRIES, index, size));
      for (byte[] entry : entries.subList(first, entries.size())) {
        into.append(hasher.leaf(entry));
        all.add(entry);
        atSeen = into.size() == seen ? into.root() : atSeen;
      }
    }
    return new RevocationEntries(all, new Extension.Evidence.Roots(atSeen, into.root()));
  }

  private RevocationsRead open() {
    RevocationLogs logs = mirrored.state.revocationLogs();
    long number = logs.open().orElse(0);
    return new RevocationsRead(number, mirrored.revokedSize(number));
  }

  /** All entries that were read of revocation logs that are known. */
  private long revoked() {
    return mirrored.revoked.values().stream().mapToLong(MerkleFrontier::size).sum()
        + mirrored.state.revocationLogs().last();
  }

  /** Lays out what counts, when it changed or something may be forgotten. */
  private View view(Instant asOf, Instant now, Instant over) throws FormatException {
    View before = laidOut;
    boolean same =
        before != null
            && before.set.version() == mirrored.size()
            && laidOutCounted == countedSize
            && laidOutRevoked == revoked()
            && !now.isBefore(laidOutAt)
            && now.isBefore(laidOutAt.plus(FORGET_AFTER));
    if (before != null && same) {
      return new View(before.set, asOf, before.edition, before.root, countedSize, open());
    }
    forget(mirrored, over);
    View next =
        new View(
            mirrored.state.keySet(countedSize, asOf),
            asOf,
            ++editions,
            mirrored.frontier.root(),
            countedSize,
            open());
    laidOut = next;
    laidOutAt = now;
    laidOutCounted = countedSize;
    laidOutRevoked = revoked();
    return next;
  }

  /** The root that the log had at a size; empty for one that it has not reached or long left. */
  Optional<Hash> rootAt(long size) {
    return size == mirrored.size()
        ? Optional.of(mirrored.frontier.root())
        : Optional.ofNullable(mirrored.roots.get(size));
  }

  /** Whether the last head that was read was smaller than one before. */
  boolean wentBack() {
    return wentBack;
  }

  private boolean isCosigned() {
    return !policy.logPolicy().quorum().equals(LogPolicy.NONE);
  }

  /** The last checkpoint of the quorum; null while there is none. */
  private @Nullable Checkpoint cosigned() throws IOException, FormatException {
    byte[] note;
    try {
      note = get("checkpoint.cosigned");
    } catch (FileNotFoundException e) {
      return null;
    }
    Checkpoint checkpoint = Checkpoint.verify(note, key);
    if (!policy.logPolicy().isQuorum(SignedNote.parse(note))) {
      throw new FormatException("the key log is not cosigned by the policy's quorum");
    }
    return checkpoint;
  }

  private void forget(Mirrored of, Instant over) {
    of.state.forget(over);
    forgotBy = forgotBy.isBefore(over) ? over : forgotBy;
  }

  private void take(Checkpoint head, Instant now, Instant over)
      throws IOException, FormatException, ForkedException {
    Checkpoint seen = mirrored.checkpoint(key);
    switch (Extension.judge(seen, head)) {
      case SAME -> {
        return;
      }
      case OLDER -> {
        compare(head);
        wentBack = true;
        throw new FormatException(
            "the key log goes back from size " + mirrored.size() + " to " + head.size());
      }
      case FORKED -> throw forked(head.size(), mirrored.size());
      case EXTENDS, UNPROVEN, MISFIT -> {}
    }
    Mirrored next = mirrored.copy();
    FormatException refused = null;
    try {
      read(next, head.size(), over);
    } catch (FormatException e) {
      // Bytes that nobody vouched for yet: whether they are the log's is seen below.
      refused = e;
    }
    // Read on from the tree that was seen, which its root is still of.
    Extension.Evidence entries = new Extension.Evidence.Roots(seen.root(), next.frontier.root());
    if (refused == null && Extension.judge(seen, head, entries) == Extension.EXTENDS) {
      mirrored = next;
      return;
    }
    reread(head, now, over, refused);
  }

  /**
   * What was read does not fit: the reader's way lies, or the log does. Reading all of it tells.
   */
  private void reread(Checkpoint head, Instant now, Instant over, @Nullable FormatException refused)
      throws IOException, FormatException, ForkedException {
    if (mirrored.size() == 0 || !sinceReread.isOver(now)) {
      throw refused != null
          ? refused
          : new FormatException("the key log's entries do not lead to the root that it signed");
    }
    sinceReread = TimedPause.from(now, REREAD_EVERY);
    Mirrored whole = Mirrored.nothing(policy);
    read(whole, mirrored.size(), over);
    Hash earlier = whole.frontier.root();
    read(whole, head.size(), over);
    Extension.Evidence entries = new Extension.Evidence.Roots(earlier, whole.frontier.root());
    switch (Extension.judge(mirrored.checkpoint(key), head, entries)) {
      case SAME, EXTENDS -> mirrored = whole;
      case FORKED -> throw forked(mirrored.size(), head.size());
      case OLDER, UNPROVEN, MISFIT ->
          throw new FormatException("the key log's entries do not lead to the root that it signed");
    }
  }

  /** Holds a checkpoint of the log against what was mirrored. */
  private void compare(Checkpoint checkpoint) throws ForkedException {
    Optional<Hash> ours = rootAt(checkpoint.size());
    if (ours.isPresent()
        && Extension.judge(
                new Checkpoint(checkpoint.origin(), checkpoint.size(), ours.get()), checkpoint)
            == Extension.FORKED) {
      throw forked(checkpoint.size(), mirrored.size());
    }
  }

  private ForkedException forked(long one, long other) {
    return new ForkedException(
        "key log "
            + key.name()
            + " has signed two histories, seen at sizes "
            + one
            + " and "
            + other);
  }

  private void count(Checkpoint cosigned) throws FormatException, ForkedException {
    if (Extension.judge(cosigned, mirrored.checkpoint(key)) == Extension.OLDER) {
      throw new FormatException("the key log's head is older than what its witnesses cosigned");
    }
    compare(cosigned);
    if (rootAt(cosigned.size()).isPresent() && cosigned.size() > countedSize) {
      countedSize = cosigned.size();
    }
  }

  /** Takes in the entries up to a size. */
  private void read(Mirrored into, long size, Instant over) throws IOException, FormatException {
    TreeHasher hasher = new TreeHasher();
    while (into.size() < size) {
      long index = into.size() / Tile.FULL_WIDTH;
      int first = (int) (into.size() % Tile.FULL_WIDTH);
      List<byte[]> entries = bundle("", Tile.of(Tile.ENTRIES, index, size));
      for (byte[] entry : entries.subList(first, entries.size())) {
        try {
          into.state.apply(entry);
          reader.read(entry);
        } catch (FormatException e) {
          throw new FormatException(
              "entry " + into.size() + " of the key log is refused: " + e.getMessage(), e);
        }
        into.frontier.append(hasher.leaf(entry));
        if (size - into.size() < ROOTS_MAX) {
          into.roots.put(into.size(), into.frontier.root());
        }
        if (into.size() % FORGET_EVERY == 0) {
          forget(into, over);
        }
      }
    }
    forget(into, over);
  }

  private List<byte[]> bundle(String below, Tile tile) throws IOException, FormatException {
    try {
      return EntryBundle.parse(get(below + tile.path()), tile.width());
    } catch (FileNotFoundException gone) {
      if (!tile.isPartial()) {
        throw gone;
      }
      // A partial bundle may be gone once the full one is there (c2sp.org/tlog-tiles).
      Tile full = new Tile(Tile.ENTRIES, tile.index(), Tile.FULL_WIDTH);
      return EntryBundle.parse(get(below + full.path()), Tile.FULL_WIDTH).subList(0, tile.width());
    }
  }

  private byte[] get(String path) throws IOException {
    int bytesMax = path.contains("tile/") ? EntryBundle.BYTES_MAX : SignedNote.BYTES_MAX;
    return network.get(URI.create(url + "/" + path), bytesMax);
  }
}
