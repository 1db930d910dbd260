package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * How long a rotation may be paused: the key that signs must be able to sign until the next one,
 * which is made when the pause ends, is known everywhere. So a pause passes no window, and with it
 * no ceiling and no end of a token.
 */
final class Pauses {
  private Pauses() {}

  /** What keeps a pause from being taken; empty when it may be. A time that is over resumes. */
  static Optional<Answer.Refused> objection(
      KeyRing ring, Collection<Purpose> purposes, Instant until, Instant now) {
    if (!now.isBefore(until)) {
      return Optional.empty();
    }
    for (Purpose purpose : purposes) {
      for (KeyStatement.Ring of : purpose.rings()) {
        Optional<KeyStatement> active = ring.activeAt(of, now).map(TokenKey::statement);
        if (active.isEmpty()) {
          return Optional.of(
              new Answer.Refused(
                  Code.CONFLICT, "no key of " + of + " is active, so there is nothing to pause"));
        }
        Instant latest = active.get().activeUntil().minus(purpose.schedule().lead());
        if (until.isAfter(latest)) {
          return Optional.of(
              new Answer.Refused(
                  Code.CONFLICT,
                  "key "
                      + active.get().kid()
                      + " of "
                      + of
                      + " can sign until "
                      + active.get().activeUntil()
                      + ", and the next one must be stated "
                      + KeySchedule.text(purpose.schedule().lead())
                      + " before. Pause until "
                      + latest
                      + " at most. A longer usage-reserve gives later keys more time"));
        }
      }
    }
    return Optional.empty();
  }
}
