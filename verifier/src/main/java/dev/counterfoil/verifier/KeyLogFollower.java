package dev.counterfoil.verifier;

import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a {@link KeySetSource} fresh: asks for a head of the key log that is larger than the one
 * known, which the issuer holds back until there is one, and asks again when the answer is there.
 * So a revocation is here as soon as it is published. Where the issuer does not hold back, it is
 * asked every {@link VerifierLimits#refreshEvery}.
 *
 * <p>There is one question at a time, and no thread waits for its answer. What failed is tried
 * again after a time that chance varies, so that the verifiers of an issuer that comes back do not
 * all come at once.
 */
final class KeyLogFollower implements AutoCloseable {
  /**
   * Longest time that an answer is held back. Each brings a head that is as old at most, which
   * keeps the mirror as fresh as polling does.
   */
  static final Duration HOLD = Duration.ofSeconds(5);

  /** How long an issuer that does not hold back is polled before it is tried again. */
  private static final Duration POLL_FOR = Duration.ofMinutes(1);

  private static final System.Logger LOG = System.getLogger(KeyLogFollower.class.getName());
  private static final int HEAD_BYTES_MAX = 64 * 1024;

  private final URI url;
  private final ReadSide network;
  private final ScheduledExecutorService scheduler;
  private final Duration every;
  private final Duration hold;
  private final DoubleSupplier chance;
  private final KeySetSource source;
  private volatile boolean closed;
  private volatile @Nullable CompletableFuture<byte[]> question;

  /** When to ask again what the issuer did not know; a time of System.nanoTime. */
  private @Nullable Long pollUntil;

  /**
   * Makes one; {@link #start} begins.
   *
   * @param chance numbers from 0 to 1, to spread retries
   */
  KeyLogFollower(
      TrustPolicy policy,
      ReadSide network,
      ScheduledExecutorService scheduler,
      VerifierLimits limits,
      DoubleSupplier chance,
      KeySetSource source) {
    this.url = KeyLog.url(policy.issuer());
    this.network = network;
    this.scheduler = scheduler;
    this.every = limits.refreshEvery();
    Duration third = limits.staleAfter().dividedBy(3);
    this.hold = third.compareTo(HOLD) < 0 ? third : HOLD;
    this.chance = chance;
    this.source = source;
  }

  void start() {
    soon(Duration.ZERO);
  }

  private void soon(Duration pause) {
    if (closed) {
      return;
    }
    try {
      Future<?> unused =
          scheduler.schedule(guarded(this::step), pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The scheduler was shut down, and this ends with it.
      closed = true;
    }
  }

  /** A way of reading is the service's own: what it throws must not end the following. */
  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "following {0}: {1}", url, e.toString());
        soon(varied(every));
      }
    };
  }

  private Duration varied(Duration pause) {
    return Duration.ofNanos((long) (pause.toNanos() * (0.5 + chance.getAsDouble())));
  }

  /** Reads what there is, and then waits for more where that is possible. */
  private void step() {
    source.refresh();
    Long until = pollUntil;
    if (until != null && System.nanoTime() - until < 0) {
      soon(every);
    } else if (source.trouble() != KeySetSource.Trouble.NONE) {
      soon(varied(every));
    } else {
      ask();
    }
  }

  private void ask() {
    long asked = System.nanoTime();
    KeyLogMirror.RevocationsRead open = source.revocations();
    // Who does not know the last parameter answers when the key log itself grows.
    CompletableFuture<byte[]> held =
        network.await(
            URI.create(
                "%s/head?after=%d&wait=%dms&revoked=%d"
                    .formatted(url, source.size(), hold.toMillis(), open.size())),
            HEAD_BYTES_MAX,
            hold);
    question = held;
    CompletableFuture<byte[]> unused =
        held.whenComplete(
            (head, failure) -> {
              if (closed) {
                return;
              }
              try {
                scheduler.execute(guarded(() -> answered(asked, head, failure)));
              } catch (RejectedExecutionException e) {
                closed = true;
              }
            });
    if (closed) {
      held.cancel(true);
    }
  }

  private void answered(long asked, byte @Nullable [] head, @Nullable Throwable failure) {
    if (closed) {
      return;
    }
    question = null;
    if (head != null) {
      long before = source.size();
      KeyLogMirror.RevocationsRead open = source.revocations();
      source.take(head);
      boolean held = System.nanoTime() - asked >= hold.toNanos() / 2;
      if (source.trouble() == KeySetSource.Trouble.NONE
          && (held || source.size() > before || !source.revocations().equals(open))) {
        ask();
      } else {
        // Answered at once and nothing new: whoever stands there does not hold back.
        soon(varied(every));
      }
      return;
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof FileNotFoundException) {
      pollUntil = System.nanoTime() + POLL_FOR.toNanos();
      soon(every);
    } else {
      soon(Duration.ofNanos((long) (every.toNanos() * chance.getAsDouble())));
    }
  }

  @Override
  public void close() {
    closed = true;
    CompletableFuture<byte[]> open = question;
    if (open != null) {
      open.cancel(true);
    }
  }
}
