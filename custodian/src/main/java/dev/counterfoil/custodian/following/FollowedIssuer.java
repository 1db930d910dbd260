package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.held.HeldEntry;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.HeldKeyLog;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.SignerWord;
import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.VerifierLimits;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One trust domain as a custodian knows it: its verified key set and its logs. Refreshed by one
 * thread, read by any.
 */
public final class FollowedIssuer {
  /** How often the key log is looked at. */
  static final Duration KEY_SET_EVERY = Duration.ofSeconds(1);

  /** What is known of the keys goes on to count while the issuer is away. */
  private static final Duration KEPT_FOR = Duration.ofDays(365);

  /** For what is on its way to be held. */
  public static final Duration MOMENT = Duration.ofSeconds(2);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

  private static final System.Logger LOG = System.getLogger(FollowedIssuer.class.getName());

  /** Makes what follows a log that the key set names. */
  public interface FollowerFactory {
    /** Of a token log. */
    LogFollower follow(StatedLog log) throws IOException;

    /** Of a record log. */
    MirroredLog mirror(StatedLog log) throws IOException;
  }

  /** Told of every key set that was verified and is new. */
  @FunctionalInterface
  public interface KeySetListener {
    void taken(String domain, KeySet keySet, Instant at);
  }

  /** Told that this machine's clock has agreed with the others' of a domain for a while. */
  @FunctionalInterface
  public interface ClockListener {
    void right(String domain, Instant since);
  }

  private final TrustPolicy policy;
  private final HeldKeyLog keyLog;
  private final KeySetSource keys;
  private final Alarm.Sink alarms;
  private final KeySetListener listener;
  private final FollowerFactory factory;
  private final ClockCheck clocks;
  private final ClockAlarm clockAlarm;
  private final InstantSource clock;
  private volatile Runnable onHeld = () -> {};
  private final Map<String, LogFollower> followers = new ConcurrentHashMap<>();
  private final Map<String, MirroredLog> mirrors = new ConcurrentHashMap<>();
  private final List<LogFollower> auditLogs = new CopyOnWriteArrayList<>();

  private KeySetSource.Trouble lastTrouble = KeySetSource.Trouble.NONE;
  private TimedPause sinceRefresh = TimedPause.OVER;
  private boolean isSeeded;
  private volatile Instant keysReadAt = Instant.MIN;
  private volatile @Nullable KeySet keySet;

  /**
   * Follows an issuer.
   *
   * @param keyLog what is held of its key log, and where more is read
   * @param clocks this machine's clock beside those of the key log's witnesses
   */
  public FollowedIssuer(
      TrustPolicy policy,
      HeldKeyLog keyLog,
      Alarm.Sink alarms,
      KeySetListener listener,
      ClockListener clockListener,
      FollowerFactory factory,
      ClockCheck clocks,
      InstantSource clock) {
    this.policy = policy;
    this.keyLog = keyLog;
    this.keys =
        KeySetSource.refreshedByCaller(
            policy, keyLog, clock, VerifierLimits.defaults().withKeys(KEY_SET_EVERY, KEPT_FOR));
    this.alarms = alarms;
    this.listener = listener;
    this.factory = factory;
    this.clocks = clocks;
    this.clockAlarm = new ClockAlarm(policy.domain(), clocks, alarms, clockListener);
    this.clock = clock;
  }

  public String name() {
    return policy.domain();
  }

  public String issuer() {
    return policy.issuer();
  }

  /** Whom to tell when more of the key log is held. */
  public void onHeld(Runnable told) {
    onHeld = told;
  }

  /** What is held of the key log. */
  public HeldKeyLog keyLog() {
    return keyLog;
  }

  /** The newest key set that was verified; empty before the first. */
  public Optional<KeySet> keySet() {
    return Optional.ofNullable(keySet);
  }

  /** The alarms that its keys give now; also when its key log cannot be read. */
  public List<KeyAlarm> keyAlarms() {
    return keys.alarms();
  }

  /**
   * How far this machine's clock is from the median of the domain's witnesses, where that is
   * further than it may be: ahead, or behind when negative. Where the policy has no quorum, from
   * the times of the key log's heads.
   */
  public Optional<Duration> clockOff() {
    return clocks.off();
  }

