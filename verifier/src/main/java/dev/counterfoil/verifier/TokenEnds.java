package dev.counterfoil.verifier;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether tokens that were verified still hold, and who wants to hear when one does not.
 *
 * <p>One task looks for all of them. Nothing is looked at twice for the same keys: between two
 * changes only those are looked at whose time has come, and those for which the log's own word
 * stands in for a quorum's.
 */
final class TokenEnds implements AutoCloseable {
  /** How often it is looked. */
  static final Duration EVERY = Duration.ofMillis(250);

  /** Sessions watched at one time: some 200 bytes each, and what their tokens say. */
  static final int WATCHES_MAX = 100_000;

  private static final System.Logger LOG = System.getLogger(TokenEnds.class.getName());

  /**
   * What a token was found good by.
   *
   * @param ends where it is asked whether it still is
   * @param key that signed it
   * @param log that holds it; null for a token that passed though its log is not stated
   */
  record Grounds(TokenEnds ends, TrustedKey key, KeySet.@Nullable StatedLog log) {}

  /**
   * What all tokens depend on.
   *
   * @param ring null while no keys count
   * @param missing why they do not
   * @param forks logs that signed two histories
   */
  private record State(
      @Nullable VerificationKeys ring, @Nullable RefusalCode missing, long forks) {}

  private record Ended(EndWatch watch, Refused why) {}

  private final TokenCheck.Surroundings around;
  private final Collection<LogView> views;
  private final boolean reportedOnly;
  private final boolean quorumAsked;
  private final ScheduledExecutorService scheduler;

  /** All below: guarded by this. */
  private final TreeSet<EndWatch> watches =
      new TreeSet<>(Comparator.comparing(EndWatch::expiresAt).thenComparingLong(EndWatch::number));

  /** Those of tokens that no quorum vouched for: their grounds end by themselves. */
  private final Set<EndWatch> provisional = new HashSet<>();

  /** Those that were not looked at since they came. */
  private final Set<EndWatch> unseen = new HashSet<>();

  private long numbers;
  private @Nullable State last;
  private @Nullable ScheduledFuture<?> looking;
  private boolean closed;

  TokenEnds(
      TokenCheck.Surroundings around,
      Collection<LogView> views,
      boolean reportedOnly,
      boolean quorumAsked,
      ScheduledExecutorService scheduler) {
    this.around = around;
    this.views = views;
    this.reportedOnly = reportedOnly;
    this.quorumAsked = quorumAsked;
    this.scheduler = scheduler;
  }

  /** Why a token is no good any more; empty while it is. Reads nothing over the network. */
  Optional<Refused> ended(Verified verified) {
    return expiredOrRevoked(verified)
        .or(() -> keyChanged(verified.grounds()))
        .or(() -> notShown(verified));
  }

  /** What its own time and the key log say against a token. */
  Optional<Refused> expiredOrRevoked(Verified verified) {
    if (!around.now().isBefore(verified.expiresAt())) {
      return Optional.of(new Refused(RefusalCode.EXPIRED, "token is expired"));
    }
    KeySetSource.Fresh keys = around.keys();
    if (keys instanceof KeySetSource.Fresh.Ring fresh) {
      return fresh
          .ring()
          .revocation(
              verified.keyId(),
              verified.tokenId(),
              verified.issuedAt(),
              verified.group().orElse(null))
          .map(code -> new Refused(code, VerificationKeys.text(code)))
          .or(() -> pastEnd(verified, fresh.ring()));
    }
    KeySetSource.Fresh.Missing missing = (KeySetSource.Fresh.Missing) keys;
    return Optional.of(new Refused(missing.code(), missing.reason()));
  }

  /**
   * The end that the key log states ends what a record log took beyond it: its key is another
   * issuer's, and is not revoked with the log's signer.
   */
  private static Optional<Refused> pastEnd(Verified verified, VerificationKeys ring) {
    return verified.grounds().key().statement().record() instanceof RecordForm.Digest
        ? ring.endedBefore(verified.tokenId().log(), verified.position())
            .map(VerificationKeys::pastEnd)
        : Optional.empty();
  }

  /** A key that is stated otherwise, or delegated no more, is another key to long sessions. */
  private Optional<Refused> keyChanged(Grounds grounds) {
    if (around.keys() instanceof KeySetSource.Fresh.Ring fresh) {
      TrustedKey key = fresh.ring().key(grounds.key().kid());
      if (key != null && key.statement().equals(grounds.key().statement())) {
        return Optional.empty();
      }
    }
    return Optional.of(new Refused(RefusalCode.KEY_UNKNOWN, "token's key is stated no more"));
  }

