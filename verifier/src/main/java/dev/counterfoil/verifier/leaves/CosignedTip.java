package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.policy.LogPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How far the policy's quorum has cosigned one log. Below that size a log has one history for
 * everybody who asks for the same quorum. Above it the log's own signature decides, provisionally:
 * for no longer than a service lets its view of the keys age, counted by this verifier from when it
 * first saw entries that were not cosigned. Where the clock was ahead then, and was set right, it
 * is counted from the first look after that.
 *
 * <p>Written by the thread that holds the view's lock, but for that; read by any.
 */
public final class CosignedTip {
  private final boolean isAsked;
  private final Duration provisionalMax;
  private final InstantSource clock;
  private volatile long size;
  private final AtomicReference<@Nullable Pending> pending = new AtomicReference<>();

  /**
   * What is not cosigned yet.
   *
   * @param size the tree that was seen first
   * @param since when
   */
  private record Pending(long size, Instant since) {}

  public CosignedTip(LogPolicy policy, Duration provisionalMax, InstantSource clock) {
    this.isAsked = !policy.quorum().equals(LogPolicy.NONE);
    this.provisionalMax = provisionalMax;
    this.clock = clock;
  }

  /** Whether something was seen that the quorum has not cosigned, so that a look is worth it. */
  public boolean isPending() {
    return pending() != null;
  }

  private @Nullable Pending pending() {
    // Where all is cosigned no clock is read: every token's first sight passes here.
    return pending.get() == null ? null : pending(clock.instant());
  }

  /** What is not cosigned yet, seen at a time that is not ahead of the clock. */
  private @Nullable Pending pending(Instant now) {
    Pending first = pending.get();
    if (first == null || !first.since().isAfter(now)) {
      return first;
    }
    // The clock was set back: by the former time the log's word would last for as much longer.
    Pending counted = new Pending(first.size(), now);
    return pending.compareAndSet(first, counted) ? counted : pending.get();
  }

  /** Whether the quorum vouches for an entry. */
  public boolean covers(long position) {
    return position < size;
  }

  /** Takes note of a tree that the log signed. */
  public void saw(Checkpoint signed) {
    if (isAsked && pending() == null && signed.size() > size) {
      pending.set(new Pending(signed.size(), clock.instant()));
    }
  }

  /** Takes a cosigned checkpoint that is of the history that was seen. */
  public void take(Checkpoint cosigned, long tipSize) {
    size = Math.max(size, cosigned.size());
    Pending first = pending();
    if (first != null && size >= first.size()) {
      // What is above was seen since: counting from now on is the most that it can have waited.
      pending.set(tipSize > size ? new Pending(tipSize, clock.instant()) : null);
    }
  }

  /** Whether an entry has waited for the quorum for longer than the log's own word is taken. */
  public boolean isOverdue(long position) {
    if (pending.get() == null || covers(position)) {
      return false;
    }
    Instant now = clock.instant();
    Pending first = pending(now);
    return first != null && !now.isBefore(first.since().plus(provisionalMax));
  }
}
