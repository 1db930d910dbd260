package dev.counterfoil.assess.key;

import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.KeyFinding;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long a key has existed at least.
 *
 * @param since the earliest time that anything says
 * @param source what says so, for a sentence
 */
public record KeyAge(Instant since, String source) {
  /** The key may be older than it has been watched. */
  private static final String OBSERVED = "at least; first seen here";

  /** From this share of the longest age on, somebody should look: 80 %. */
  private static final int ALARM_PERCENT = 80;

  /**
   * The earliest of the certificate's start, the entry's own dates, and the first time it was
   * observed.
   */
  public static Optional<KeyAge> of(
      PublishedKeySet set, PublishedKey key, Observations observations) {
    Optional<KeyAge> age =
        key.certificate()
            .map(
                certificate ->
                    new KeyAge(certificate.getNotBefore().toInstant(), "its certificate"));
    age = earlier(age, key.since().map(since -> new KeyAge(since, "its own dates")));
    Optional<Instant> seen =
        key.thumbprint().flatMap(thumbprint -> observations.firstSeen(set.address(), thumbprint));
    return earlier(age, seen.map(first -> new KeyAge(first, OBSERVED)));
  }

  private static Optional<KeyAge> earlier(Optional<KeyAge> one, Optional<KeyAge> other) {
    return one.isPresent() && other.isPresent() && other.get().since().isBefore(one.get().since())
        ? other
        : one.or(() -> other);
  }

  public Duration at(Instant now) {
    return Duration.between(since, now);
  }

  /** Judges a signing key's age. */
  public static void check(
      PublishedKeySet set,
      PublishedKey key,
      Observations observations,
      KeyPeriod period,
      Instant now,
      AssessmentFindings findings) {
    if (!key.isForSigning() || key.thumbprint().isEmpty()) {
      return;
    }
    Optional<KeyAge> known = of(set, key, observations);
    if (known.isEmpty()) {
      findings.add(
          KeyFinding.KEY_AGE_UNKNOWN,
          set.name(key) + ": no certificate, no dates, no observations");
      return;
    }
    Duration age = known.get().at(now);
    String evidence =
        "%s: %d days old (%s: %s); the yardstick for %s is %d days"
            .formatted(
                set.name(key),
                age.toDays(),
                known.get().source(),
                KeyChecks.day(known.get().since()),
                period.words(),
                period.ceiling().toDays());
    if (age.compareTo(period.ceiling()) > 0) {
      findings.add(KeyFinding.KEY_TOO_OLD, evidence);
    } else if (age.multipliedBy(100).compareTo(period.ceiling().multipliedBy(ALARM_PERCENT)) > 0) {
      findings.add(KeyFinding.KEY_NEARLY_TOO_OLD, evidence);
    }
  }
}
