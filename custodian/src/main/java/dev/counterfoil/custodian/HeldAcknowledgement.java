package dev.counterfoil.custodian;

import dev.counterfoil.format.Checkpoint;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells a log's issuer what is held, one word after the other, always the newest: what grew while
 * the last one was under way needs no word of its own.
 */
final class HeldAcknowledgement {
  private static final System.Logger LOG = System.getLogger(HeldAcknowledgement.class.getName());
  private static final int TAKEN_AND_AWAITED = 200;
  private static final int TAKEN = 202;
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(1);
  private static final Duration PAUSE_WHEN_UNAVAILABLE = Duration.ofMillis(500);
  private static final Duration PAUSE_WHEN_NOT_WANTED = Duration.ofSeconds(5);

  /** Where it is told. */
  @FunctionalInterface
  interface Issuer {
    /** Sends a cosigned checkpoint; gives the status. */
    int held(byte[] note) throws IssuerUnavailableException;
  }

  private final Issuer issuer;
  private final Supplier<Optional<CustodyLog.Vouched>> held;
  private final HeldNotes notes;
  private final Bell grew;
  private @Nullable Checkpoint told;

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
      Duration pause = tell();
      if (!pause.isZero() && stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    }
  }

  /** Tells what is new; how long to be silent then. */
  private Duration tell() {
    Optional<CustodyLog.Vouched> vouched = held.get();
    if (vouched.isEmpty() || vouched.get().checkpoint().equals(told)) {
      return Duration.ZERO;
    }
    try {
      int status = issuer.held(notes.cosign(vouched.get().note()).bytes());
      if (status == TAKEN_AND_AWAITED || status == TAKEN) {
        told = vouched.get().checkpoint();
        // Where nobody waits for it, a word now and then is enough.
        return status == TAKEN ? LONGEST_SILENCE : Duration.ZERO;
      }
      LOG.log(System.Logger.Level.DEBUG, "what is held is not taken: status {0}", status);
      return status >= 500 ? PAUSE_WHEN_UNAVAILABLE : PAUSE_WHEN_NOT_WANTED;
    } catch (IssuerUnavailableException e) {
      LOG.log(System.Logger.Level.DEBUG, "what is held is not taken: {0}", e.getMessage());
    }
    return PAUSE_WHEN_UNAVAILABLE;
  }
}
