package dev.counterfoil.signer;

import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * How much signers have the key log say that gives trust, against what the keys' times need: beyond
 * many times that, somebody is told. Every entry stays, and every verifier mirrors all of them;
 * whoever holds one signer could fill the key log unseen.
 *
 * <p>Nothing is refused. Whose word a statement is cannot be told at the signers' socket, so a
 * bound that refuses would let one stolen signer keep out the keys that the others need.
 *
 * <p>What takes trust away is not counted. An operator who takes something back begins the count
 * anew. Not safe for concurrent use.
 */
final class StatingQuota {
  /** What is counted. */
  static final Set<String> COUNTED =
      Set.of(Commands.STATE_KEY, Commands.STATE_LOG, Commands.PAUSE_ROTATION);

  /** After these something else may have to be stated. */
  private static final Set<String> MAKES_ROOM =
      Set.of(
          Commands.TAINT_KEY,
          Commands.REVOKE_KEYS,
          Commands.WITHDRAW_KEY,
          Commands.END_LOG,
          Commands.TAKE_CEREMONY);

  /** At once, beside what the rings need: logs of several signers, replacements, pauses. */
  private static final int AT_ONCE = 64;

  /** Four signers, and each key twice, as when a ring is configured anew. */
  private static final int TIMES = 8;

  private final double roomMax;
  private final double perSecond;
  private double room;
  private Instant seen;
  private boolean isExceeded;

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

  /** Entries became durable, whatever was answered; a command that changed nothing makes none. */
  void count(long entries, Instant now) {
    passTo(now);
    room -= entries;
    if (room < 0) {
      room = 0;
      isExceeded = true;
    }
  }

  /**
   * Whether more was stated than is needed, and neither an operator nor half of it in time came.
   */
  boolean isExceeded(Instant now) {
    passTo(now);
    return isExceeded;
  }

  /** Only time that was never seen makes room: a clock that goes to and fro makes none. */
  private void passTo(Instant now) {
    if (!now.isAfter(seen)) {
      return;
    }
    double seconds = Duration.between(seen, now).toMillis() / 1000.0;
    room = Math.min(roomMax, room + seconds * perSecond);
    seen = now;
    isExceeded &= room < roomMax / 2;
  }

  /**
   * The operators' last step: only what itself takes something back makes room, whoever of two
   * persons said it last.
   */
  OperatorDesk.Executor makingRoom(Registrar registrar) {
    return command -> {
      long before = registrar.version();
      Answer answer = registrar.carryOut(command);
      if (MAKES_ROOM.contains(command.name()) && registrar.version() > before) {
        makeRoom();
      }
      return answer;
    };
  }

  /** An operator took something back. */
  void makeRoom() {
    room = roomMax;
    isExceeded = false;
  }
}
