package dev.counterfoil.monitor.judging;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A token that was presented, that a key of the domain has signed or a service let in, and that
 * stands past everything which its log published: what is known of it, and what follows. Facts in,
 * a verdict out: nothing is looked up.
 *
 * <p>A signer hands a token out a moment before a checkpoint covers it. So the last tokens of a
 * signer that dies stand in no checkpoint, and nobody else can tell them from a thief's: they are
 * <i>unproven</i>, which is neither accepted nor called theft. What its signer cannot have issued
 * is forged, whatever became of the signer.
 *
 * @param log how its log stands
 * @param position that it names
 * @param published how many tokens the log has published
 * @param issuedAt its {@code iat}; empty where the sighting does not say it
 * @param notBefore when the last token was issued that the log published; the epoch where nobody
 *     knows
 * @param listed whether the authority remembers that it handed it out
 * @param record what came of its counterfoil without a head of the log
 * @param claimed whether another token was presented for its position
 * @param endsAt when it expires
 */
record UnheldToken(
    Log log,
    long position,
    long published,
    Optional<Instant> issuedAt,
    Instant notBefore,
    Listed listed,
    Unvouched record,
    boolean claimed,
    Instant now,
    Instant endsAt) {
  /**
   * How many tokens a signer can have handed out that no checkpoint covers: one is published every
   * 20 ms, at 50,000 tokens a second.
   */
  static final long UNPUBLISHED_MAX = 1_000;

  /** How far a token's time may be from what others saw: it is in whole seconds. */
  static final Duration TOLERANCE = Duration.ofSeconds(1);

  /** How a log stands. */
  sealed interface Log {
    /** Its signer is there, and published after the token was presented. */
    record Issuing() implements Log {}

    /** Its signer went away, and may come back with what it recorded. */
    record SignerGone(Instant at) implements Log {}

    /** It ended, and lost what it had not published. */
    record Lost(Instant at) implements Log {}

    /** It ended as it should, with all that it issued. */
    record Complete() implements Log {}

    /** The authority does not say. */
    record NotKnown() implements Log {}
  }

  /** What the authority's list of tokens says that were handed out a moment ago. */
  enum Listed {
    RELEASED,
    /** The list covers the token's time, and lacks it. */
    NOT_RELEASED,
    /** The list does not reach back so far, or there is none. */
    NOT_KNOWN
  }

  /** What a custodian has at the position that no head of the log covers. */
  enum Unvouched {
    NONE,
    THIS_TOKEN,
    ANOTHER_TOKEN
  }

  /** What follows. */
  enum Verdict {
    /** A custodian has its counterfoil, and the log signed no head for it yet. */
    HELD_ELSEWHERE("A custodian holds its counterfoil, but the log has signed no head for it."),
    /** The authority handed it out, and its log lost it. */
    LOST("The authority remembers handing it out, but its log ended without it."),
    /** The authority handed it out, and its log went on without it. */
    ROLLED_BACK(
        "The authority remembers handing it out, and its log continued without it: the log lost"
            + " what was released."),
    /** Nobody can tell yet. */
    UNPROVEN("It may be one of the last tokens of a lost signer."),
    /** Nobody could tell for as long as the token was good. */
    UNSETTLED("Nobody could prove during its lifetime that it was issued."),
    /** Nobody answered for its log for as long as a token is good. */
    UNANSWERED("Its log did not answer during the lifetime of the token."),
    /** What its log published was not all held here for as long as a token is good. */
    NOT_HELD(
        "Not all that its log published was held here during the lifetime of the token, so nobody"
            + " could look for it."),
    PAST_A_LIVE_LOG("Its position is past everything that the log has issued."),
    PAST_A_COMPLETE_LOG("Its log ended before its position, and lost nothing."),
    TOO_FAR("Its position is further past the published entries than its signer can have come."),
    TOO_EARLY("It is dated before the last token that its log published."),
    TOO_LATE("It is dated after its signer went away."),
    TWO_DIGESTS("Two tokens claim its position."),
    NOT_RELEASED(
        "The authority remembers what it handed out at that time. This token is not among"
            + " it.");

    private final String sentence;

    Verdict(String sentence) {
      this.sentence = sentence;
    }

    /** For people. */
    String sentence() {
      return sentence;
    }

    /** Whether a person is to look now: nobody settled it in time. */
    boolean isOverdue() {
      return this == UNSETTLED || this == UNANSWERED || this == NOT_HELD;
    }

    /** Whether no signer of ours made it. */
    boolean isForged() {
      return switch (this) {
        case HELD_ELSEWHERE, LOST, ROLLED_BACK, UNPROVEN, UNSETTLED, UNANSWERED, NOT_HELD -> false;
        case PAST_A_LIVE_LOG,
            PAST_A_COMPLETE_LOG,
            TOO_FAR,
            TOO_EARLY,
            TOO_LATE,
            TWO_DIGESTS,
            NOT_RELEASED ->
            true;
      };
    }
  }

  /** The verdict. */
  Verdict verdict() {
    return switch (log) {
      case Log.Issuing() -> pastItsEnd(Verdict.PAST_A_LIVE_LOG);
      case Log.Complete() -> pastItsEnd(Verdict.PAST_A_COMPLETE_LOG);
      case Log.SignerGone(Instant at) -> withoutItsSigner(Optional.of(at), false);
      case Log.Lost(Instant at) -> withoutItsSigner(Optional.of(at), true);
      case Log.NotKnown() -> withoutItsSigner(Optional.empty(), false);
    };
  }

  /**
   * Its log has no more to show: it was never there, or its disk lost its last moment and the log
   * went on. The authority's list is asked first, and helps no further than a signer can have come.
   */
  private Verdict pastItsEnd(Verdict otherwise) {
    return listed == Listed.RELEASED && position < published + UNPUBLISHED_MAX
        ? Verdict.ROLLED_BACK
        : otherwise;
  }

  private Verdict withoutItsSigner(Optional<Instant> goneAt, boolean isLost) {
    if (position >= published + UNPUBLISHED_MAX) {
      return Verdict.TOO_FAR;
    }
    if (issuedAt.filter(at -> at.isBefore(notBefore.minus(TOLERANCE))).isPresent()) {
      return pastItsEnd(Verdict.TOO_EARLY);
    }
    if (issuedAt.isPresent()
        && goneAt.filter(gone -> issuedAt.get().isAfter(gone.plus(TOLERANCE))).isPresent()) {
      return Verdict.TOO_LATE;
    }
    if (record == Unvouched.ANOTHER_TOKEN) {
      return pastItsEnd(Verdict.TWO_DIGESTS);
    }
    if (record == Unvouched.THIS_TOKEN) {
      return Verdict.HELD_ELSEWHERE;
    }
    if (listed == Listed.NOT_RELEASED) {
      return Verdict.NOT_RELEASED;
    }
    if (listed == Listed.RELEASED) {
      return isLost ? Verdict.LOST : unproven();
    }
    return claimed ? Verdict.TWO_DIGESTS : unproven();
  }

  private Verdict unproven() {
    return now.isBefore(endsAt) ? Verdict.UNPROVEN : Verdict.UNSETTLED;
  }
}
