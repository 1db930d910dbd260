package dev.counterfoil.signer.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Ring;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purpose;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is due when, for keys that stand as each test says. */
class KeyDecisionsTest {
  private static final Instant T0 = TestKeys.T0;
  private static final Duration DAY = Duration.ofHours(24);
  private static final Duration LEAD = Duration.ofHours(6);
  private static final Duration PROPAGATION = KeySchedule.PROPAGATION_MAX;
  private static final Ring ACCESS = new Ring("access", PublicJwk.Algorithm.ES256);

  private List<Purpose> purposes = List.of(TestKeys.access());
  private KeyRing ring = KeyRing.empty();
  private final Map<Integer, KeyStatement> statements = new TreeMap<>();
  private final Set<String> announced = new HashSet<>();
  private final Set<String> postponed = new HashSet<>();
  private Set<String> atOnce = Set.of();

  /** A key that signs from then on, as it is prepared with the default times. */
  private TokenKey prepared(int number, Instant from) {
    TokenKey key = TestKeys.key(number, from, from.plus(DAY).plus(DAY.dividedBy(2)));
    ring = ring.with(key);
    statements.put(number, key.statement());
    return key;
  }

  private TokenKey stated(int number, Instant from) {
    TokenKey key = prepared(number, from);
    ring = ring.withStated(List.of(key.kid()));
    announced.add(key.kid());
    return key;
  }

  private List<KeyStep> due(Instant now) {
    return KeyDecisions.due(
        new KeyDecisions.Known(ring, statements, announced, postponed, atOnce), purposes, now);
  }

  private static KeyStep.Prepare prepare(Instant from) {
    return new KeyStep.Prepare(
        ACCESS, new KeyRing.Window(from, from.plus(DAY).plus(DAY.dividedBy(2))));
  }

  @Test
  void anEmptyRingWantsAKeyFromNowOn() {
    assertThat(due(T0.plusMillis(700))).containsExactly(prepare(T0));
  }

  @Test
  void aKeyIsStatedAndThenSigns() {
    TokenKey key = prepared(1, T0);
    assertThat(due(T0)).containsExactly(new KeyStep.State(key));
    ring = ring.withStated(List.of(key.kid()));
    assertThat(due(T0)).containsExactly(new KeyStep.Activate(key));
    announced.add(key.kid());
    assertThat(due(T0)).isEmpty();
  }

  @Test
  void aKeyThatWasPreparedForAPurposeThatIsGoneIsNotStated() {
    TokenKey key = prepared(1, T0);
    assertThat(due(T0)).as("the control").contains(new KeyStep.State(key));
    purposes = List.of();
    ring = ring.withSetAside(List.of(key.kid()), T0);
    assertThat(due(T0)).isEmpty();
  }

  @Test
  void aKeyOfAPurposeThatIsGoneRetiresWhenNoClockShowsItsLastTokensTime() {
    TokenKey key = stated(1, T0);
    purposes = List.of();
    ring = ring.withSetAside(List.of(key.kid()), T0);
    Instant retired = T0.plus(KeySchedule.RETIRE_AFTER);
    assertThat(due(retired.minusMillis(1))).isEmpty();
    assertThat(due(retired)).containsExactly(new KeyStep.Retire(1, key.kid()));
  }

  @Test
  void theNextKeyIsPreparedAheadAndSignsWhenThePeriodIsOver() {
    stated(1, T0);
    Instant ahead = T0.plus(DAY).minus(LEAD);
    assertThat(due(ahead.minusMillis(1))).isEmpty();
    assertThat(due(ahead)).containsExactly(prepare(T0.plus(DAY)));
    stated(2, T0.plus(DAY));
    assertThat(due(ahead)).isEmpty();
  }

  @Test
  void aKeyThatIsLateIsKnownEverywhereBeforeItSignsAllTheSame() {
    stated(1, T0);
    Instant late = T0.plus(DAY).plusSeconds(5);
    assertThat(due(late)).containsExactly(prepare(late.plus(PROPAGATION).plusSeconds(2)));
  }

