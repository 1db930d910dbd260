package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.format.note.Checkpoint;
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
 *
 * <p>A word goes out on the thread that made it true ({@link #grew}), since tokens wait for it. The
 * thread of {@link #run} has what could not go out at once, and all words while the last one was
 * not taken: it alone waits for an issuer whose name cannot be resolved.
 */
public final class HeldAcknowledgement {
  private static final System.Logger LOG = System.getLogger(HeldAcknowledgement.class.getName());
  private static final int TAKEN_AND_AWAITED = 200;
  private static final int TAKEN = 202;
  private static final int UNDER_WAY_MAX = 2;
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(1);
  private static final Duration PAUSE_WHEN_UNAVAILABLE = Duration.ofMillis(500);
  private static final Duration PAUSE_WHEN_NOT_WANTED = Duration.ofSeconds(5);

  /** Where it is told. */
  @FunctionalInterface
  public interface Issuer {
    /** Sends a cosigned checkpoint; gives the status, or fails where there is no answer. */
    CompletableFuture<Integer> held(byte[] note);
  }

  private final Issuer issuer;
  private final Supplier<Optional<CustodyLog.Vouched>> held;
  private final HeldNotes notes;
  private final Bell waiting;
  private final Semaphore free = new Semaphore(UNDER_WAY_MAX);
  private volatile @Nullable Checkpoint told;

  /** Whether the last word that was answered was taken. */
  private volatile boolean isHeard;

  /** Until when to be silent, by the last answer; as {@link System#nanoTime}. */
  private volatile long silentUntil = System.nanoTime();

  /**
   * Has told nothing yet.
   *
   * @param held what is held by now
   * @param waiting rung when that is more
   */
  public HeldAcknowledgement(
      Issuer issuer, Supplier<Optional<CustodyLog.Vouched>> held, HeldNotes notes, Bell waiting) {
    this.waiting = waiting;
    this.issuer = issuer;
    this.held = held;
    this.notes = notes;
  }

  /** There is more to tell: at once and on this thread, or later on the other. */
  public void grew() {
    if (isHeard && silence() <= 0 && free.tryAcquire()) {
      tell();
    } else {
      waiting.ring();
    }
  }

  /** Wakes the thread of {@link #run}. */
  public void ring() {
    waiting.ring();
  }

  private long silence() {
    return silentUntil - System.nanoTime();
  }

  /** Tells until the process stops. */
  public void run(CountDownLatch stop) throws InterruptedException {
    while (stop.getCount() > 0) {
      waiting.await(LONGEST_SILENCE);
      long silence = silence();
      if (silence > 0 && stop.await(silence, TimeUnit.NANOSECONDS)) {
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

  /** Tells what is new, in a place that was taken. */
  private void tell() {
    Optional<CustodyLog.Vouched> next = untold();
    if (next.isEmpty()) {
      free.release();
      return;
    }
    CompletableFuture<Void> _ =
        issuer
            .held(notes.cosign(next.get().note()).bytes())
            .handle(HeldAcknowledgement::pauseAfter)
            .thenAccept(
                silence -> {
                  // Where nobody waits for it, a word now and then is enough.
                  silentUntil = System.nanoTime() + silence.length.toNanos();
                  isHeard = silence.isTold;
                  if (!silence.isTold) {
                    told = null;
                  }
                  free.release();
                });
  }

  /** What is held, unless the last word said so; counts as told from now on. */
  private synchronized Optional<CustodyLog.Vouched> untold() {
    Optional<CustodyLog.Vouched> vouched = held.get();
    if (vouched.isEmpty() || vouched.get().checkpoint().equals(told)) {
      return Optional.empty();
    }
    told = vouched.get().checkpoint();
    return vouched;
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
