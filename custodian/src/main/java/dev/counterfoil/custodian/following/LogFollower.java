package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.HeldRecord;
import dev.counterfoil.custodian.held.RecordItem;
import dev.counterfoil.custodian.held.SeenCheckpoint;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.IssuerSource;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordStream;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.SignedNote;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Follows one log as its custodian. One thread takes its stream in ({@link #receive}): records, and
 * checkpoints that the log signed for what it gives out. Another looks at the published checkpoint
 * now and then ({@link #look}). What is held counts once the tree over it has the root of a
 * checkpoint that the log's key signed.
 *
 * <p>Nothing that the issuer says is believed for less: a counterfoil that is not its leaf's, a
 * checkpoint that goes back or tells another history, or a leaf without a counterfoil is an alarm.
 */
public final class LogFollower {
  /** What a look led to. */
  public enum Progress {
    /** There is more to come. */
    BEHIND,
    /** Everything is here. */
    LEVEL,
    /** The issuer does not answer, or the log cannot be followed on. */
    STUCK
  }

  /** What taking in a stream led to. */
  public enum Received {
    /** There may be more. */
    MORE,
    /** There is no more at the moment. */
    LEVEL,
    /** The stream is of no more use: another begins where custody ends, after a pause. */
    BROKEN
  }

  private static final System.Logger LOG = System.getLogger(LogFollower.class.getName());
  private static final Duration SEEN_SAVED_EVERY = Duration.ofSeconds(1);
  private static final Duration PAUSE_AFTER_MISFIT = Duration.ofSeconds(5);

  /**
   * Told of positions that count from now on, on the thread that found it: that of the stream or,
   * seldom, that of the looks. It holds no lock then, so that nobody waits for what this does.
   */
  @FunctionalInterface
  public interface Listener {
    void vouched(StatedLog log, long from, long to) throws IOException;
  }

  private final String domain;
  private final StatedLog log;
  private final IssuerSource source;
  private final CustodyLog custody;
  private final SeenCheckpoint seen;
  private final LogAlarms alarms;
  private final LoggedLeaves leaves;
  private final Listener listener;
  private final InstantSource clock;
  private final Duration counterfoilWithin;

  /** Guards custody and what follows, which two threads change. */
  private final Object lock = new Object();

  private @Nullable Checkpoint newest;
  private @Nullable Checkpoint lastCompared;
  private @Nullable Checkpoint lastVerified;

  /**
   * A published checkpoint that was ahead of custody, and its note: compared once that is there.
   */
  private @Nullable Checkpoint awaited;

  private byte[] awaitedNote = new byte[0];
  private byte[] lastNote = new byte[0];
  private boolean forked;
  private volatile boolean abandoned;

  /** Written under the lock, and read without it: anybody may ask, and a sync holds it for long. */
  private volatile byte[] newestNote = new byte[0];

  /** Up to where what counts was handed on to be told. */
  private long told;

  /** A checkpoint that came with the stream and that what is published does not reach yet. */
  private @Nullable Checkpoint unreached;

  private Instant unreachedSince = Instant.EPOCH;

  /** When the log's signer answered last, and since when it has, without a long silence. */
  private volatile Instant answeredAt = Instant.EPOCH;

  private Instant answersSince = Instant.EPOCH;
  private @Nullable Instant missingSince;
  private String problem = "the issuer gives out none";
  private @Nullable Checkpoint savedSeen;
  private TimedPause sinceSeenSaved = TimedPause.OVER;
  private TimedPause beforeReceiving = TimedPause.OVER;
  private volatile @Nullable FollowedLogView view;

  private final StreamRefusal refusal;

  /**
   * Follows a log.
   *
   * @param counterfoilWithin how long a counterfoil may be missing from a leaf that is logged, and
   *     what is published may be smaller than what came with the stream
   */
  public LogFollower(
      String domain,
      StatedLog log,
      IssuerSource source,
      CustodyLog custody,
      SeenCheckpoint seen,
      Alarm.Sink alarms,
      Listener listener,
      InstantSource clock,
      Duration counterfoilWithin)
      throws IOException {
    this.domain = domain;
    this.log = log;
    this.source = source;
    this.custody = custody;
    this.seen = seen;
    this.alarms = new LogAlarms(domain, log.name(), alarms, clock);
    this.leaves = new LoggedLeaves(source, log);
    this.refusal = new StreamRefusal(log.key().name());
    this.listener = listener;
    this.clock = clock;
    this.counterfoilWithin = counterfoilWithin;
    this.newest = seen.read().map(CustodyLog.Vouched::checkpoint).orElse(null);
    this.told = custody.vouchedSize();
  }

  public StatedLog log() {
    return log;
  }

  public String domain() {
    return domain;
  }

  public CustodyLog custody() {
    return custody;
  }

  /** Root of the tree over the first so many counterfoils; empty when fewer are vouched for. */
  public Optional<Hash> rootAt(long size) throws IOException {
    synchronized (lock) {
      return size < 1 || size > custody.vouchedSize()
          ? Optional.empty()
          : Optional.of(custody.rootAt(size));
    }
  }

  /** How far the log is known; empty before the first checkpoint since the start. */
  public Optional<FollowedLogView> view() {
    return Optional.ofNullable(view);
  }

  /**
   * Counterfoils that count here, also while nobody answers for the log; 0 where nothing of it
   * rests on what is held.
   */
  public long heldSize() {
    synchronized (lock) {
      return forked || abandoned ? 0 : custody.vouchedSize();
    }
  }

  /**
   * The newest checkpoint that the log published here, as a signed note: it may be ahead of what is
   * held.
   */
  public Optional<byte[]> seen() throws IOException {
    byte[] newestSeen = newestNote;
    return newestSeen.length > 0
        ? Optional.of(newestSeen)
        : seen.read().map(known -> known.note().bytes());
  }

  /** Whether the log signed two histories: nothing of it is vouched for any more. */
  boolean isForked() {
    synchronized (lock) {
      return forked;
    }
  }

  /** Closes the open segment where it is old: see {@link CustodyLog#closeOld}. */
  public void closeOld(long firstExpiredBefore) throws IOException {
    synchronized (lock) {
      if (!abandoned) {
        custody.closeOld(firstExpiredBefore);
      }
    }
  }

  /**
   * Follows no more, because it is not known what of it is on the disk: from now on nothing is
   * written and nothing more is vouched for. A start recovers.
   */
  public void abandon(Throwable cause) {
    synchronized (lock) {
      if (!abandoned) {
        abandoned = true;
        view = null;
        try {
          alarms.stopped(log.key().name(), cause);
        } catch (RuntimeException e) {
          // Where no alarm can be kept either, the process's own log has it.
          LOG.log(System.Logger.Level.ERROR, "custody of " + log.key().name() + " stopped", e);
        }
      }
    }
  }

  /** Whether it follows no more. */
  public boolean isAbandoned() {
    return abandoned;
  }

  // ---- The stream

  /** A stream that goes on where custody ends; empty while none is wanted. */
  public Optional<RecordStream> open() throws IssuerUnavailableException {
    long from;
    synchronized (lock) {
      if (forked || abandoned || !beforeReceiving.isOver(clock.instant())) {
        return Optional.empty();
      }
      from = custody.size();
    }
    try {
      RecordStream stream = source.records(log, from);
      refusal.given();
      return Optional.of(stream);
    } catch (IssuerUnavailableException e) {
      synchronized (lock) {
        problem = String.valueOf(e.getMessage());
      }
      refusal.refused(String.valueOf(e.getMessage()), clock.instant());
      throw e;
    }
  }

  /** Why its counterfoils do not come; empty while they may. */
  public Optional<String> refusal() {
    return refusal.standing();
  }

  /** Takes in what comes next of a stream; waits for it. */
  public Received receive(RecordStream stream) throws IOException, IssuerUnavailableException {
    List<RecordItem> items = stream.next();
    if (items.isEmpty()) {
      return Received.BROKEN;
    }
    Received received = take(items);
    tellVouched();
    return received;
  }

  private Received take(List<RecordItem> items) throws IOException {
    synchronized (lock) {
      answered(clock.instant());
      if (forked || abandoned) {
        return Received.BROKEN;
      }
      Received received = Received.MORE;
      try {
        int lastHead = lastHead(items);
        for (int i = 0; i < items.size(); i++) {
          received =
              switch (items.get(i)) {
                case RecordItem.Payload payload -> append(payload.bytes());
                // What queued during the last sync is made durable with one, under its last head.
                case RecordItem.Head head -> i == lastHead ? headCame(head.note()) : Received.MORE;
                case RecordItem.Pause pause -> Received.LEVEL;
              };
          if (received == Received.BROKEN) {
            return received;
          }
        }
      } catch (FormatException e) {
        problem = String.valueOf(e.getMessage());
        LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log.name(), problem);
        beforeReceiving = TimedPause.from(clock.instant(), PAUSE_AFTER_MISFIT);
        return Received.BROKEN;
      }
      return received;
    }
  }

  private void answered(Instant now) {
    if (now.isAfter(answeredAt.plus(counterfoilWithin))) {
      answersSince = now;
    }
    answeredAt = now;
  }

  /** Place of the last head; -1 where there is none. */
  private static int lastHead(List<RecordItem> items) {
    int at = items.size() - 1;
    while (at >= 0 && !(items.get(at) instanceof RecordItem.Head)) {
      at--;
    }
    return at;
  }

  private Received append(byte[] record) throws IOException, FormatException {
    HeldRecord token = custody.parse(record);
    if (token.position() != custody.size()) {
      throw new FormatException("another position was given out");
    }
    custody.append(token, record);
    missingSince = null;
    Checkpoint goal = awaited;
    if (goal != null && goal.size() == custody.size()) {
      // Where the stream never reaches the log's end, its heads do not come.
      awaited = null;
      return goal.size() <= custody.vouchedSize() || compare(goal, awaitedNote)
          ? Received.MORE
          : Received.BROKEN;
    }
    return Received.MORE;
  }

  /** A checkpoint for just what was given out. */
  private Received headCame(byte[] note) throws IOException, FormatException {
    Checkpoint head = Checkpoint.verify(note, log.key());
    if (head.size() < custody.vouchedSize() || head.size() > custody.size()) {
      throw new FormatException("a head of another size was given out");
    }
    return compare(head, note) ? Received.MORE : Received.BROKEN;
  }

  // ---- The published checkpoint

  /** One look at the published checkpoint. */
  public Progress look() throws IOException {
    Instant asked = clock.instant();
    Checkpoint current;
    try {
      current = checkpoint();
    } catch (IssuerUnavailableException | FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log.name(), e.getMessage());
      synchronized (lock) {
        unreached = null;
      }
      return Progress.STUCK;
    }
    // Made of many reads: not under the lock either.
    Optional<Hash> root =
        current.equals(lastCompared) ? Optional.empty() : custody.vouchedRoot(current.size());
    Optional<Progress> progress = compareWith(current, root, asked);
    tellVouched();
    if (progress.isPresent()) {
      // Not under the lock: the stream is not held up by these syncs.
      saveSeen(current, asked);
    }
    return progress.orElse(Progress.STUCK);
  }

  /**
   * Empty for a checkpoint that takes back what the log published before.
   *
   * @param root of the tree over what is held at its size; empty where that is made anew
   */
  private Optional<Progress> compareWith(Checkpoint current, Optional<Hash> root, Instant asked)
      throws IOException {
    synchronized (lock) {
      if (forked || abandoned || contradicts(current) || staysBehind(current, asked)) {
        return Optional.empty();
      }
      newest = current;
      newestNote = lastNote;
      if (current.size() > custody.size()) {
        if (awaited == null) {
          awaited = current;
          awaitedNote = lastNote;
        }
        lookForMissing(asked);
      } else if (!current.equals(lastCompared)) {
        lastCompared = current;
        if (root.filter(held -> agree(held, current)).isEmpty()) {
          compare(current, lastNote);
        }
      }
      if (forked) {
        return Optional.of(Progress.STUCK);
      }
      long held = custody.vouchedSize();
      view = new FollowedLogView(held, Math.max(held, current.size()), asked);
      return Optional.of(held < current.size() ? Progress.BEHIND : Progress.LEVEL);
    }
  }

  /** The checkpoint; the signature of one that was seen last time is not checked again. */
  private Checkpoint checkpoint() throws IssuerUnavailableException, FormatException {
    byte[] note = source.checkpoint(log);
    Checkpoint same = lastVerified;
    if (same != null && Arrays.equals(note, lastNote)) {
      return same;
    }
    Checkpoint verified = Checkpoint.verify(note, log.key());
    lastNote = note;
    lastVerified = verified;
    return verified;
  }

  /** Whether a checkpoint takes back what the log published before. */
  private boolean contradicts(Checkpoint current) {
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
      case FORKED -> {
        fork(before, current);
        yield true;
      }
    };
  }

  /**
   * Whether what is published stays smaller than what the log signed for its stream, as that of a
   * log does which was put back between two looks. For a moment it may, and for as long as its
   * signer is down: what counts is the time in which the signer answers.
   */
  private boolean staysBehind(Checkpoint current, Instant now) {
    Checkpoint signed = unreached;
    if (signed != null && Extension.judge(signed, current) == Extension.OLDER) {
      Instant since = answersSince.isAfter(unreachedSince) ? answersSince : unreachedSince;
      if (answeredAt.isBefore(since.plus(counterfoilWithin))) {
        return false;
      }
      alarms.rolledBack(signed, current);
      return true;
    }
    unreached =
        custody
            .vouched()
            .map(CustodyLog.Vouched::checkpoint)
            .filter(last -> Extension.judge(last, current) == Extension.OLDER)
            .orElse(null);
    unreachedSince = now;
    return false;
  }

  private void lookForMissing(Instant now) {
    if (missingSince == null) {
      missingSince = now;
    } else if (!now.isBefore(missingSince.plus(counterfoilWithin))) {
      alarms.missing(
          custody.size(), "Its leaf is logged but its counterfoil did not arrive: " + problem);
    }
  }

  private void saveSeen(Checkpoint current, Instant now) throws IOException {
    if (!current.equals(savedSeen) && sinceSeenSaved.isOver(now)) {
      seen.write(lastNote);
      savedSeen = current;
      sinceSeenSaved = TimedPause.from(now, SEEN_SAVED_EVERY);
    }
  }

  // ---- What is held, against what the log signed

  /**
   * Compares a checkpoint that covers no more than what is held with the tree over it; what it
   * covers counts from now on.
   *
   * @return whether they agree
   */
  private boolean compare(Checkpoint signed, byte[] note) throws IOException {
    long from = custody.vouchedSize();
    Hash root = custody.rootAt(signed.size());
    if (agree(root, signed)) {
      if (signed.size() > from) {
        custody.vouch(new CustodyLog.Vouched(parse(note), signed));
      }
      return true;
    }
    if (signed.size() <= from) {
      fork(new Checkpoint(signed.origin(), signed.size(), root), signed);
      return false;
    }
    Instant now = clock.instant();
    beforeReceiving = TimedPause.from(now, PAUSE_AFTER_MISFIT);
    OptionalLong misfit;
    try {
      misfit = leaves.firstMisfit(from, signed.size(), custody::appendedDigest);
    } catch (IssuerUnavailableException e) {
      LOG.log(System.Logger.Level.WARNING, "log {0}: {1}", log.name(), e.getMessage());
      return false;
    }
    if (misfit.isPresent()) {
      alarms.missing(
          misfit.getAsLong(), "The counterfoil that was delivered does not match its leaf.");
      custody.dropUnvouched();
      awaited = null;
    } else {
      fork(new Checkpoint(signed.origin(), signed.size(), root), signed);
    }
    return false;
  }

  /** Whether the tree over what is held is, at a checkpoint's size, the one that was signed. */
  private static boolean agree(Hash held, Checkpoint signed) {
    Checkpoint ours = new Checkpoint(signed.origin(), signed.size(), held);
    return Extension.judge(ours, signed) == Extension.SAME;
  }

  /** Tells what came to count since it was told last. */
  private void tellVouched() throws IOException {
    long from;
    long to;
    synchronized (lock) {
      from = told;
      to = custody.vouchedSize();
      told = to;
    }
    if (to > from) {
      listener.vouched(log, from, to);
    }
  }

  private static SignedNote parse(byte[] note) {
    try {
      return SignedNote.parse(note);
    } catch (FormatException e) {
      throw new IllegalStateException("a note that was verified", e);
    }
  }

  /** The digest in the log's own tile at a position that the last checkpoint covers. */
  public Optional<Hash> loggedDigest(long position, long size) {
    try {
      return leaves.digest(position, size);
    } catch (IssuerUnavailableException e) {
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log.name(), e.getMessage());
      return Optional.empty();
    }
  }

  /** Where it is read. */
  IssuerSource source() {
    return source;
  }

  /** When the log's signer answered last. */
  public Instant answeredAt() {
    return answeredAt;
  }

  /** The digest at a position of which a record came and no head of the log covers it. */
  public Optional<Hash> unvouchedDigest(long position) throws IOException {
    synchronized (lock) {
      return !abandoned && position >= custody.vouchedSize() && position < custody.size()
          ? Optional.of(custody.appendedDigest(position))
          : Optional.empty();
    }
  }

  private void fork(Checkpoint before, Checkpoint current) {
    forked = true;
    view = null;
    alarms.forked(before, current);
  }
}
