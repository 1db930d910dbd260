package dev.counterfoil.monitor;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.Tile;
import dev.counterfoil.monitor.Finding.Kind;
import dev.counterfoil.monitor.Finding.Severity;
import dev.counterfoil.monitor.Finding.Subject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows one log as its custodian, one {@link #step} at a time: looks at the checkpoint, fetches
 * counterfoils up to it, and counts them once the tree over them has the checkpoint's root. The
 * steps are made by one thread; {@link #view} may be read by any.
 *
 * <p>Nothing that the issuer says is believed for less: a counterfoil that is not its leaf's, a
 * checkpoint that goes back or tells another history, or a leaf without a counterfoil is a finding.
 */
final class LogFollower {
  /** What a step led to. */
  enum Progress {
    /** There is more to fetch. */
    BEHIND,
    /** Everything is here. */
    LEVEL,
    /** The issuer does not answer, or the log cannot be followed on. */
    STUCK
  }

  private static final System.Logger LOG = System.getLogger(LogFollower.class.getName());
  private static final Duration HEAD_SAVED_EVERY = Duration.ofSeconds(1);
  private static final Duration PAUSE_AFTER_MISFIT = Duration.ofSeconds(5);

  /** Told of positions that count from now on. */
  @FunctionalInterface
  interface Vouched {
    void vouched(StatedLog log, long from, long to) throws IOException;
  }

  private final String domain;
  private final StatedLog log;
  private final IssuerSource source;
  private final CustodyLog custody;
  private final LogHeads heads;
  private final FindingSink findings;
  private final Vouched listener;
  private final InstantSource clock;
  private final int batch;
  private final Duration counterfoilWithin;

  private @Nullable Checkpoint newest;
  private @Nullable Checkpoint target;
  private @Nullable Checkpoint lastVerified;
  private byte[] lastNote = new byte[0];
  private long vouchedOnce;
  private boolean forked;
  private @Nullable Instant missingSince;
  private LogHeads.@Nullable Head savedHead;
  private Instant headSavedAt = Instant.MIN;
  private Instant fetchAgainAt = Instant.MIN;
  private final Set<String> raised = new HashSet<>();
  private volatile @Nullable LogView view;

  LogFollower(
      String domain,
      StatedLog log,
      IssuerSource source,
      CustodyLog custody,
      LogHeads heads,
      FindingSink findings,
      Vouched listener,
      InstantSource clock,
      int batch,
      Duration counterfoilWithin) {
    this.domain = domain;
    this.log = log;
    this.source = source;
    this.custody = custody;
    this.heads = heads;
    this.findings = findings;
    this.listener = listener;
    this.clock = clock;
    this.batch = batch;
    this.counterfoilWithin = counterfoilWithin;
    Optional<LogHeads.Head> head = heads.load(domain, log.name());
    this.newest = head.map(LogHeads.Head::checkpoint).orElse(null);
    this.vouchedOnce = Math.min(head.map(LogHeads.Head::vouchedSize).orElse(0L), custody.size());
  }

  StatedLog log() {
    return log;
  }

  CustodyLog custody() {
    return custody;
  }

  /** How far the log is known; empty before the first checkpoint since the start. */
  Optional<LogView> view() {
    return Optional.ofNullable(view);
  }

  /** One look at the log and at most one batch of counterfoils. */
  Progress step() throws IOException {
    Instant asked = clock.instant();
    Checkpoint current;
    try {
      current = checkpoint();
    } catch (IssuerUnavailableException | FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log.name(), e.getMessage());
      return Progress.STUCK;
    }
    if (forked || contradicts(current)) {
      return Progress.STUCK;
    }
    newest = current;
    if (target == null || target.size() <= custody.vouchedSize()) {
      target = current;
    }
    if (custody.size() < target.size() && !fetch(asked, target)) {
      publish(current, asked);
      return Progress.STUCK;
    }
    if (custody.size() == target.size() && custody.vouchedSize() < target.size()) {
      reach(target, asked);
    }
    saveHead(current, asked);
    publish(current, asked);
    return custody.vouchedSize() < current.size() ? Progress.BEHIND : Progress.LEVEL;
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

  private void publish(Checkpoint current, Instant asked) {
    if (!forked) {
      view = new LogView(custody.vouchedSize(), current.size(), asked);
    }
  }

  /** Whether a checkpoint takes back what the log signed before. */
  private boolean contradicts(Checkpoint current) {
    Checkpoint before = newest;
    if (before == null) {
      return false;
    }
    if (current.size() < before.size()) {
      raise(
          Kind.LOG_ROLLBACK,
          Severity.CRITICAL,
          Subject.of(log.name() + "/" + current.size()),
          "Log "
              + log.name()
              + " had "
              + before.size()
              + " leaves and now signs that it has "
              + current.size()
              + ": records were lost or taken back.",
          both(before, current));
      return true;
    }
    if (current.size() == before.size() && !current.root().equals(before.root())) {
      fork(before, current);
      return true;
    }
    return false;
  }

  private void fork(Checkpoint before, Checkpoint current) {
    forked = true;
    view = null;
    raise(
        Kind.LOG_FORK,
        Severity.CRITICAL,
        Subject.of(log.name() + "/" + current.size()),
        "Log "
            + log.name()
            + " signed two histories: none of its tokens can be trusted until somebody looks.",
        both(before, current));
  }

  private static JsonObject both(Checkpoint before, Checkpoint current) {
    return JsonObject.builder()
        .put("before_size", before.size())
        .put("before_root", before.root().base64())
        .put("now_size", current.size())
        .put("now_root", current.root().base64())
        .build();
  }

  /** Appends the next batch; false when nothing usable came. */
  private boolean fetch(Instant now, Checkpoint goal) throws IOException {
    if (now.isBefore(fetchAgainAt)) {
      return false;
    }
    long from = custody.size();
    String problem = "the issuer gives out none";
    try {
      int wanted = (int) Math.min(batch, goal.size() - from);
      List<byte[]> lines = source.counterfoils(log, from, wanted);
      for (byte[] line : lines) {
        Counterfoil counterfoil = Counterfoil.parse(line, log.name());
        if (counterfoil.position() != custody.size()) {
          throw new FormatException("another position was given out");
        }
        custody.append(counterfoil, line);
      }
    } catch (IssuerUnavailableException | FormatException e) {
      problem = String.valueOf(e.getMessage());
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log.name(), problem);
    }
    custody.sync();
    if (custody.size() > from) {
      missingSince = null;
      return true;
    }
    if (missingSince == null) {
      missingSince = now;
    } else if (!now.isBefore(missingSince.plus(counterfoilWithin))) {
      raiseMissing(from, "Its leaf is logged and its counterfoil did not come: " + problem);
    }
    return false;
  }

  private void raiseMissing(long position, String summary) {
    raise(
        Kind.COUNTERFOIL_MISSING,
        Severity.HIGH,
        Subject.of(log.name(), position),
        summary,
        JsonObject.builder().build());
  }

  /** The tree is as large as the checkpoint: it counts when it is the checkpoint's. */
  private void reach(Checkpoint goal, Instant now) throws IOException {
    long from = custody.vouchedSize();
    if (custody.root().equals(goal.root())) {
      custody.vouch();
      vouchedOnce = goal.size();
      listener.vouched(log, from, goal.size());
      return;
    }
    OptionalLong misfit;
    try {
      misfit = firstMisfit(Math.max(from, vouchedOnce), goal);
    } catch (IssuerUnavailableException e) {
      LOG.log(System.Logger.Level.WARNING, "log {0}: {1}", log.name(), e.getMessage());
      fetchAgainAt = now.plus(PAUSE_AFTER_MISFIT);
      return;
    }
    if (misfit.isPresent()) {
      raiseMissing(
          misfit.getAsLong(), "What is given out as its counterfoil is not what its leaf says.");
      custody.dropTo(Math.max(from, vouchedOnce));
      fetchAgainAt = now.plus(PAUSE_AFTER_MISFIT);
    } else {
      fork(new Checkpoint(goal.origin(), goal.size(), custody.root()), goal);
    }
  }

  /** The first position whose leaf, as the log's own tiles have it, is not the counterfoil's. */
  private OptionalLong firstMisfit(long from, Checkpoint goal)
      throws IOException, IssuerUnavailableException {
    for (long bundle = from / Tile.FULL_WIDTH; bundle * Tile.FULL_WIDTH < goal.size(); bundle++) {
      byte[] entries = source.entries(log, bundle, goal.size());
      long first = bundle * Tile.FULL_WIDTH;
      long end = Math.min(goal.size(), first + Tile.FULL_WIDTH);
      for (long position = Math.max(first, from); position < end; position++) {
        if (!leaf(entries, (int) (position - first))
            .equals(Optional.of(custody.appendedDigest(position)))) {
          return OptionalLong.of(position);
        }
      }
    }
    return OptionalLong.empty();
  }

  /** The digest in the log's own tile at a position that the last checkpoint covers. */
  Optional<Hash> loggedDigest(long position, long size) {
    try {
      byte[] entries = source.entries(log, position / Tile.FULL_WIDTH, size);
      return leaf(entries, (int) (position % Tile.FULL_WIDTH));
    } catch (IssuerUnavailableException e) {
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log.name(), e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Hash> leaf(byte[] entries, int place) {
    int at = place * Leaf.ENTRY_BYTES;
    if (at + Leaf.ENTRY_BYTES > entries.length) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Leaf.parse(Arrays.copyOfRange(entries, at, at + Leaf.ENTRY_BYTES)).digest());
    } catch (FormatException e) {
      // An entry of another version is the leaf of no token that the monitor knows.
      return Optional.empty();
    }
  }

  private void saveHead(Checkpoint current, Instant now) {
    LogHeads.Head head = new LogHeads.Head(current, vouchedOnce);
    if (!head.equals(savedHead) && !now.isBefore(headSavedAt.plus(HEAD_SAVED_EVERY))) {
      heads.save(domain, log.name(), head);
      savedHead = head;
      headSavedAt = now;
    }
  }

  /** Raises a finding once in a run: a log that stays wrong is looked at several times a second. */
  private void raise(
      Kind kind, Severity severity, Subject subject, String summary, JsonObject detail) {
    if (raised.add(kind + " " + subject.token())) {
      findings.raise(
          new Finding(kind, severity, domain, subject, clock.instant(), 1, summary, detail));
    }
  }
}
