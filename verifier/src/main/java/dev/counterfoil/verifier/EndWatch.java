package dev.counterfoil.verifier;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Waits for the end of one token, for a session that lasts longer than a request. {@link #close}
 * ends the waiting; the end of the token does too.
 */
public final class EndWatch implements AutoCloseable {
  private final TokenEnds ends;
  private final Verified verified;
  private final long number;
  private final Consumer<Refused> listener;
  private final AtomicBoolean over = new AtomicBoolean();

  EndWatch(TokenEnds ends, Verified verified, long number, Consumer<Refused> listener) {
    this.ends = ends;
    this.verified = verified;
    this.number = number;
    this.listener = listener;
  }

  /** Waits no more: the session is over. Whoever is being called at this moment is called. */
  @Override
  public void close() {
    over.set(true);
    ends.forget(this);
  }

  Verified verified() {
    return verified;
  }

  Instant expiresAt() {
    return verified.expiresAt();
  }

  long number() {
    return number;
  }

  /** Calls back, unless that was done or the session is over. */
  void end(Refused why) {
    if (over.compareAndSet(false, true)) {
      listener.accept(why);
    }
  }
}
