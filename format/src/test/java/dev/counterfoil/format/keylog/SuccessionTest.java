package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a key may sign at once, and when it must be known first. */
class SuccessionTest {
  private static final Instant START = Samples.NOW;
  private static final Duration LEAD = Duration.ofMinutes(15);
  private static final Duration WINDOW = Duration.ofHours(36);

  /** The domain's beginning is over. */
  private static final Instant LATER = START.plus(Duration.ofHours(1));

  private final KeyStatement like = new Samples().statement();
  private final KeyStatement first = key("access", "s1g1", START);
  private final Succession succession = new Succession();

  private KeyStatement key(String purpose, String log, Instant from) {
    return like.toBuilder()
        .jwk(Samples.es256())
        .purpose(purpose)
        .record(new RecordForm.Position(log))
        .active(from, from.plus(WINDOW))
        .verifyUntil(from.plus(WINDOW).plusSeconds(960))
        .successorLead(LEAD)
        .build();
  }

  @BeforeEach
  void theDomainBegins() {
    assertThat(succession.objection(first, START)).isEmpty();
    succession.stated(first, START);
  }

  @Test
  void aSuccessorIsStatedAsLongAheadAsItsPredecessorPromises() {
    assertThat(succession.objection(key("access", "s1g1", LATER.plus(LEAD)), LATER)).isEmpty();
    assertThat(succession.objection(key("access", "s1g1", LATER.plus(LEAD).minusSeconds(1)), LATER))
        .isPresent();
  }

  @Test
  void theOtherRingsOfADomainThatBeginsSignAtOnceAndLaterOnesDoNot() {
    Instant beginning = START.plus(Succession.BEGINNING);
    assertThat(
            succession.objection(
                key("id", "s1g1", beginning.minusSeconds(1)), beginning.minusSeconds(1)))
        .isEmpty();
    assertThat(succession.objection(key("id", "s1g1", beginning), beginning)).isPresent();
  }

  @Test
  void aKeyOfAnotherIssuerIsSignedWithElsewhereAndBefore() {
    KeyStatement theirs =
        key("legacy", "d1g1", START.minus(WINDOW)).toBuilder()
            .record(new RecordForm.Digest("d1g1"))
            .build();
    assertThat(succession.objection(theirs, LATER)).isEmpty();
    assertThat(succession.objection(key("legacy", "d1g1", LATER), LATER)).isPresent();
    succession.stated(theirs, LATER);
    assertThat(succession.most(START.plus(WINDOW))).as("nobody waits for it").isZero();
  }

  @Test
  void aSecondSignersKeyWaitsWhileTheFirstOnesSigns() {
    assertThat(succession.objection(key("access", "s2g1", LATER), LATER)).isPresent();
    succession.ended("s1g1", LATER);
    assertThat(succession.objection(key("access", "s2g1", LATER), LATER)).isEmpty();
  }

  @Test
  void aReplacementSignsAtOnceUnlessAnotherSignersKeyIsThere() {
    KeyStatement other = key("id", "s1g1", START);
    KeyStatement spare = key("access", "s2g1", START);
    succession.stated(other, START);
    succession.stated(spare, START);
    succession.takenBack(first.kid(), LATER);
    assertThat(succession.objection(key("access", "s1g1", LATER), LATER)).isPresent();
    succession.takenBack(spare.kid(), LATER);
    KeyStatement replacement = key("access", "s1g1", LATER);
    assertThat(succession.objection(replacement, LATER)).isEmpty();
    succession.stated(replacement, LATER);
    assertThat(succession.objection(key("access", "s1g1", LATER), LATER))
        .as("once: its own successor waits")
        .isPresent();
    assertThat(succession.objection(key("events", "s1g1", LATER), LATER))
        .as("and nobody else's ring was interrupted")
        .isPresent();
  }

  @Test
  void aReplacementWaitsForNoKeyThatSignsNothingYet() {
    succession.stated(key("id", "s1g1", START), START);
    Instant later = LATER.plus(LEAD);
    succession.stated(key("access", "s2g1", later), LATER);
    succession.takenBack(first.kid(), LATER);
    KeyStatement replacement = key("access", "s1g2", LATER);
    assertThat(succession.objection(replacement, LATER)).isEmpty();
    // Stated for later it ends no interruption; the other one does, when it begins.
    succession.stated(key("access", "s1g2", later.plusSeconds(60)), LATER);
    assertThat(succession.objection(replacement, LATER)).isEmpty();
    assertThat(succession.objection(key("access", "s1g3", later), later)).isPresent();
    succession.retired("another", later);
    succession.ended("s2g1", later.plusSeconds(1));
    assertThat(succession.lead(first.ring(), later.plusSeconds(1)))
        .as("its last key that signed is gone again")
        .isZero();
  }

