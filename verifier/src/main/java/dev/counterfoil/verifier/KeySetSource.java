package dev.counterfoil.verifier;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.SignedStatement;
import dev.counterfoil.format.TrustPolicy;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the key set of one trust domain fresh: fetches {@code <issuer>/counterfoil/keys}, verifies
 * it from the root down, and never goes back in version.
 */
public final class KeySetSource implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(KeySetSource.class.getName());

  /** Least time between fetches that requests cause. */
  private static final Duration DEMAND_INTERVAL = Duration.ofMillis(500);

  /** What was verified last, and when it was last confirmed. */
  private record Held(String jws, KeyRing ring, Instant fetchedAt) {}

  private final TrustPolicy policy;
  private final URI uri;
  private final ReadSide network;
  private final InstantSource clock;
  private final Duration staleAfter;
  private final Duration fetchTimeout;
  private final SignatureCheck signatures;
  private final ScheduledFuture<?> refreshing;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Held held;
  private @Nullable Instant lastDemand;

  /** When the last fetch began; guarded by fetching. */
  private long fetchBegan = System.nanoTime();

  private volatile String lastFailure = "no key set was fetched yet";
  private boolean failing;

  /** Starts to keep a domain's key set, at once and then every {@code refreshEvery}. */
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
      ScheduledExecutorService scheduler,
      VerifierLimits limits,
      SignatureCheck signatures) {
    this.policy = policy;
    this.uri = URI.create(withoutSlash(policy.issuer()) + "/counterfoil/keys");
    this.network = network;
    this.clock = clock;
    this.staleAfter = limits.staleAfter();
    this.fetchTimeout = limits.fetchTimeout();
    this.signatures = signatures;
    this.refreshing =
        scheduler.scheduleWithFixedDelay(
            this::refresh, 0, limits.refreshEvery().toMillis(), TimeUnit.MILLISECONDS);
  }

  private static String withoutSlash(String issuer) {
    return issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
  }

  /** The key set that counts now; empty when there is none that is fresh. */
  public Optional<KeySet> current() {
    return fresh() instanceof Fresh.Ring fresh ? Optional.of(fresh.ring().set()) : Optional.empty();
  }

  /** The key ring that counts now, or why there is none. */
  sealed interface Fresh {
    record Ring(KeyRing ring) implements Fresh {}

    record Missing(RefusalCode code, String reason) implements Fresh {}
  }

  Fresh fresh() {
    Held now = held;
    if (now == null) {
      return new Fresh.Missing(RefusalCode.KEYS_UNAVAILABLE, lastFailure);
    }
    Instant instant = clock.instant();
    if (!now.ring().holdsAt(instant)) {
      return new Fresh.Missing(
          RefusalCode.KEYS_STALE, "the last key set has ended: " + lastFailure);
    }
    if (!instant.isBefore(now.fetchedAt().plus(staleAfter))) {
      return new Fresh.Missing(
          RefusalCode.KEYS_STALE, "the last key set is too old: " + lastFailure);
    }
    return new Fresh.Ring(now.ring());
  }

  /**
   * Fetches for a request that misses something: at most twice a second, whoever asks. Those who
   * come meanwhile share the next fetch, and none waits for its turn longer than one fetch takes:
   * behind an issuer that is slow to answer, requests are answered from what is there.
   */
  Fresh refreshOnDemand() {
    long asked = System.nanoTime();
    Instant askedAt = clock.instant();
    try {
      if (!fetching.tryLock(fetchTimeout.toNanos(), TimeUnit.NANOSECONDS)) {
        return fresh();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fresh();
    }
    try {
      Instant last = lastDemand;
      boolean soon = last != null && askedAt.isBefore(last.plus(DEMAND_INTERVAL));
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

  /** Fetches and verifies once; a failure leaves what is held, and is logged when it begins. */
  void refresh() {
    fetching.lock();
    try {
      fetchBegan = System.nanoTime();
      held = fetch(held);
      lastFailure = "it was not fetched since";
      if (failing) {
        failing = false;
        LOG.log(Level.INFO, "key set of {0} is fresh again", policy.issuer());
      }
    } catch (IOException | FormatException e) {
      failed(e);
    } catch (RuntimeException e) {
      // A scheduled task that throws is never run again, and the keys would go stale.
      failed(e);
    } finally {
      fetching.unlock();
    }
  }

  private Held fetch(@Nullable Held before) throws IOException, FormatException {
    byte[] body = network.get(uri, SignedStatement.LENGTH_MAX);
    String jws = new String(body, StandardCharsets.US_ASCII).strip();
    Instant now = clock.instant();
    if (before != null && before.jws().equals(jws) && before.ring().holdsAt(now)) {
      return new Held(before.jws(), before.ring(), now);
    }
    KeyRing ring = KeyRing.verify(jws, policy, now, signatures);
    if (before != null) {
      Optional<String> objection = ring.objectionAfter(before.ring());
      if (objection.isPresent()) {
        throw new FormatException(objection.get());
      }
    }
    return new Held(jws, ring, now);
  }

  private void failed(Exception failure) {
    lastFailure = String.valueOf(failure.getMessage());
    if (!failing) {
      failing = true;
      LOG.log(
          Level.WARNING,
          "key set of {0} cannot be refreshed, tokens are refused once it is stale: {1}",
          policy.issuer(),
          lastFailure);
    }
  }

  /** Stops refreshing. */
  @Override
  public void close() {
    refreshing.cancel(false);
  }
}
