package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.monitor.findings.FindingStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Looks after the findings of tokens of which nobody can tell whether they were issued: one that
 * nobody settles while the token is good becomes more urgent, and one whose position another token
 * names was no honest one's, or the other is none. Belongs to one thread.
 */
public final class UnprovenTokens {
  private static final Duration EVERY = Duration.ofSeconds(1);

  private final FindingStore findings;
  private final InstantSource clock;
  private Instant dueAt = Instant.MIN;

  public UnprovenTokens(FindingStore findings, InstantSource clock) {
    this.findings = findings;
    this.clock = clock;
  }

  /** Does what is due now. */
  public void step() {
    Instant now = clock.instant();
    if (now.isBefore(dueAt)) {
      return;
    }
    dueAt = now.plus(EVERY);
    for (FindingStore.Unproven one : findings.unproven()) {
      if (isContested(one)) {
        findings.contradict(one.id());
      } else if (!now.isBefore(endsAt(one))) {
        findings.unsettled(one.id());
      }
    }
  }

  private boolean isContested(FindingStore.Unproven one) {
    try {
      return one.digest().isPresent()
          && findings.isClaimedByAnother(
              one.domain(), one.log(), one.position(), Hash.parseBase64Url(one.digest().get()));
    } catch (FormatException e) {
      throw new IllegalStateException("table findings is damaged", e);
    }
  }

  private static Instant endsAt(FindingStore.Unproven one) {
    Instant latest = one.raisedAt().plus(UnheldTokens.LIFE_MAX);
    try {
      Instant end =
          one.detail()
              .object("presented")
              .optionalNumber("exp")
              .map(TokenCase::instant)
              .orElse(one.raisedAt().plus(UnheldTokens.LIFE_DEFAULT));
      return end.isBefore(latest) ? end : latest;
    } catch (FormatException e) {
      return latest;
    }
  }
}
