package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.monitor.findings.FindingStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Looks after the findings of tokens of which nobody can tell whether they were issued: one that
 * nobody settles while the token is good becomes more urgent, and one whose position another token
 * names was no honest one's, or the other is none. One for whose log nobody answered is judged
 * again when the log answers. Belongs to one thread.
 */
public final class UnprovenTokens {
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** Most tokens that are judged again in a step: the authority is asked about each. */
  static final int AGAIN_MAX = 50;

  private final FindingStore findings;
  private final Matching matching;
  private final InstantSource clock;
  private long judgedAgain;
  private TimedPause sinceStep = TimedPause.OVER;

  public UnprovenTokens(FindingStore findings, Matching matching, InstantSource clock) {
    this.findings = findings;
    this.matching = matching;
    this.clock = clock;
  }

  /** Does what is due now. */
  public void step() throws IOException {
    Instant now = clock.instant();
    if (!sinceStep.isOver(now)) {
      return;
    }
    sinceStep = TimedPause.from(now, EVERY);
    for (FindingStore.Unproven one : findings.unproven()) {
      if (one.contested()) {
        findings.contradict(one.id());
      } else if (!now.isBefore(endsAt(one))) {
        findings.unsettled(one.id());
      }
    }
    judgeAgain();
  }

  /** Those for whose log nobody answered while it was waited for, and somebody does now. */
  private void judgeAgain() throws IOException {
    List<FindingStore.Unanswered> heard =
        findings.unanswered().stream().filter(matching::isHeard).toList();
    List<FindingStore.Unanswered> due =
        heard.stream().filter(one -> one.id() > judgedAgain).limit(AGAIN_MAX).toList();
    for (FindingStore.Unanswered one : due) {
      matching.judgeAgain(one);
    }
    // After the last comes the first.
    judgedAgain = due.size() < AGAIN_MAX ? 0 : due.getLast().id();
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
