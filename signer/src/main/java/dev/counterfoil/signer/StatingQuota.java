package dev.counterfoil.signer;

import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * How much signers may have the key log say that gives trust: many times what the keys' times need.
 * Every entry stays, every verifier mirrors all of them, and only so many keys may stand at one
 * time: without this, whoever holds one signer could fill the key log for good and leave no room
 * for the keys of the signer that takes its place.
 *
 * <p>What takes trust away is not counted. An operator who takes something back makes room anew,
 * for what comes instead. Not safe for concurrent use.
 */
final class StatingQuota {
  /** What is counted. */
  static final Set<String> COUNTED =
      Set.of(Commands.STATE_KEY, Commands.STATE_LOG, Commands.PAUSE_ROTATION);

  /** After these something else may have to be stated. */
  static final Set<String> MAKES_ROOM =
      Set.of(
          Commands.TAINT_KEY,
          Commands.REVOKE_KEYS,
          Commands.WITHDRAW_KEY,
          Commands.END_LOG,
          Commands.TAKE_CEREMONY,
          Commands.CONFIRM);

  /** At once, beside what the rings need: logs of several signers, replacements, pauses. */
  private static final int AT_ONCE = 64;

  /** Four signers, and each key twice, as when a ring is configured anew. */
  private static final int TIMES = 8;

  private final double roomMax;
  private final double perSecond;
  private double room;
  private Instant seen;

  /**
   * Begins with all of its room.
   *
   * @param purposes whose rings need keys, each one for every usage period
   */
  StatingQuota(Purposes purposes, Instant now) {
    double rings = 0;
    double rate = 0;
    for (Purpose purpose : purposes.all()) {
      int count = purpose.rings().size();
      rings += count;
      rate += (double) count / Math.max(1, purpose.schedule().usage().toSeconds());
    }
    this.roomMax = AT_ONCE + TIMES * rings;
    this.perSecond = TIMES * rate;
    this.room = roomMax;
    this.seen = now;
  }

  /** Whether one more may be stated; a clock that was put back gives no room. */
  boolean hasRoom(Instant now) {
    if (now.isAfter(seen)) {
      double seconds = Duration.between(seen, now).toMillis() / 1000.0;
      room = Math.min(roomMax, room + seconds * perSecond);
    }
    seen = now;
    return room >= 1;
  }

  /** Counts what was asked for, where it changed something. */
  void count(Answer answer) {
    if (answer instanceof Answer.Done done && Boolean.TRUE.equals(done.result().get("changed"))) {
      room--;
    }
  }

  /** An operator took something back. */
  void makeRoom() {
    room = roomMax;
  }
}
