package dev.counterfoil.format.keylog;

import dev.counterfoil.format.keys.KeyStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * How long a service may keep its copy of a JWKS: derived from the key set, so that no copy can
 * lack a key that signs, whatever is configured.
 *
 * <p>A copy that was fetched at t lacks what was stated after t less the publisher's lag. The next
 * key signs no sooner than the lead that the present keys promise ({@link
 * KeyStatement#successorLead}) after it was stated, by clocks of registrar and signer that may
 * differ. Where the last key's window ends without a successor, the next one signs at once, so no
 * copy reaches past that. And while the replacement of a key that was taken back has not come, none
 * is kept, whatever else is stated already.
 */
public final class JwksMaxAge {
  /** From a statement in the key log to the JWKS that has it. */
  public static final Duration PUBLISHER_LAG = Duration.ofSeconds(10);

  /** How much the clocks of a registrar and a signer may differ: each 30 s from the true time. */
  public static final Duration CLOCKS = Duration.ofSeconds(60);

  /** From the publisher's answer to the service's cache. */
  public static final Duration TRANSFER = Duration.ofSeconds(10);

  /** What of a lead is no time for caches. */
  public static final Duration MARGIN = PUBLISHER_LAG.plus(CLOCKS).plus(TRANSFER);

  private JwksMaxAge() {}

  /** The longest time for which a copy of the JWKS that is served at an instant is complete. */
  public static Duration of(KeySet set, Instant now) {
    Set<String> takenBack = new HashSet<>(set.withdrawnKeys());
    set.revokedKeys().forEach(key -> takenBack.add(key.kid()));
    set.taintedKeys().forEach(key -> takenBack.add(key.kid()));
    set.retiredKeys().forEach(key -> takenBack.add(key.kid()));
    if (isReplacementDue(set, takenBack, now)) {
      return Duration.ZERO;
    }
    Optional<Instant> since = set.servingSince();
    if (since.isEmpty() || now.isBefore(since.get().plus(Succession.BEGINNING))) {
      return Duration.ZERO;
    }
    Instant covered = now;
    Duration lead = null;
    for (KeyStatement key : set.keys()) {
      if (isLive(set, takenBack, key, now)) {
        covered = covered.isBefore(key.activeUntil()) ? key.activeUntil() : covered;
        lead = lead == null || key.successorLead().compareTo(lead) < 0 ? key.successorLead() : lead;
      }
    }
    if (lead == null) {
      return Duration.ZERO;
    }
    Duration left = Duration.between(now, covered);
    Duration least = (left.compareTo(lead) < 0 ? left : lead).minus(MARGIN);
    return least.isNegative() ? Duration.ZERO : Duration.ofSeconds(least.toSeconds());
  }

  /** Whether a key that signed was taken back, and none of its ring signs yet in its place. */
  private static boolean isReplacementDue(KeySet set, Set<String> takenBack, Instant now) {
    return set.interruptions().entrySet().stream()
        .filter(interruption -> now.isBefore(interruption.getValue()))
        .anyMatch(
            interruption ->
                set.keys().stream()
                    .filter(key -> key.ring().equals(interruption.getKey()))
                    .filter(key -> !now.isBefore(key.activeFrom()))
                    .noneMatch(key -> isLive(set, takenBack, key, now)));
  }

  /** Whether a key signs or will. */
  private static boolean isLive(KeySet set, Set<String> takenBack, KeyStatement key, Instant now) {
    return now.isBefore(key.activeUntil())
        && !takenBack.contains(key.kid())
        && !key.isForeign()
        && set.endedLogs().stream().noneMatch(log -> key.log().equals(Optional.of(log.log())));
  }

  /**
   * When the last copy ends that may have one of some keys, also those that are published still: a
   * copy of these may be made at this moment.
   *
   * @param kids keys that should be gone
   * @param published those of them that were found in what is published
   */
  public static Optional<Instant> lastCopyEnds(
      KeySet set, Set<String> kids, Set<String> published, Instant now) {
    Optional<Instant> ofPublished =
        published.isEmpty() ? Optional.empty() : Optional.of(now.plus(longestAge(set)));
    return Stream.of(lastCopyEnds(set, kids), ofPublished)
        .flatMap(Optional::stream)
        .max(Comparator.naturalOrder());
  }

  /**
   * When the last copy ends that may have keys which no JWKS has any more: of whoever keeps his
   * copy no longer than he may. No copy was ever let live longer than the longest lead of any key
   * less the margin, and none is made later than the publisher's lag after the keys were taken out.
   *
   * @param kids the keys that were taken out
   * @return empty when the key set says of none of them that it was taken out
   */
  public static Optional<Instant> lastCopyEnds(KeySet set, Set<String> kids) {
    return kids.stream()
        .flatMap(kid -> takenOut(set, kid).stream())
        .max(Comparator.naturalOrder())
        .map(at -> at.plus(PUBLISHER_LAG).plus(longestAge(set)));
  }

  private static Duration longestAge(KeySet set) {
    return set.keys().stream()
        .filter(key -> !key.isForeign())
        .map(KeyStatement::successorLead)
        .max(Comparator.naturalOrder())
        .map(lead -> lead.minus(MARGIN))
        .filter(age -> !age.isNegative())
        .orElse(Duration.ZERO);
  }

  /** When a key was taken out of the JWKS first; empty when it was not. */
  private static Optional<Instant> takenOut(KeySet set, String kid) {
    Stream<Instant> revoked =
        set.revokedKeys().stream().filter(key -> key.kid().equals(kid)).map(KeySet.RevokedKey::at);
    Stream<Instant> withdrawn =
        set.withdrawals().stream()
            .filter(key -> key.kid().equals(kid))
            .map(KeySet.WithdrawnKey::at);
    Optional<String> log = set.key(kid).flatMap(KeyStatement::log);
    Stream<Instant> rolledBack =
        set.endedLogs().stream()
            .filter(ended -> ended.reason() == KeyLogEvent.EndReason.ROLLED_BACK)
            .filter(ended -> log.equals(Optional.of(ended.log())))
            .map(KeySet.EndedLog::at);
    return Stream.of(revoked, withdrawn, rolledBack)
        .flatMap(Function.identity())
        .min(Comparator.naturalOrder());
  }

  /**
   * The longest time less a random part of up to its half, so that services that fetched together
   * do not come back together.
   *
   * @param random from 0 to 1, the end excluded
   */
  public static Duration jittered(Duration longest, double random) {
    return Duration.ofSeconds((long) (longest.toSeconds() * (1 - random / 2)));
  }
}