  @Test
  void aKeyIsRetiredWhenTheNextOneHasSignedForAMinuteAndDestroyedWhenTheKeyLogSaysSo() {
    TokenKey first = stated(1, T0);
    TokenKey second = stated(2, T0.plus(DAY));
    assertThat(ring.activeAt(ACCESS, T0.plus(DAY).minusMillis(1))).contains(first);
    assertThat(ring.activeAt(ACCESS, T0.plus(DAY))).contains(second);
    Instant followed = T0.plus(DAY).plus(KeySchedule.RETIRE_AFTER);
    assertThat(due(followed.minusMillis(1))).isEmpty();
    assertThat(due(followed)).containsExactly(new KeyStep.Retire(1, first.kid()));
    ring = ring.withRetired(List.of(first.kid()));
    assertThat(due(followed)).containsExactly(new KeyStep.Destroy(first));
    ring = ring.without(first);
    assertThat(due(followed)).isEmpty();
  }

  @Test
  void aPrivateHalfWhoseWindowIsOverIsDestroyedAlsoWhileTheRegistrarIsAway() {
    TokenKey key = stated(1, T0);
    Instant over = key.statement().activeUntil().plus(KeySchedule.RETIRE_AFTER);
    assertThat(due(over.minusMillis(1))).noneMatch(KeyStep.Destroy.class::isInstance);
    assertThat(due(over)).contains(new KeyStep.Retire(1, key.kid()), new KeyStep.Destroy(key));
    ring = ring.without(key);
    assertThat(due(over))
        .as("the key log still has to hear")
        .contains(new KeyStep.Retire(1, key.kid()));
    ring = ring.withRetired(List.of(key.kid()));
    assertThat(due(over)).containsExactly(prepare(over));
  }

  @Test
  void theFolderForgetsWhatIsLongOverAndNeverTheLastNumber() {
    KeyStatement old = stated(1, T0).statement();
    stated(2, T0.plus(DAY));
    ring = KeyRing.empty();
    Instant later = T0.plus(Duration.ofDays(9));
    assertThat(due(later)).contains(new KeyStep.Forget(1)).doesNotContain(new KeyStep.Forget(2));
    assertThat(due(old.verifyUntil().plus(Duration.ofDays(1)).minusMillis(1)))
        .doesNotContain(new KeyStep.Forget(1));
  }

  @Test
  void aKeyThatWasTakenBackSignsNoMoreAndAnotherIsWantedAtOnce() {
    TokenKey first = stated(1, T0);
    stated(2, T0.plus(DAY));
    Instant now = T0.plus(Duration.ofHours(20));
    ring = ring.withSetAside(List.of(first.kid()), now);
    assertThat(ring.activeAt(ACCESS, now)).isEmpty();
    assertThat(due(now)).containsExactly(prepare(now));
    TokenKey replacement = stated(3, now);
    assertThat(due(now)).isEmpty();
    assertThat(ring.activeAt(ACCESS, T0.plus(DAY)))
        .as("the one that was to follow has a lower number")
        .contains(replacement);
    assertThat(due(now.plus(KeySchedule.RETIRE_AFTER)))
        .extracting(KeyStep.Retire.class::cast)
        .extracting(KeyStep.Retire::number)
        .containsExactly(1, 2);
  }

  @Test
  void aKeyThatWaitsUntilItIsKnownIsNotMadeTwice() {
    TokenKey key = prepared(1, T0);
    KeyStep.Postpone later =
        KeyDecisions.postpone(key, TestKeys.access().schedule(), T0.plusMillis(1), PROPAGATION);
    assertThat(later.window().from()).isEqualTo(T0.plus(PROPAGATION).plusSeconds(3));
    ring = ring.without(key);
    TokenKey waits = stated(1, later.window().from());
    postponed.add(waits.kid());
    assertThat(due(T0)).isEmpty();
    assertThat(ring.activeAt(ACCESS, later.window().from())).contains(waits);
  }

  @Test
  void aKeyThatWaitsIsOvertakenWhereNoSignerOfTheDomainCanSign() {
    Instant later = T0.plus(PROPAGATION);
    TokenKey waits = stated(1, later);
    postponed.add(waits.kid());
    record Row(String why, Set<String> atOnce, Instant now, List<KeyStep> due) {}
    for (Row row :
        List.of(
            new Row("another signer signs", Set.of(), T0, List.of()),
            new Row("only another ring has no key", Set.of("id/RS256"), T0, List.of()),
            new Row("nobody signs", Set.of("access/ES256"), T0, List.of(prepare(T0))),
            new Row("it signs itself by now", Set.of("access/ES256"), later, List.of()))) {
      atOnce = row.atOnce();
      assertThat(due(row.now())).as(row.why()).isEqualTo(row.due());
    }
    TokenKey overtakes = stated(2, T0);
    assertThat(due(T0)).as("once").isEmpty();
    assertThat(ring.activeAt(ACCESS, later)).as("and signs on").contains(overtakes);
  }

