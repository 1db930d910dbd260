package dev.counterfoil.disclosure.record;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a tenant asks about its notice.
 *
 * @param position of its entry in the disclosure log, which names it
 * @param notice the notice's check code
 * @param tenant whose question it is
 * @param person who asks
 * @param text the question
 * @param at when
 * @param answer what was answered
 */
public record Question(
    long position,
    String notice,
    String tenant,
    String person,
    String text,
    Instant at,
    Optional<String> answer) {
  /** It is answered within this time. */
  public static final Duration ANSWERED_WITHIN = Duration.ofDays(7);

  /** By when it is answered. */
  public Instant due() {
    return at.plus(ANSWERED_WITHIN);
  }
}
