package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A notice, and how far it got.
 *
 * @param position of its entry, for the receipt
 * @param notice what it says
 * @param signed how it was signed, without its receipt
 * @param sent when it went out, by channel
 * @param failures attempts that failed, by channel
 * @param acknowledgedBy the person who acknowledged it
 * @param acknowledgedAt when
 */
public record NoticeState(
    long position,
    TheftNotice notice,
    SignedDisclosure signed,
    Map<String, Instant> sent,
    Map<String, Failure> failures,
    Optional<String> acknowledgedBy,
    Optional<Instant> acknowledgedAt) {
  /**
   * Failed attempts on a channel.
   *
   * @param count how many
   * @param lastAt when the last one was
   * @param why what it failed with
   */
  public record Failure(long count, Instant lastAt, String why) {}

  public NoticeState {
    sent = Map.copyOf(sent);
    failures = Map.copyOf(failures);
  }

  /** What names it. */
  public String code() {
    return signed.checkCode();
  }
}
