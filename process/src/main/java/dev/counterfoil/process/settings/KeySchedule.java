package dev.counterfoil.process.settings;

import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeyLogState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The times of a ring's keys, all derived from five. Pure.
 *
 * <pre>
 * prepared, stated      signs                          another signs    its tokens verify
 * |── lead ≥ 2 P ──|──────── usage U ────────|─── reserve G ───|── life L, or delivery, and skew ──|
 *                  active from        the next takes over   active until                 verify until
 * </pre>
 *
 * <p>The next key takes over after U. The window that the statement gives is longer by the reserve:
 * while the registrar is away, a root ceremony is late or somebody pauses the rotation, the key
 * signs on, and nothing stops. It is retired as soon as the next one signs, and no token that is
 * dated later counts.
 *
 * @param usage U: how long a key signs before the next takes over
 * @param reserve G: how much longer it could
 * @param life L: longest life of a token
 * @param propagation P: within which a stated key is known everywhere, in caches of the JWKS too
 * @param delivery how long receivers may verify a token by the key, where that is longer than L
 */
public record KeySchedule(
    Duration usage, Duration reserve, Duration life, Duration propagation, Duration delivery) {
  /** Clocks of verifiers may differ by so much. */
  public static final Duration SKEW = Duration.ofSeconds(60);

  /**
   * How long a private half is kept after its last token: tokens that are recorded and not signed
   * yet wait for it, and a clock that is put back must find the next key's window begun.
   */
  public static final Duration RETIRE_AFTER = Duration.ofSeconds(60);

  /** The propagation window where none is configured: three times what common libraries cache. */
  public static final Duration PROPAGATION_MAX = Duration.ofMinutes(15);

  /**
   * How long jose (cooldownDuration) and Nimbus (rate limit of JWKSourceBuilder) fetch no JWKS by
   * default after they did, also when a token has a key that they do not know. Spring, on Nimbus,
   * and PyJWT ask at once.
   */
  static final Duration REFETCH_MAX = Duration.ofSeconds(30);

  /** From a statement to an answer with it, on a machine at full pace (drill {@code rotation}). */
  static final Duration SERVED_WITHIN = Duration.ofSeconds(5);

  /**
   * How many keys of a domain may stand at one time by its schedule; half of what the log keeps.
   */
  static final int KEYS_STANDING_MAX = KeyLogState.KEYS_MAX / 2;

  /** Fills in what is not configured. */
  public static KeySchedule derive(
      Duration usage,
      Optional<Duration> reserve,
      Duration life,
      Optional<Duration> propagation,
      Duration delivery) {
    Duration quarter = seconds(usage.dividedBy(4));
    return new KeySchedule(
        usage,
        reserve.orElse(seconds(usage.dividedBy(2))),
        life,
        propagation.orElse(quarter.compareTo(PROPAGATION_MAX) < 0 ? quarter : PROPAGATION_MAX),
        delivery);
  }

  private static Duration seconds(Duration duration) {
    return Duration.ofSeconds(Math.max(1, duration.toSeconds()));
  }

  /** How long before it takes over the next key is made and stated. */
  public Duration lead() {
    Duration quarter = seconds(usage.dividedBy(4));
    Duration twice = propagation.multipliedBy(2);
    return quarter.compareTo(twice) < 0 ? twice : quarter;
  }

  /** From a key's first token to its last possible one. */
  public Duration window() {
    return usage.plus(reserve);
  }

  /** From a key's last token to the end of its public half. */
  public Duration afterlife() {
    return (life.compareTo(delivery) < 0 ? delivery : life).plus(SKEW);
  }

  /**
   * Every way in which these times could stop the issuing, or have good tokens refused; each with
   * its arithmetic.
   *
   * @param ceiling of the keys
   * @param rings how many rings of the domain follow it
   */
  List<String> objections(KeyCeiling ceiling, int rings) {
    List<String> objections = new ArrayList<>();
    if (lead().compareTo(usage) > 0) {
      objections.add(
          "the next key is stated 2 × propagation-window "
              + text(propagation)
              + " = "
              + text(lead())
              + " before it signs, which is more than usage-period "
              + text(usage)
              + ", so there would be no time to create it. Take a propagation-window of at most "
              + text(usage.dividedBy(2)));
    }
    Duration quarter = usage.dividedBy(4);
    if (reserve.compareTo(propagation) < 0 || reserve.compareTo(quarter) < 0) {
      objections.add(
          "usage-reserve "
              + text(reserve)
              + " is less than propagation-window "
              + text(propagation)
              + " or a quarter of usage-period = "
              + text(quarter)
              + ". Then a key whose successor is stated late stops signing before"
              + " services everywhere know the successor");
    }
    if (window().compareTo(ceiling.age()) > 0) {
      objections.add(
          "usage-period "
              + text(usage)
              + " + usage-reserve "
              + text(reserve)
              + " = "
              + text(window())
              + ", and a key may sign for "
              + text(ceiling.age())
              + " at most "
              + reason(ceiling)
              + ". Take a usage-period of at most "
              + text(longest(ceiling))
              + ", and shorten the reserve in proportion");
    }
    long standing = rings * (window().plus(afterlife()).toSeconds() / usage.toSeconds() + 2);
    if (standing > KEYS_STANDING_MAX) {
      objections.add(
          rings
              + " rings × ((usage-period + usage-reserve + life or delivery and skew "
              + text(window().plus(afterlife()))
              + ") ÷ usage-period "
              + text(usage)
              + " + 2) = "
              + standing
              + " keys would exist at one time, but the key log takes "
              + KEYS_STANDING_MAX
              + ". Lengthen usage-period");
    }
    return objections;
  }

  /** Why a library that fetched just before a key was stated refuses the key's first tokens. */
  Optional<String> objectionOfCaches() {
    Duration shortest = REFETCH_MAX.plus(SERVED_WITHIN);
    return propagation.compareTo(shortest) >= 0
        ? Optional.empty()
        : Optional.of(
            "propagation-window "
                + text(propagation)
                + " is less than "
                + text(shortest)
                + ". The JWKS has a key "
                + text(SERVED_WITHIN)
                + " after it is stated, but jose and Nimbus by default fetch only once in "
                + text(REFETCH_MAX)
                + ", so they would refuse valid tokens for "
                + text(shortest.minus(propagation))
                + " after a change of keys. Take a usage-period of at least "
                + text(shortest.multipliedBy(4))
                + " without a propagation-window, or a propagation-window of at least "
                + text(shortest)
                + " and a usage-period of at least "
                + text(shortest.multipliedBy(2))
                + ". If only verifiers of the key log read these tokens, set"
                + " accept-good-tokens-refused: true");
  }

  /** The longest usage period whose window is at its ceiling, in whole days or hours. */
  private Duration longest(KeyCeiling ceiling) {
    double seconds = ceiling.age().toSeconds() * (double) usage.toSeconds() / window().toSeconds();
    long unit = seconds < 86_400 ? 3_600 : 86_400;
    return Duration.ofSeconds((long) seconds / unit * unit);
  }

  private static String reason(KeyCeiling ceiling) {
    return switch (ceiling) {
      case SHARED -> "where more than one tenant is served";
      case TENANT -> "as a tenant's own";
      case ORGANISATION -> "in one organisation's installation";
      case FOREIGN -> "as another issuer's";
    };
  }

  /** A duration as configuration files write it. */
  public static String text(Duration duration) {
    long seconds = duration.toSeconds();
    for (long unit : new long[] {86_400, 3_600, 60}) {
      if (seconds > 0 && seconds % unit == 0) {
        return seconds / unit + (unit == 86_400 ? "d" : unit == 3_600 ? "h" : "m");
      }
    }
    return duration.toMillis() % 1000 == 0 ? seconds + "s" : duration.toMillis() + "ms";
  }
}