  /** Whether it is this clock that is wrong: a quorum says so, and not one other clock alone. */
  public boolean isClockWrong() {
    return clocks.decides() && clocks.off().isPresent();
  }

  /**
   * Whether this machine's clock is known to agree with the domain's witnesses: not before they
   * were heard. Where the policy has no quorum, whether no head of the key log tells another time.
   */
  public boolean isClockRight() {
    return clocks.isRight();
  }

  /** The record logs that are mirrored, by their short names. */
  public Map<String, MirroredLog> mirrors() {
    return Collections.unmodifiableMap(mirrors);
  }

  /** Adds an audit log, of which this issuer's client reads; somebody else looks at it. */
  public void holdsAuditLog(LogFollower follower) {
    auditLogs.add(follower);
  }

  /** The audit logs that are held as a client of this issuer. */
  public List<LogFollower> auditLogs() {
    return Collections.unmodifiableList(auditLogs);
  }

  /** Everything of which records are held, token logs and audit logs. */
  public List<LogFollower> ofRecords() {
    List<LogFollower> all = new ArrayList<>(followers.values());
    all.addAll(auditLogs);
    return all;
  }

  /** The token logs that are followed, by their short names. */
  public Map<String, LogFollower> followers() {
    return Collections.unmodifiableMap(followers);
  }

  /** Follows a log that an earlier key set stated. */
  public void resume(StatedLog log) throws IOException {
    follow(log);
  }

  private void follow(StatedLog log) throws IOException {
    if (TokenId.isRecordLogName(log.name())) {
      mirrors.put(log.name(), factory.mirror(log));
    } else {
      followers.put(log.name(), factory.follow(log));
    }
  }

  /** Refreshes the key set when it is time, then looks at every log. */
  public LogFollower.Progress look() throws IOException {
    Instant now = clock.instant();
    if (sinceRefresh.isOver(now)) {
      sinceRefresh = TimedPause.from(now, KEY_SET_EVERY);
      refresh(now);
      clockAlarm.look(now);
    }
    LogFollower.Progress progress =
        keySet == null ? LogFollower.Progress.STUCK : LogFollower.Progress.LEVEL;
    for (LogFollower follower : followers.values()) {
      LogFollower.Progress one = follower.look();
      progress = one.compareTo(progress) < 0 ? one : progress;
    }
    for (MirroredLog mirror : mirrors.values()) {
      LogFollower.Progress one = mirror.look();
      progress = one.compareTo(progress) < 0 ? one : progress;
    }
    return progress;
  }

  private void refresh(Instant now) throws IOException {
    if (!isSeeded) {
      // What is shorter than what is held is not taken, also not by a custodian that starts anew.
      isSeeded = true;
      if (keyLog.vouched().isPresent()) {
        keyLog.locally(keys::seed);
      }
    }
    keys.refresh();
    KeySetSource.Trouble trouble = keys.trouble();
    if (trouble != lastTrouble) {
      lastTrouble = trouble;
      switch (trouble) {
        case ROLLED_BACK ->
            alarm(
                now,
                "The issuer serves a shorter key log than before, which could hide"
                    + " recent revocations from verifiers.");
        case FORKED ->
            alarm(
                now,
                "The issuer's key log has signed two histories. Either somebody else"
                    + " has its keys, or its disk was put back.");
        case NONE, UNREADABLE -> {
          // The source says so in the process's own log.
        }
      }
    }
    if (trouble == KeySetSource.Trouble.NONE && keyLog.keep(keys::rootAt)) {
      onHeld.run();
    }
    Optional<KeySet> fresh = keys.current();
    if (fresh.isPresent() && !fresh.get().equals(keySet)) {
      take(fresh.get(), now);
    }
    if (trouble == KeySetSource.Trouble.NONE) {
      // Last: who sees it sees what was read.
      keysReadAt = now;
    }
  }

  /** When the key log was last asked for, and answered: what was stated before is known. */
  public Instant keysReadAt() {
    return keysReadAt;
  }

  private void alarm(Instant now, String text) {
    KeySet before = keySet;
    alarms.raise(
        new Alarm(
            Alarm.Kind.KEY_SET_ROLLBACK,
            name(),
            before == null ? "key log" : "key log of size " + before.version(),
            "",
            OptionalLong.empty(),
            now,
            text,
            JsonObject.builder().put("why", keys.lastFailure()).build()));
  }

