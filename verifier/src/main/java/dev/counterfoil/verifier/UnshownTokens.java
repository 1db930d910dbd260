package dev.counterfoil.verifier;

import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.verifier.LogView.Standing;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Says in the service's log that tokens pass which nothing shows to be issued: at the start, and
 * then of those that did, in one line a while. The monitor hears of each by its sighting.
 */
final class UnshownTokens {
  /** Least time between two lines. */
  static final Duration EVERY = Duration.ofSeconds(10);

  /**
   * How long nothing is looked for in a log that could not be read: a service that lets everything
   * pass must not wait for time-outs with each request.
   */
  static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

  private static final System.Logger LOG = System.getLogger(UnshownTokens.class.getName());

  private final String issuer;
  private final InstantSource clock;
  private final ConcurrentHashMap<NoteKey, Instant> unreadable = new ConcurrentHashMap<>();
  private Instant saidAt = Instant.MIN;
  private long unsaid;

  UnshownTokens(String issuer, InstantSource clock) {
    this.issuer = issuer;
    this.clock = clock;
    LOG.log(
        Level.WARNING,
        "tokens of {0} that were never issued PASS HERE and are reported only: reportedOnly is for"
            + " a service that cannot refuse yet",
        issuer);
  }

  /** Looks where a leaf stands, unless the log could not be read a moment ago. */
  Standing look(NoteKey log, Supplier<Standing> there) {
    Instant now = clock.instant();
    Instant failed = unreadable.get(log);
    if (failed != null) {
      boolean soon = !now.isBefore(failed) && now.isBefore(failed.plus(LOOK_AGAIN));
      // Of those that come when the time is over, one looks.
      if (soon || !unreadable.replace(log, failed, now)) {
        return new Standing.NotRecorded(
            RefusalCode.PROOF_UNAVAILABLE, "the log could not be read a moment ago");
      }
    }
    Standing standing = there.get();
    if (standing instanceof Standing.NotRecorded not
        && not.code() == RefusalCode.PROOF_UNAVAILABLE) {
      unreadable.put(log, clock.instant());
    } else {
      unreadable.remove(log);
    }
    return standing;
  }

  /** One passed. */
  synchronized void passed(Refused refusal) {
    unsaid++;
    Instant now = clock.instant();
    if (now.isBefore(saidAt) || !now.isBefore(saidAt.plus(EVERY))) {
      LOG.log(
          Level.WARNING,
          "{0} of the tokens of {1} passed though nothing shows that they were issued; the last one:"
              + " {2}, {3}",
          unsaid,
          issuer,
          refusal.code().text(),
          refusal.reason());
      saidAt = now;
      unsaid = 0;
    }
  }
}