  private Optional<Refused> notShown(Verified verified) {
    Grounds grounds = verified.grounds();
    KeySet.StatedLog log = grounds.log();
    if (log == null) {
      return Optional.empty();
    }
    if (reportedOnly && grounds.key().statement().record() instanceof RecordForm.Position) {
      return Optional.empty();
    }
    LogView view = around.view(log);
    if (view.isForked()) {
      return Optional.of(new Refused(RefusalCode.LOG_FORKED, "the log has signed two histories"));
    }
    return !verified.proof().isCosigned() && view.isOverdue(verified.position())
        ? Optional.of(
            new Refused(
                RefusalCode.NOT_COSIGNED,
                "the policy's witnesses have not cosigned it for too long"))
        : Optional.empty();
  }

  /**
   * Calls back once when a token ends.
   *
   * @throws IllegalStateException when {@link #WATCHES_MAX} are watched, or the verifier is closed
   */
  EndWatch watch(Verified verified, Consumer<Refused> listener) {
    EndWatch watch;
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the verifier is closed");
      }
      if (watches.size() >= WATCHES_MAX) {
        throw new IllegalStateException("more than " + WATCHES_MAX + " tokens are watched");
      }
      if (looking == null) {
        // First: what a scheduler refuses that was shut down is not to be kept.
        looking =
            scheduler.scheduleWithFixedDelay(
                this::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
      }
      watch = new EndWatch(this, verified, numbers++, listener);
      watches.add(watch);
      unseen.add(watch);
      if (quorumAsked && !verified.proof().isCosigned()) {
        provisional.add(watch);
      }
    }
    return watch;
  }

  /** How many are watched. */
  synchronized int watched() {
    return watches.size();
  }

  synchronized void forget(EndWatch watch) {
    watches.remove(watch);
    provisional.remove(watch);
    unseen.remove(watch);
  }

  /** Looks which tokens have ended, and calls back. */
  void look() {
    try {
      for (Ended ended : takeEnded()) {
        tell(ended);
      }
    } catch (RuntimeException e) {
      // A scheduled task that throws is never run again.
      LOG.log(Level.WARNING, "ends of tokens cannot be looked for", e);
    }
  }

  private synchronized List<Ended> takeEnded() {
    if (watches.isEmpty()) {
      return List.of();
    }
    State state = state();
    Collection<EndWatch> due = state.equals(last) ? dueAnyway() : watches;
    last = state;
    unseen.clear();
    List<Ended> ended = new ArrayList<>();
    for (EndWatch watch : due) {
      ended(watch.verified()).ifPresent(why -> ended.add(new Ended(watch, why)));
    }
    ended.forEach(one -> forget(one.watch()));
    return ended;
  }

  private Collection<EndWatch> dueAnyway() {
    Set<EndWatch> due = new HashSet<>(provisional);
    due.addAll(unseen);
    Instant now = around.now();
    for (EndWatch watch : watches) {
      if (now.isBefore(watch.expiresAt())) {
        break;
      }
      due.add(watch);
    }
    return due;
  }

  private State state() {
    long forks = views.stream().filter(LogView::isForked).count();
    KeySetSource.Fresh keys = around.keys();
    return keys instanceof KeySetSource.Fresh.Ring fresh
        ? new State(fresh.ring(), null, forks)
        : new State(null, ((KeySetSource.Fresh.Missing) keys).code(), forks);
  }

  private static void tell(Ended ended) {
    try {
      ended.watch().end(ended.why());
    } catch (RuntimeException e) {
      // The service's own: what it throws must not keep others from hearing.
      LOG.log(Level.WARNING, "whoever waits for the end of a token failed", e);
    }
  }

  /** Ends every session: nobody looks any more. */
  @Override
  public void close() {
    List<EndWatch> left;
    synchronized (this) {
      closed = true;
      ScheduledFuture<?> task = looking;
      if (task != null) {
        task.cancel(false);
      }
      left = List.copyOf(watches);
      watches.clear();
      provisional.clear();
      unseen.clear();
    }
    Refused why = new Refused(RefusalCode.KEYS_UNAVAILABLE, "the verifier was closed");
    left.forEach(watch -> tell(new Ended(watch, why)));
  }
}