  @Test
  void anInterruptionIsOverWhenTheKeyWouldHaveSignedNoMore() {
    succession.stated(key("id", "s1g1", LATER.plus(LEAD)), LATER);
    succession.takenBack(first.kid(), LATER);
    Instant end = first.activeUntil();
    Instant before = end.minusSeconds(1);
    assertThat(succession.interruptions()).containsExactly(Map.entry(first.ring(), end));
    assertThat(succession.lead(first.ring(), before)).isZero();
    assertThat(succession.lead(first.ring(), end))
        .as("then its next key is a ring's first one, which has to be known")
        .isEqualTo(LEAD);
    assertThat(succession.objection(key("access", "s1g1", end), end))
        .as("a log stays readable that has one which was stated before this was asked for")
        .isEmpty();
  }

  @Test
  void whatWasPromisedWithTheLastKeyHoldsAfterItRetired() {
    KeyStatement events = key("events", "s1g1", LATER);
    Instant end = first.activeUntil();
    succession.stated(events, LATER.minus(LEAD));
    Instant retired = end.plusSeconds(60);
    assertThat(retired).as("its own time is not over").isBefore(events.activeUntil());
    succession.retired(events.kid(), retired);
    Instant soonest = retired.plus(LEAD);
    assertThat(soonest).isBefore(events.activeUntil());
    assertThat(succession.lead(first.ring(), retired)).isEqualTo(LEAD);
    assertThat(succession.most(retired)).isEqualTo(LEAD);
    assertThat(succession.lead(first.ring(), soonest.minusSeconds(1)))
        .isEqualTo(Duration.ofSeconds(1));
    assertThat(succession.lead(first.ring(), soonest))
        .as("by then every copy has ended, and no key signs")
        .isZero();
    assertThat(succession.objection(key("access", "s1g1", retired), retired))
        .as("a log stays readable that has one which was stated before this was asked for")
        .isEmpty();
  }

  @Test
  void whoeverRetiresAStolenKeyKeepsItsReplacementFromNothing() {
    Instant at = LATER.plusSeconds(5);
    succession.retired(first.kid(), LATER);
    assertThat(succession.lead(first.ring(), at)).isPositive();
    succession.takenBack(first.kid(), at);
    assertThat(succession.lead(first.ring(), at)).isZero();
    assertThat(succession.interruptions()).containsKey(first.ring());
  }

  @Test
  void twoSignersAreReplacedOneAfterTheOtherWithoutAWait() {
    KeyStatement spare = key("access", "s2g1", START);
    succession.stated(key("id", "s1g1", START), START);
    succession.stated(spare, START);
    succession.takenBack(first.kid(), LATER);
    assertThat(succession.objection(key("access", "s1g2", LATER), LATER))
        .as("the spare signs meanwhile")
        .isPresent();
    succession.stated(key("access", "s1g2", LATER.plus(LEAD)), LATER);
    Instant next = LATER.plusSeconds(30);
    succession.takenBack(spare.kid(), next);
    KeyStatement second = key("access", "s2g2", next);
    assertThat(succession.objection(second, next)).isEmpty();
    succession.stated(second, next);
    assertThat(succession.objection(key("access", "s2g2", next), next)).isPresent();
  }

  @Test
  void whenNoKeyCanSignAnyMoreTheNextOneSignsAtOnce() {
    Instant end = first.activeUntil();
    assertThat(
            succession.objection(key("access", "s1g1", end.minusSeconds(1)), end.minusSeconds(1)))
        .isPresent();
    assertThat(succession.objection(key("access", "s1g1", end), end)).isEmpty();
  }

  @Test
  void aRingThatRanOutAsPlannedIsNoneThatWasInterrupted() {
    KeyStatement other = key("id", "s1g1", START.plus(Duration.ofHours(24)));
    succession.stated(other, LATER);
    Instant end = first.activeUntil();
    succession.takenBack(first.kid(), end.plusSeconds(960));
    assertThat(
            succession.objection(key("access", "s1g1", end.plusSeconds(960)), end.plusSeconds(960)))
        .isPresent();
  }

  @Test
  void aShorterLeadCountsWhenTheKeysThatPromiseMoreSignNoMore() {
    KeyStatement shorter =
        key("access", "s1g1", LATER.plus(LEAD)).toBuilder()
            .successorLead(Duration.ofMinutes(5))
            .build();
    succession.stated(shorter, LATER);
    assertThat(succession.lead(first.ring(), LATER)).isEqualTo(LEAD);
    succession.retired(first.kid(), LATER);
    assertThat(succession.lead(first.ring(), LATER)).isEqualTo(Duration.ofMinutes(5));
  }
}
