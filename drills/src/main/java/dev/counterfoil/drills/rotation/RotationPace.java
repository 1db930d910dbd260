package dev.counterfoil.drills.rotation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How fast keys follow each other in {@link Rotation}, and under what load. More rotations a second
 * come from more rings and not from shorter times: a verifier that fetches the JWK set every 30
 * seconds at most has to find every key there for so long before it signs.
 *
 * @param domains trust domains, each with processes of its own
 * @param purposes of each domain; every second one has its keys in the set for services that check
 *     signatures only
 * @param algorithms of each purpose, each with a ring of keys
 * @param usage how long a key signs; that of each further purpose is a second longer, up to {@code
 *     spread}, so that the rings drift apart
 * @param spread how much longer at most
 * @param reserve how much longer a key could sign; empty for half of that
 * @param propagation how long before it signs a key is stated at least
 * @param duration how long the load lasts
 * @param longest how long it lasts at most while fewer keys took over, or fewer tokens were issued,
 *     than have to
 * @param rotations how many keys have to take over from another meanwhile
 * @param tokensPerSecond how many tokens are asked for
 * @param checksPerSecond how many tokens of keys that are no news are shown to every verifier
 * @param freshCaches after what time verifiers that we did not write are replaced by new ones,
 *     whose caches are empty; empty for never
 */
public record RotationPace(
    int domains,
    int purposes,
    List<String> algorithms,
    Duration usage,
    Duration spread,
    Optional<Duration> reserve,
    Duration propagation,
    Duration duration,
    Duration longest,
    int rotations,
    int tokensPerSecond,
    int checksPerSecond,
    Optional<Duration> freshCaches) {
  /**
   * What jose and Nimbus let pass between two fetches by default, and five seconds for a JWK set to
   * be made and served: at full pace a machine with two processors has nothing to spare.
   */
  static final Duration STRANGERS_WINDOW = Duration.ofSeconds(35);

  /** The shortest period whose successor can be stated two such windows ahead. */
  private static final Duration STRANGERS_USAGE = STRANGERS_WINDOW.multipliedBy(2);

  /** The signer takes no shorter one. */
  static final Duration HASTY_USAGE = Duration.ofSeconds(4);

  /** On a machine that has much else to do, making a key may take so long. */
  static final Duration SLOW_MACHINE = Duration.ofSeconds(60);

  /** How far ahead keys are stated that nobody with a cache can follow. */
  static final Duration HASTY_WINDOW = Duration.ofSeconds(1);

  public RotationPace {
    algorithms = List.copyOf(algorithms);
    if (domains < 1 || domains > 8 || purposes < 1 || purposes > 16 || tokensPerSecond < 1) {
      throw new IllegalArgumentException("1 to 8 domains, 1 to 16 purposes, and tokens");
    }
  }

  /** As an operator sees it: three minutes. */
  public static RotationPace drill() {
    return strangers(1, Duration.ofSeconds(150), 48, 1_000);
  }

  /** A thousand rotations in ten minutes, at 5,000 tokens a second. */
  public static RotationPace full() {
    return strangers(4, Duration.ofMinutes(10), 1_000, 5_000);
  }

  /** With the caches that verifiers have by default. */
  public static RotationPace strangers(
      int domains, Duration duration, int rotations, int tokensPerSecond) {
    return new RotationPace(
        domains,
        16,
        List.of("ES256", "RS256"),
        STRANGERS_USAGE,
        Duration.ofSeconds(4),
        Optional.empty(),
        STRANGERS_WINDOW,
        duration,
        duration,
        rotations,
        tokensPerSecond,
        20,
        Optional.empty());
  }

  /**
   * A share that ends within seconds: keys are stated ahead for less than verifiers cache, so those
   * that we did not write are new ones every other second.
   */
  static RotationPace share() {
    return new RotationPace(
        1,
        4,
        List.of("ES256"),
        Duration.ofSeconds(10),
        Duration.ZERO,
        Optional.of(SLOW_MACHINE),
        Duration.ofSeconds(5),
        Duration.ofSeconds(12),
        SLOW_MACHINE,
        4,
        20,
        10,
        Optional.of(Duration.ofSeconds(2)));
  }

  /** How long a purpose's keys sign. */
  Duration usage(int purpose) {
    return usage.plusSeconds(spread.isZero() ? 0 : purpose % (spread.toSeconds() + 1));
  }
}