  @Test
  void whatAKeyIsForChangesAsSoonAsTheNextOneCanBeKnown() {
    stated(1, T0);
    Purpose access = TestKeys.access();
    purposes =
        List.of(
            new Purpose(
                access.name(),
                access.tokenTypes(),
                access.algorithms(),
                AllowList.of("acme"),
                access.audiences(),
                access.lifeMax(),
                access.schedule(),
                access.binding(),
                access.publication(),
                access.statusList()));
    Instant now = T0.plusSeconds(600);
    assertThat(due(now)).containsExactly(prepare(now.plus(PROPAGATION).plusSeconds(2)));
  }

  /** Found by the simulation: the longer period was waited for past the end of the window. */
  @Test
  void aLongerPeriodDoesNotOutlastTheWindowOfTheKeyThatSigns() {
    TokenKey first = stated(1, T0);
    purposes = List.of(TestKeys.access(Duration.ofDays(4)));
    Instant planned = first.statement().activeUntil().minus(PROPAGATION);
    Instant ahead = planned.minus(DAY);
    assertThat(due(ahead.minusMillis(1))).isEmpty();
    assertThat(due(ahead))
        .containsExactly(
            new KeyStep.Prepare(
                ACCESS, new KeyRing.Window(planned, planned.plus(Duration.ofDays(6)))));
  }

  @Test
  void aRingThatIsNotConfiguredAnyMoreRunsOut() {
    TokenKey key = stated(1, T0);
    Purpose access = TestKeys.access();
    purposes =
        List.of(
            new Purpose(
                access.name(),
                access.tokenTypes(),
                List.of(PublicJwk.Algorithm.EDDSA),
                access.tenants(),
                access.audiences(),
                access.lifeMax(),
                access.schedule(),
                access.binding(),
                access.publication(),
                access.statusList()));
    ring = ring.withSetAside(List.of(key.kid()), T0);
    List<KeyStep> due = new ArrayList<>(due(T0.plus(KeySchedule.RETIRE_AFTER)));
    assertThat(due).contains(new KeyStep.Retire(1, key.kid()));
    assertThat(due)
        .filteredOn(KeyStep.Prepare.class::isInstance)
        .extracting(step -> ((KeyStep.Prepare) step).ring())
        .containsExactly(new Ring("access", PublicJwk.Algorithm.EDDSA));
  }

  @Test
  void duringAPauseTheSameKeySignsOnAndNoOtherIsMade() {
    TokenKey first = stated(1, T0);
    Instant since = T0.plus(DAY).minus(Duration.ofHours(7));
    Instant until = first.statement().activeUntil().minus(LEAD);
    assertThat(Pauses.objection(ring, purposes, until, since)).isEmpty();
    assertThat(Pauses.objection(ring, purposes, until.plusSeconds(1), since))
        .hasValueSatisfying(
            refused -> assertThat(refused.text()).contains("Pause until " + until + " at most"));
    ring = ring.withPause(Optional.of(new KeyRing.Pause(since, until)));
    assertThat(due(until.minusMillis(1))).as("it would have been due").isEmpty();
    assertThat(due(until)).as("and is when the pause ends, by itself").hasSize(1);
  }

  @Test
  void aKeyThatIsStatedAlreadyWaitsForThePauseToEndWhileTheOldOneCanSign() {
    TokenKey first = stated(1, T0);
    TokenKey second = stated(2, T0.plus(DAY));
    Instant until = T0.plus(DAY).plus(Duration.ofHours(3));
    ring = ring.withPause(Optional.of(new KeyRing.Pause(T0.plus(DAY).minusSeconds(60), until)));
    assertThat(ring.activeAt(ACCESS, until.minusMillis(1))).contains(first);
    assertThat(ring.activeAt(ACCESS, until)).contains(second);
    assertThat(due(until.plus(KeySchedule.RETIRE_AFTER).minusMillis(1))).isEmpty();
    assertThat(due(until.plus(KeySchedule.RETIRE_AFTER)))
        .containsExactly(new KeyStep.Retire(1, first.kid()));
    ring = ring.withSetAside(List.of(first.kid()), until.minusSeconds(1));
    assertThat(ring.activeAt(ACCESS, until.minusSeconds(1)))
        .as("no pause keeps a key that was taken back")
        .contains(second);
  }
}
