package dev.counterfoil.custodian;

import dev.counterfoil.format.Checkpoint;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells a log's issuer what is held, always the newest. A second word may go out while the first is
 * under way, so that what comes to be held meanwhile does not wait for the whole way there and
 * back; what grew while two are under way needs no word of its own.
 */
final class HeldAcknowledgement {
  private static final System.Logger LOG = System.getLogger(HeldAcknowledgement.class.getName());
  private static final int TAKEN_AND_AWAITED = 200;
  private static final int TAKEN = 202;
  private static final int UNDER_WAY_MAX = 2;
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(1);
  private static final Duration PAUSE_WHEN_UNAVAILABLE = Duration.ofMillis(500);
  private static final Duration PAUSE_WHEN_NOT_WANTED = Duration.ofSeconds(5);

  /** Where it is told. */
  @FunctionalInterface
  interface Issuer {
    /** Sends a cosigned checkpoint; gives the status, or fails where there is no answer. */
    CompletableFuture<Integer> held(byte[] note);
  }

  private final Issuer issuer;
  private final Supplier<Optional<CustodyLog.Vouched>> held;
  private final HeldNotes notes;
  private final Bell grew;
  private final Semaphore free = new Semaphore(UNDER_WAY_MAX);
  private volatile @Nullable Checkpoint told;

  /** How long to be silent, by the last answer. */
  private volatile Duration pause = Duration.ZERO;

  /**
   * Has told nothing yet.
   *
   * @param held what is held by now
   * @param grew rung when that is more
   */
  HeldAcknowledgement(
      Issuer issuer, Supplier<Optional<CustodyLog.Vouched>> held, HeldNotes notes, Bell grew) {
    this.grew = grew;
    this.issuer = issuer;
    this.held = held;
    this.notes = notes;
  }

  /** There is more to tell. */
  void ring() {
    grew.ring();
  }

  /** Tells until the process stops. */
  void run(CountDownLatch stop) throws InterruptedException {
    while (stop.getCount() > 0) {
      grew.await(LONGEST_SILENCE);
      Duration silence = pause;
      pause = Duration.ZERO;
      if (!silence.isZero() && stop.await(silence.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
      while (!free.tryAcquire(LONGEST_SILENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        if (stop.getCount() == 0) {
          return;
        }
      }
      tell();
    }
  }

  /** Tells what is new. */
  private void tell() {
    Optional<CustodyLog.Vouched> vouched = held.get();
    if (vouched.isEmpty() || vouched.get().checkpoint().equals(told)) {
      free.release();
      return;
    }
    told = vouched.get().checkpoint();
    CompletableFuture<Void> _ =
        issuer
            .held(notes.cosign(vouched.get().note()).bytes())
            .handle(HeldAcknowledgement::pauseAfter)
            .thenAccept(
                silence -> {
                  // Where nobody waits for it, a word now and then is enough.
                  pause = silence.length;
                  if (!silence.isTold) {
                    told = null;
                  }
                  free.release();
                });
  }

  private record Silence(boolean isTold, Duration length) {}

  private static Silence pauseAfter(@Nullable Integer status, @Nullable Throwable failure) {
    if (status == null) {
      LOG.log(System.Logger.Level.DEBUG, "what is held is not taken: {0}", failure);
      return new Silence(false, PAUSE_WHEN_UNAVAILABLE);
    }
    return switch (status) {
      case TAKEN_AND_AWAITED -> new Silence(true, Duration.ZERO);
      case TAKEN -> new Silence(true, LONGEST_SILENCE);
      default -> {
        LOG.log(System.Logger.Level.DEBUG, "what is held is not taken: status {0}", status);
        yield new Silence(false, status >= 500 ? PAUSE_WHEN_UNAVAILABLE : PAUSE_WHEN_NOT_WANTED);
      }
    };
  }
}