  private void take(KeySet fresh, Instant now) throws IOException {
    listener.taken(name(), fresh, now);
    keySet = fresh;
    for (StatedLog log : fresh.logs()) {
      Optional<StatedLog> known = known(log.name());
      if (known.isEmpty()) {
        follow(log);
      } else if (!known.get().key().equals(log.key())) {
        // A log never changes its key: its tokens are judged by the key that was stated first.
        LOG.log(System.Logger.Level.ERROR, "log {0} is stated with another key", log.name());
      }
    }
  }

  private Optional<StatedLog> known(String log) {
    return Optional.ofNullable(followers.get(log))
        .map(LogFollower::log)
        .or(() -> Optional.ofNullable(mirrors.get(log)).map(MirroredLog::log));
  }

  /** The root of a log, or of the key log, at a size; empty where it is not known here. */
  public Optional<Hash> rootAt(String log, long size) throws IOException {
    if (log.equals(KeyLog.NAME)) {
      return keys.rootAt(size);
    }
    MirroredLog mirror = mirrors.get(log);
    if (mirror != null) {
      return mirror.rootAt(size);
    }
    LogFollower follower = followers.get(log);
    return follower == null ? Optional.empty() : follower.rootAt(size);
  }

  /**
   * How many entries a log published, or ended with by the key log, as far as was seen here: never
   * fewer than are held. It may be more where the log is {@link #unread}.
   */
  public long publishedSize(LogFollower follower) throws IOException {
    String name = follower.log().name();
    long ended =
        keySet().stream()
            .flatMap(keys -> keys.endedLogs().stream())
            .filter(one -> one.log().equals(name))
            .mapToLong(KeySet.EndedLog::size)
            .max()
            .orElse(0);
    Optional<byte[]> seen = follower.seen();
    try {
      long published =
          seen.isEmpty() ? 0 : Checkpoint.verify(seen.get(), follower.log().key()).size();
      return Math.max(follower.custody().vouchedSize(), Math.max(ended, published));
    } catch (FormatException e) {
      throw new IOException("the checkpoint of log " + name + " is damaged", e);
    }
  }

  /**
   * A log whose published size is not known: it was read too long ago, or never.
   *
   * @param log its short name
   * @param since when it was read last; empty where it was not since the start
   */
  public record Unread(String log, Optional<Instant> since) {}

  /**
   * Empty while it is known what a log published: it was read just now, or the key log ended it.
   */
  public Optional<Unread> unread(LogFollower follower) {
    return isEnded(follower)
        ? Optional.empty()
        : unread(
            follower.log().name(), follower.view().map(FollowedLogView::asOf), clock.instant());
  }

  /** Whether the key log ended a log: it publishes nothing more. */
  public boolean isEnded(LogFollower follower) {
    return keySet().stream()
        .flatMap(keys -> keys.endedLogs().stream())
        .anyMatch(one -> one.log().equals(follower.log().name()));
  }

  /** The same of the key log: also whether its newest key set is what is published now. */
  public Optional<Unread> unreadKeyLog() {
    return unread(
        KeyLog.NAME, Optional.of(keysReadAt).filter(Instant.MIN::isBefore), clock.instant());
  }

  private static Optional<Unread> unread(String log, Optional<Instant> readAt, Instant now) {
    return readAt.filter(at -> FollowedLogView.isFresh(at, now)).isPresent()
        ? Optional.empty()
        : Optional.of(new Unread(log, readAt));
  }

  /** The published size, after a moment for what is on its way to be held. */
  public long publishedSizeAfterAMoment(LogFollower follower) throws IOException {
    long size = publishedSize(follower);
    awaitHeld(follower, size, System.nanoTime() + MOMENT.toNanos());
    return size;
  }

  /**
   * The logs of which less is held than is published, by name. What is on its way is waited for.
   *
   * @param moment how long at most, for all of them
   */
  public Set<String> notHeld(Duration moment) throws IOException {
    Set<String> behind = new TreeSet<>();
    long until = System.nanoTime() + moment.toNanos();
    for (LogFollower follower : List.copyOf(followers.values())) {
      if (!awaitHeld(follower, publishedSize(follower), until)) {
        behind.add(follower.log().name());
      }
    }
    return behind;
  }

