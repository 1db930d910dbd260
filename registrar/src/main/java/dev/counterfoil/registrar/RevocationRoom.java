package dev.counterfoil.registrar;

import java.util.Optional;

/**
 * How full the room for revocations is: said when it is half full, and again at 80 %, before
 * clients are refused. Belongs to the registrar's thread.
 */
final class RevocationRoom {
  static final int FIRST_PERCENT = 50;
  static final int SECOND_PERCENT = 80;

  private static final System.Logger LOG = System.getLogger(RevocationRoom.class.getName());

  private int said;

  /** Which alarm a number of revocations gives, in percent; 0 for none. */
  static int alarm(int revocations) {
    long percent = 100L * revocations / TakingBack.REVOCATIONS_MAX;
    return percent >= SECOND_PERCENT
        ? SECOND_PERCENT
        : percent >= FIRST_PERCENT ? FIRST_PERCENT : 0;
  }

  /** What is wrong, for people; empty when nothing is. */
  static Optional<String> text(int revocations) {
    return alarm(revocations) == 0
        ? Optional.empty()
        : Optional.of(
            ("%d of %d revocations are used. At %d no client can revoke a token. Find"
                    + " out which client revokes so many; removing it revokes all of its tokens"
                    + " with one entry")
                .formatted(revocations, TakingBack.REVOCATIONS_MAX, TakingBack.REVOKED_TOKENS_MAX));
  }

  /** Says each step once on the way up. */
  void warn(int revocations) {
    int now = alarm(revocations);
    if (now > said) {
      text(revocations)
          .ifPresent(text -> LOG.log(System.Logger.Level.WARNING, "Warning: {0}.", text));
    }
    said = now;
  }
}
