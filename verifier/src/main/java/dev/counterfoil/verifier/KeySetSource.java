package dev.counterfoil.verifier;

import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.CeremonyAlarm;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the key log of one trust domain says fresh: mirrors it whole from {@code
 * <issuer>/logs/keys}, verifies it from the root down, and never goes back.
 */
public final class KeySetSource implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(KeySetSource.class.getName());

  private static final String NO_DELEGATION = CeremonyAlarm.ENDED.text(Optional.empty());

  /** Least time between fetches that requests cause. */
  private static final Duration DEMAND_INTERVAL = Duration.ofMillis(500);

  /** What was verified last, and as of when it is known to be the newest. */
  private record Held(
      VerificationKeys.Rings rings,
      Instant asOf,
      Instant notBefore,
      Instant staleAt,
      KeyLogMirror.View view) {
    static Held of(
        VerificationKeys.Rings rings, Instant asOf, Duration staleAfter, KeyLogMirror.View view) {
      return new Held(rings, asOf, asOf.minus(KeyLogMirror.AHEAD_MAX), asOf.plus(staleAfter), view);
    }

    /** Whether the clock was set back since, or was ahead when it was read. */
    boolean isOfTimeToCome(Instant now) {
      return now.isBefore(notBefore);
    }

    long edition() {
      return view.edition();
    }
  }

  private final TrustPolicy policy;
  private final ReadSide network;
  private final InstantSource clock;
  private final Duration staleAfter;
  private final Duration fetchTimeout;
  private final SignatureCheck signatures;
  private final KeyAlarmWatch alarms;
  private final ClocksApart clocks;
  private final Instant startedAt;
  private final @Nullable KeyLogFollower follower;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Held held;

  /** Whether the issuer's key log was read since the start; what is held may be of before. */
  private volatile boolean heard;

  private volatile @Nullable Consumer<Acknowledgements.Held> listener;

  /** Guarded by fetching; none while the policy does not name the log's key. */
  private @Nullable KeyLogMirror mirror;

  private volatile @Nullable String fork;
  private @Nullable Instant lastDemand;

  /** When the last fetch began; guarded by fetching. */
  private long fetchBegan = System.nanoTime();

  private volatile String lastFailure = "the key log was not read yet";
  private boolean failing;

  /** Fetches in a row that brought nothing; written under fetching. */
  private volatile int failures;

  private volatile boolean closed;
  private volatile Trouble trouble = Trouble.UNREADABLE;

  /** What keeps the last refresh from having brought something. */
  public enum Trouble {
    /** Nothing. */
    NONE,
    /** The key log cannot be read, or what was read does not count. */
    UNREADABLE,
    /** The key log that is served is shorter than one that was served before. */
    ROLLED_BACK,
    /** The key log has signed two histories. */
    FORKED
  }

  /**
   * Starts to keep a domain's key set: at once, and then with each change that the issuer tells of,
   * or every {@code refreshEvery} where it does not.
   */
  public KeySetSource(
      TrustPolicy policy,
      ReadSide network,
      InstantSource clock,
      ScheduledExecutorService scheduler,
      VerifierLimits limits) {
    this(policy, network, clock, scheduler, limits, SignatureCheck.platform());
  }

  KeySetSource(
      TrustPolicy policy,
      ReadSide network,
      InstantSource clock,
      @Nullable ScheduledExecutorService scheduler,
      VerifierLimits limits,
      SignatureCheck signatures) {
    this.policy = policy;
    this.network = network;
    this.clock = clock;
    this.staleAfter = limits.staleAfter();
    this.fetchTimeout = limits.fetchTimeout();
    this.signatures = signatures;
    this.clocks = new ClocksApart(network, URI.create(policy.issuer()));
    this.alarms = new KeyAlarmWatch(policy.issuer(), limits.refreshEvery(), clocks);
    this.startedAt = clock.instant();
    this.follower =
        scheduler == null
            ? null
            : new KeyLogFollower(
                policy,
                network,
                scheduler,
                limits,
                () -> ThreadLocalRandom.current().nextDouble(),
                this);
    if (follower != null) {
      follower.start();
    }
  }

  /** Keeps a domain's keys without a thread: the caller refreshes. */
  public static KeySetSource refreshedByCaller(
      TrustPolicy policy, ReadSide network, InstantSource clock, VerifierLimits limits) {
    return new KeySetSource(policy, network, clock, null, limits, SignatureCheck.platform());
  }

  /**
   * Reads a domain's key log once and gives what counts now.
   *
   * @throws FormatException when it does not verify from the policy's root down, or its last head
   *     is old
   */
  public static KeySet read(TrustPolicy policy, ReadSide network, Instant now)
      throws IOException, FormatException {
    KeyLogMirror.View view;
    try {
      view = new KeyLogMirror(policy, network).advance(now);
    } catch (KeyLogMirror.ForkedException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
    if (view.set().delegation(now).isEmpty()) {
      throw new FormatException(NO_DELEGATION);
    }
    if (!now.isBefore(view.asOf().plus(VerifierLimits.defaults().staleAfter()))) {
      throw new FormatException("the key log's last head is of " + view.asOf());
    }
    return view.set();
  }

  /** The key set that counts now; empty when there is none that is fresh. */
  public Optional<KeySet> current() {
    return fresh() instanceof Fresh.Ring fresh ? Optional.of(fresh.ring().set()) : Optional.empty();
  }

  /** The key ring that counts now, or why there is none. */
  sealed interface Fresh {
    record Ring(VerificationKeys ring) implements Fresh {}

    record Missing(RefusalCode code, String reason) implements Fresh {}
  }

  Fresh fresh() {
    return fresh(clock.instant());
  }

  /** The same at a time that was read a moment ago. */
  Fresh fresh(Instant instant) {
    String forked = fork;
    if (forked != null) {
      return new Fresh.Missing(RefusalCode.KEY_LOG_FORKED, forked);
    }
    Held now = held;
    if (now == null) {
      return new Fresh.Missing(RefusalCode.KEYS_UNAVAILABLE, clocks.with(lastFailure));
    }
    Fresh.Ring ring = now.rings().at(instant);
    if (ring == null) {
      return new Fresh.Missing(RefusalCode.KEYS_STALE, NO_DELEGATION + " (" + lastFailure + ")");
    }
    if (now.isOfTimeToCome(instant)) {
      // A clock that was set back would let expired tokens pass, and keys grow old unnoticed.
      return new Fresh.Missing(
          RefusalCode.KEYS_STALE,
          clocks.with(
              "the key log's last head is of a time to come: check the clocks ("
                  + lastFailure
                  + ")"));
    }
    if (!instant.isBefore(now.staleAt())) {
      return new Fresh.Missing(
          RefusalCode.KEYS_STALE,
          clocks.with("the key log's last head is too old: " + lastFailure));
    }
    return ring;
  }

  /**
   * Fetches for a request that misses something: at most twice a second, whoever asks. Those who
   * come meanwhile share the next fetch, and none waits for its turn longer than one fetch takes:
   * behind an issuer that is slow to answer, requests are answered from what is there. Once two
   * fetches in a row have failed one request asks every {@link ReadCircuit#ASK_AGAIN}, as the
   * background does, and no other waits.
   */
  Fresh refreshOnDemand() {
    long asked = System.nanoTime();
    Instant askedAt = clock.instant();
    try {
      long patience = isAway() ? 0 : fetchTimeout.toNanos();
      if (!fetching.tryLock(patience, TimeUnit.NANOSECONDS)) {
        return fresh();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fresh();
    }
    try {
      Instant last = lastDemand;
      Duration interval = isAway() ? ReadCircuit.ASK_AGAIN : DEMAND_INTERVAL;
      boolean soon =
          last != null && !askedAt.isBefore(last) && askedAt.isBefore(last.plus(interval));
      // What began after this was asked has brought all that this could bring.
      boolean brought = fetchBegan - asked > 0;
      if (!soon && !brought) {
        lastDemand = clock.instant();
        refresh();
      }
    } finally {
      fetching.unlock();
    }
    return fresh();
  }

  private boolean isAway() {
    return failures >= ReadCircuit.FAILURES_MAX;
  }

  /** What keeps the last refresh from having brought something. */
  public Trouble trouble() {
    return trouble;
  }

  /** Whether this host's clock is the authority's. */
  ClocksApart clocks() {
    return clocks;
  }

  /** Why, in words. */
  public String lastFailure() {
    return lastFailure;
  }

  /** How much of the key log is mirrored, in entries. */
  long size() {
    Held now = held;
    return now == null ? 0 : now.rings().set().version();
  }

  /** How much of the open revocation log is mirrored. */
  KeyLogMirror.RevocationsRead revocations() {
    Held now = held;
    return now == null ? new KeyLogMirror.RevocationsRead(0, 0) : now.view().open();
  }

  /**
   * The root that the key log had at a size, as it was mirrored; empty for a size that it has not
   * reached, or left long ago.
   */
  public Optional<Hash> rootAt(long size) {
    Held now = held;
    if (now != null && now.rings().set().version() == size) {
      // The usual question, which waits for no fetch that is under way.
      return Optional.of(now.view().root());
    }
    fetching.lock();
    try {
      KeyLogMirror reading = mirror;
      return reading == null ? Optional.empty() : reading.rootAt(size);
    } finally {
      fetching.unlock();
    }
  }

  /** Whom to tell when the log was looked at, whatever came of it. */
  void tell(Consumer<Acknowledgements.Held> newListener) {
    listener = newListener;
    told();
  }

  /**
   * What a person should do something about before tokens are refused for it: by the key log as it
   * was read last, which may be some time ago, and by this clock. Empty when all is well.
   */
  public List<KeyAlarm> alarms() {
    Held now = heard ? held : null;
    return alarms.alarms(now == null ? null : now.rings().set(), silentSince(now), clock.instant());
  }

  /** Not from before the start: what was signed meanwhile may still arrive. */
  private Instant silentSince(@Nullable Held now) {
    return now == null || now.asOf().isBefore(startedAt) ? startedAt : now.asOf();
  }

  /** Whom to tell of each step of an alarm, once. */
  void tellAlarms(Consumer<KeyAlarm> newListener) {
    alarms.tell(newListener);
  }

  private void told() {
    Held now = heard ? held : null;
    alarms.look(now == null ? null : now.rings().set(), silentSince(now), clock.instant());
    Consumer<Acknowledgements.Held> whom = listener;
    if (now != null && whom != null) {
      whom.accept(
          new Acknowledgements.Held(now.rings().set(), now.view().root(), now.view().counted()));
    }
  }

  /** Fetches and verifies once; a failure leaves what is held, and is logged when it begins. */
  public void refresh() {
    refresh(null);
  }

  /** The same with a head that was fetched already. */
  void take(byte[] head) {
    refresh(head);
  }

  /**
   * Reads what the caller kept of an earlier run, before the first {@link #refresh}: nothing that
   * is shorter counts afterwards. Tells nobody and gives no alarm, since what was signed while the
   * caller was away is not known yet.
   */
  public void seed() {
    read(null);
  }

  private void refresh(byte @Nullable [] head) {
    if (read(head)) {
      heard = true;
    }
    clocks.look();
    told();
  }

  /** Gives whether something was read. */
  private boolean read(byte @Nullable [] head) {
    fetching.lock();
    try {
      return readAlone(head);
    } finally {
      fetching.unlock();
    }
  }

  private boolean readAlone(byte @Nullable [] head) {
    long beganBefore = fetchBegan;
    try {
      fetchBegan = System.nanoTime();
      held = fetch(held, head);
      lastFailure = "it was not read since";
      trouble = Trouble.NONE;
      failures = 0;
      if (failing) {
        failing = false;
        LOG.log(Level.INFO, "key log of {0} is fresh again", policy.issuer());
      }
      return true;
    } catch (KeyLogMirror.ForkedException e) {
      fork = String.valueOf(e.getMessage());
      trouble = Trouble.FORKED;
      LOG.log(Level.ERROR, "{0}; all tokens are refused from now on", fork);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        // Its request was given up, which says nothing of the authority: the next one reads.
        fetchBegan = beganBefore;
        lastDemand = null;
      } else {
        failed(e);
      }
    } catch (FormatException e) {
      failed(e);
    } catch (RuntimeException e) {
      // A scheduled task that throws is never run again, and the keys would go stale.
      failed(e);
    }
    return false;
  }

  private Held fetch(@Nullable Held before, byte @Nullable [] head)
      throws IOException, FormatException, KeyLogMirror.ForkedException {
    KeyLogMirror reading = mirror;
    if (reading == null) {
      reading = new KeyLogMirror(policy, network);
      mirror = reading;
    }
    Instant now = clock.instant();
    KeyLogMirror.View view = reading.advance(now, head);
    // An older head takes nothing from what is known of a newer one, unless clocks went back.
    Instant asOf =
        before != null && before.asOf().isAfter(view.asOf()) && !before.isOfTimeToCome(now)
            ? before.asOf()
            : view.asOf();
    VerificationKeys.Rings rings =
        before != null && before.edition() == view.edition()
            ? before.rings()
            : VerificationKeys.of(view.set(), signatures);
    return Held.of(rings, asOf, staleAfter, view);
  }

  private void failed(Exception failure) {
    KeyLogMirror reading = mirror;
    trouble = reading != null && reading.wentBack() ? Trouble.ROLLED_BACK : Trouble.UNREADABLE;
    lastFailure = String.valueOf(failure.getMessage());
    failures = Math.min(failures + 1, ReadCircuit.FAILURES_MAX);
    // A read that ends because nobody wants it any more is no failure to tell of.
    if (!failing && !closed) {
      failing = true;
      LOG.log(
          Level.WARNING,
          "key log of {0} cannot be read, tokens are refused once its last head is stale: {1}",
          policy.issuer(),
          lastFailure);
    }
  }

  /** Stops refreshing. */
  @Override
  public void close() {
    closed = true;
    if (follower != null) {
      follower.close();
    }
  }
}