  private static boolean awaitHeld(LogFollower follower, long size, long untilNanos) {
    while (follower.custody().vouchedSize() < size) {
      if (System.nanoTime() - untilNanos >= 0) {
        return false;
      }
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
    }
    return true;
  }

  /** How far a log is known. */
  public Optional<FollowedLogView> view(String log) {
    return Optional.ofNullable(followers.get(log)).flatMap(LogFollower::view);
  }

  /** The counterfoil at a position that is held. */
  public Optional<HeldToken> counterfoil(String log, long position) throws IOException {
    LogFollower follower = followers.get(log);
    return follower == null ? Optional.empty() : follower.custody().held().counterfoil(position);
  }

  /** The digest that is held at a position; also where the counterfoil itself was shredded. */
  public Optional<Hash> heldDigest(String log, long position) throws IOException {
    LogFollower follower = followers.get(log);
    return follower == null
        ? Optional.empty()
        : follower.custody().held().entry(position).map(HeldEntry::digest);
  }

  /** The digest in the log's own tile at a position, where it can be read. */
  public Optional<Hash> loggedDigest(String log, long position, long size) {
    LogFollower follower = followers.get(log);
    return follower == null ? Optional.empty() : follower.loggedDigest(position, size);
  }

  /** What the authority says of a log's signer and a token; empty when it does not answer. */
  public Optional<SignerWord> word(String log, Hash digest) {
    LogFollower follower = followers.get(log);
    try {
      return follower == null
          ? Optional.empty()
          : Optional.of(follower.source().word(follower.log(), digest));
    } catch (IssuerUnavailableException e) {
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", log, e.getMessage());
      return Optional.empty();
    }
  }

  /** When a log's signer answered last. */
  public Instant answeredAt(String log) {
    LogFollower follower = followers.get(log);
    return follower == null ? Instant.EPOCH : follower.answeredAt();
  }

  /** The digest at a position of which a record came and no head of the log covers it. */
  public Optional<Hash> unvouchedDigest(String log, long position) throws IOException {
    LogFollower follower = followers.get(log);
    return follower == null ? Optional.empty() : follower.unvouchedDigest(position);
  }

  /**
   * Where a record log has a digest, proved under its signed checkpoint.
   *
   * @param logs by short name, those that are asked
   * @throws IssuerUnavailableException when none has it that answered, and one of them did not
   */
  public Optional<TokenId> recorded(Hash digest, Predicate<String> logs)
      throws IssuerUnavailableException {
    IssuerUnavailableException unanswered = null;
    for (MirroredLog mirror : mirrors.values()) {
      String log = mirror.log().name();
      try {
        OptionalLong position = logs.test(log) ? mirror.position(digest) : OptionalLong.empty();
        if (position.isPresent()) {
          return Optional.of(new TokenId(log, position.getAsLong(), digest));
        }
      } catch (IssuerUnavailableException e) {
        unanswered = e;
      }
    }
    if (unanswered != null) {
      throw unanswered;
    }
    return Optional.empty();
  }

  /** Issuers whose tokens this domain records, by its newest key set. */
  public Set<String> attachedIssuers() {
    return keySet().stream()
        .flatMap(keys -> keys.keys().stream())
        .filter(KeyStatement::isForeign)
        .map(KeyStatement::issuer)
        .collect(Collectors.toSet());
  }

  /**
   * How many entries a log publishes now, asked just now.
   *
   * @throws IssuerUnavailableException when its authority does not answer
   */
  public long publishedNow(LogFollower follower) throws IssuerUnavailableException {
    StatedLog log = follower.log();
    try {
      return Checkpoint.verify(follower.source().checkpoint(log), log.key()).size();
    } catch (FormatException e) {
      throw new IssuerUnavailableException("the checkpoint of " + log.name() + " is damaged", e);
    }
  }

  /** Whether any log holds a digest. */
  public boolean holds(Hash digest) throws IOException {
    for (LogFollower follower : followers.values()) {
      OptionalLong position = follower.custody().held().find(digest);
      if (position.isPresent()) {
        return true;
      }
    }
    return false;
  }
}
