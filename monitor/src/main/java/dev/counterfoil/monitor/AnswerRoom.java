package dev.counterfoil.monitor;

import dev.counterfoil.custodian.Caller;
import dev.counterfoil.custodian.RefusedRequestException;

/**
 * How many answers of up to some MiB are in memory at one time, of all callers and of one: each
 * stays until its reader has taken it, and a caller may have as many connections as he likes.
 * Whoever finds no room is told to come again.
 */
final class AnswerRoom {
  /** Most answers at one time. */
  static final int ANSWERS_MAX = 16;

  /** Of them, of one caller. */
  static final int ANSWERS_OF_ONE_MAX = 4;

  private final BodyRoom room = new BodyRoom(ANSWERS_MAX, ANSWERS_OF_ONE_MAX);

  /**
   * Takes room for an answer, until it is sent.
   *
   * @throws RefusedRequestException when there is none: 503, come again
   */
  BodyRoom.Taken take(Caller caller) throws RefusedRequestException {
    return room.take(caller.name(), 1);
  }
}
