package dev.counterfoil.format.alarm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.alarm.KeyAlarm.Kind;
import dev.counterfoil.format.alarm.KeyAlarm.Urgency;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.Samples;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.root.Delegation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which alarms keys give, on a clock that the test moves. Each has a control that gives none. */
class KeyAlarmsTest {
  private static final Instant START = Samples.NOW;
  private static final Duration WINDOW = Duration.ofHours(36);
  private static final Duration LEAD = Duration.ofMinutes(15);
  private static final Duration FOLLOWED = WINDOW.multipliedBy(4).dividedBy(5);

  private final Samples samples = new Samples();
  private final KeyLogState state = samples.nothing();
  private long version;

  @BeforeEach
  void theDomainBegins() throws Exception {
    state.apply(KeyLogEntry.of(samples.sign(samples.root().unsigned())));
    delegate(samples.bounds(), START, 4);
    give(new KeyLogEvent.LogStated(samples.log()), START);
  }

  /** Delegates windows of 30 days, one after another. */
  private void delegate(Delegation.Bounds bounds, Instant from, int windows) throws Exception {
    for (int i = 0; i < windows; i++) {
      Instant begin = from.plus(Duration.ofDays(30L * i));
      state.apply(
          KeyLogEntry.of(
              samples.sign(samples.delegation(++version, bounds, from, begin, 30).unsigned())));
    }
  }

  private void give(KeyLogEvent.Gives event, Instant at) throws Exception {
    state.apply(samples.signed(event, state.size(), at));
  }

  private void take(KeyLogEvent.Takes event, Instant at) throws Exception {
    state.apply(KeyLogEntry.of(event, at));
  }

  private KeyStatement key(Instant from, Duration window, AllowList tenants) {
    return samples.statement().toBuilder()
        .jwk(Samples.es256())
        .tenants(tenants)
        .active(from, from.plus(window))
        .verifyUntil(from.plus(window).plusSeconds(960))
        .successorLead(LEAD)
        .build();
  }

  private KeyStatement stated(Instant from, Instant at) throws Exception {
    KeyStatement key = key(from, WINDOW, AllowList.of("acme"));
    give(new KeyLogEvent.KeyStated(key), at);
    return key;
  }

  private List<KeyAlarm> alarms(Instant now) throws FormatException {
    return KeyAlarms.of(state.keySet(state.size(), now), now);
  }

  private List<String> codes(Instant now) throws FormatException {
    return alarms(now).stream()
        .filter(alarm -> alarm.kind() != Kind.CEREMONY_DUE)
        .map(alarm -> alarm.kind().code() + " " + alarm.urgency())
        .toList();
  }

  /** Steps in the order in which they were first seen, looked at every so often. */
  private Set<KeyAlarm.Step> steps(Instant from, Instant to, Duration every)
      throws FormatException {
    Set<KeyAlarm.Step> seen = new LinkedHashSet<>();
    for (Instant now = from; now.isBefore(to); now = now.plus(every)) {
      alarms(now).forEach(alarm -> seen.add(alarm.identity()));
    }
    return seen;
  }

  @Test
  void keysThatFollowEachOtherAsTheyShouldGiveNone() throws Exception {
    KeyStatement signing = stated(START, START);
    for (int day = 1; day <= 40; day++) {
      Instant takeover = START.plus(Duration.ofDays(day));
      Instant prepared = takeover.minus(Duration.ofHours(6));
      assertThat(codes(prepared)).as("day %d, nothing prepared", day).isEmpty();
      KeyStatement next = stated(takeover, prepared);
      assertThat(codes(takeover.minusSeconds(1))).isEmpty();
      take(new KeyLogEvent.KeyRetired(signing.kid()), takeover.plusSeconds(60));
      Instant ended = takeover.plus(Duration.ofHours(13));
      take(new KeyLogEvent.KeyWithdrawn(signing.kid(), KeyLogEvent.WithdrawalReason.ENDED), ended);
      assertThat(codes(ended)).isEmpty();
      signing = next;
    }
  }

  /** A clock that is behind is more likely than a root that was never asked. */
  @Test
  void beforeTheFirstWindowTheClockIsAskedAbout() throws Exception {
    Instant end = START.plus(Duration.ofDays(120));
    assertThat(alarms(START.minusSeconds(3600)))
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.text()).contains("by this clock").doesNotContain(end.toString());
              assertThat(alarm.urgency()).isEqualTo(Urgency.OUTAGE);
            });
    assertThat(alarms(end))
        .singleElement()
        .satisfies(alarm -> assertThat(alarm.text()).contains("since " + end));
  }

  @Test
  void aCeremonyIsCalledFor60And30And10DaysBeforeTheLastWindowEnds() throws Exception {
    Instant end = START.plus(Duration.ofDays(120));
    assertThat(alarms(end.minus(Duration.ofDays(60)).minusSeconds(1))).isEmpty();
    List<String> urgencies = new ArrayList<>();
    for (int days : new int[] {60, 31, 30, 11, 10, 1, 0}) {
      alarms(end.minus(Duration.ofDays(days)))
          .forEach(
              alarm -> urgencies.add(days + " " + alarm.kind().code() + " " + alarm.urgency()));
    }
    assertThat(urgencies)
        .containsExactly(
            "60 ceremony-due PLAN",
            "31 ceremony-due PLAN",
            "30 ceremony-due SOON",
            "11 ceremony-due SOON",
            "10 ceremony-due NOW",
            "1 ceremony-due NOW",
            "0 ceremony-due OUTAGE");
    assertThat(steps(START, end.plus(Duration.ofDays(2)), Duration.ofHours(6)))
        .as("once per step, however often it is looked at")
        .hasSize(4);
  }

  @Test
  void aCeremonyThatWasHeldEndsTheAlarm() throws Exception {
    Instant late = START.plus(Duration.ofDays(100));
    assertThat(alarms(late)).hasSize(1);
    delegate(samples.bounds(), late, 12);
    assertThat(alarms(late)).isEmpty();
  }

  @Test
  void aKeyThatNobodyFollowsIsMissedBeforeItEndsAndWhenItHas() throws Exception {
    KeyStatement key = stated(START, START);
    Instant missing = START.plus(FOLLOWED).minus(LEAD).plus(KeyAlarms.TOLERATED);
    Instant overdue = START.plus(FOLLOWED).plus(KeyAlarms.TOLERATED);
    Instant tooLate = key.activeUntil().minus(LEAD);
    Instant stopped = key.activeUntil().plus(KeyAlarms.TOLERATED);
    assertThat(codes(missing.minusSeconds(1))).isEmpty();
    assertThat(codes(missing)).containsExactly("next-key-missing SOON");
    assertThat(codes(overdue.minusSeconds(1))).containsExactly("next-key-missing SOON");
    assertThat(codes(overdue)).containsExactly("rotation-overdue NOW", "next-key-missing SOON");
    assertThat(codes(tooLate)).containsExactly("rotation-overdue NOW", "next-key-missing NOW");
    assertThat(codes(stopped.minusSeconds(1))).isEmpty();
    assertThat(codes(stopped)).containsExactly("signing-stopped OUTAGE");
    take(
        new KeyLogEvent.KeyWithdrawn(key.kid(), KeyLogEvent.WithdrawalReason.ENDED),
        stopped.plusSeconds(10));
    assertThat(codes(stopped.plusSeconds(20)))
        .as("the registrar lives and the signer does not")
        .containsExactly("signing-stopped OUTAGE");
    assertThat(alarms(stopped).get(0).kid()).contains(key.kid());
  }

  @Test
  void aKeyThatIsFollowedLateIsWellAgain() throws Exception {
    stated(START, START);
    Instant overdue = START.plus(FOLLOWED).plus(KeyAlarms.TOLERATED);
    assertThat(codes(overdue)).isNotEmpty();
    stated(overdue.plus(LEAD), overdue);
    assertThat(codes(overdue)).containsExactly("rotation-overdue NOW");
    assertThat(codes(overdue.plus(LEAD))).isEmpty();
  }

  @Test
  void aPauseIsTakenForWhatItIsUntilItEndangersTheNextKey() throws Exception {
    KeyStatement key = stated(START, START);
    Instant latest = key.activeUntil().minus(LEAD);
    Instant during = START.plus(FOLLOWED).plus(Duration.ofHours(1));
    assertThat(codes(during)).as("without the pause").isNotEmpty();
    give(new KeyLogEvent.RotationPaused("s1g1", latest.plusSeconds(3_600), "anna"), START);
    assertThat(codes(during)).isEmpty();
    assertThat(codes(latest.minusSeconds(1))).isEmpty();
    assertThat(codes(latest)).containsExactly("next-key-missing NOW");
    give(new KeyLogEvent.RotationPaused("s1g1", during.minusSeconds(1), "anna"), START);
    assertThat(codes(during)).as("it was ended early").isNotEmpty();
  }

  @Test
  void whatWasGivenUpOnPurposeGivesNone() throws Exception {
    KeyStatement key = stated(START, START);
    Instant longAfter = key.activeUntil().plus(Duration.ofDays(2));
    assertThat(codes(longAfter)).isNotEmpty();
    KeyLogState before = state.copy();
    take(new KeyLogEvent.KeyRetired(key.kid()), START.plusSeconds(600));
    assertThat(codes(longAfter)).as("an algorithm was left out of the configuration").isEmpty();
    before.apply(
        KeyLogEntry.of(new KeyLogEvent.KeyRetired(key.kid()), key.activeUntil().plusSeconds(60)));
    assertThat(KeyAlarms.of(before.keySet(before.size(), longAfter), longAfter))
        .as("retired since its window was over, and nobody followed")
        .anyMatch(alarm -> alarm.kind() == Kind.SIGNING_STOPPED);
  }

  @Test
  void aLogThatHasEndedAndKeysThatWereTakenBackGiveNone() throws Exception {
    KeyStatement key = stated(START, START);
    Instant after = key.activeUntil().plus(Duration.ofDays(2));
    KeyLogState tainted = state.copy();
    assertThat(codes(after)).isNotEmpty();
    take(
        new KeyLogEvent.LogEnded("s1g1", 7, Optional.empty(), KeyLogEvent.EndReason.REPLACED),
        START.plusSeconds(60));
    assertThat(codes(after)).isEmpty();
    tainted.apply(KeyLogEntry.of(new KeyLogEvent.KeyTainted(key.kid(), START), START));
    assertThat(KeyAlarms.of(tainted.keySet(tainted.size(), START), after))
        .noneMatch(alarm -> alarm.kid().isPresent());
  }

  @Test
  void ageIsTold() throws Exception {
    KeyStatement key = key(START, Duration.ofDays(14), AllowList.of("acme", "globex"));
    give(new KeyLogEvent.KeyStated(key), START);
    Instant at80 =
        START.plus(Duration.ofDays(14).multipliedBy(4).dividedBy(5)).plus(KeyAlarms.TOLERATED);
    assertThat(codes(at80.minusSeconds(1))).doesNotContain("key-age SOON");
    assertThat(codes(at80)).contains("key-age SOON");
    assertThat(codes(key.activeUntil().minusSeconds(1))).contains("key-age SOON");
    assertThat(codes(key.activeUntil())).contains("key-age OUTAGE");
    assertThat(steps(START, key.activeUntil().plusSeconds(60), Duration.ofHours(1)))
        .filteredOn(step -> step.kind() == Kind.KEY_AGE)
        .extracting(KeyAlarm.Step::step)
        .contains("80%");
  }

  @Test
  void ageIsOfTheClassThatTheFactsGiveAndOfNoOther() throws Exception {
    // Figured twice, here and in KeyCeiling: they agree, and nothing but this test compares them.
    AllowList one = AllowList.of("acme", KeyCeiling.OWN_TENANT);
    AllowList two = AllowList.of("acme", "globex");
    record Case(AllowList served, AllowList delegated, int days) {}
    for (Case each :
        List.of(
            new Case(two, two, 14),
            new Case(AllowList.of("acme"), two, 90),
            new Case(one, AllowList.all(), 90),
            new Case(one, one, 365))) {
      KeyLogState own = samples.nothing();
      own.apply(KeyLogEntry.of(samples.sign(samples.root().unsigned())));
      Delegation.Bounds bounds =
          new Delegation.Bounds(
              each.delegated,
              samples.bounds().audiences(),
              samples.bounds().tokenTypes(),
              samples.bounds().lifeMax());
      for (int i = 0; i < 13; i++) {
        own.apply(
            KeyLogEntry.of(
                samples.sign(
                    samples
                        .delegation(i + 1, bounds, START, START.plus(Duration.ofDays(30L * i)), 30)
                        .unsigned())));
      }
      own.apply(samples.signed(new KeyLogEvent.LogStated(samples.log()), own.size(), START));
      Duration ceiling = Duration.ofDays(each.days);
      KeyStatement key = key(START, ceiling, each.served);
      own.apply(samples.signed(new KeyLogEvent.KeyStated(key), own.size(), START));
      assertThat(KeyCeiling.of(each.served, each.delegated).age()).isEqualTo(ceiling);
      KeySet set = own.keySet(own.size(), START);
      Instant at80 = START.plus(ceiling.multipliedBy(4).dividedBy(5)).plus(KeyAlarms.TOLERATED);
      assertThat(KeyAlarms.of(set, at80.minusSeconds(1)))
          .as("%s", each)
          .noneMatch(alarm -> alarm.kind() == Kind.KEY_AGE);
      assertThat(KeyAlarms.of(set, at80))
          .as("%s", each)
          .anyMatch(alarm -> alarm.kind() == Kind.KEY_AGE && alarm.urgency() == Urgency.SOON);
    }
  }

  @Test
  void aKeyLogThatFallsSilentIsMissedOncePerStep() {
    Duration every = Duration.ofSeconds(2);
    assertThat(KeyAlarms.silence(START, START.plusSeconds(59), every)).isEmpty();
    KeyAlarm silent = KeyAlarms.silence(START, START.plusSeconds(60), every).orElseThrow();
    assertThat(silent.urgency()).isEqualTo(Urgency.NOW);
    assertThat(KeyAlarms.silence(START, START.plusSeconds(299), every).orElseThrow().identity())
        .isEqualTo(silent.identity());
    assertThat(KeyAlarms.silence(START, START.plusSeconds(300), every).orElseThrow().urgency())
        .isEqualTo(Urgency.OUTAGE);
    assertThat(KeyAlarms.silence(START, START.plusSeconds(300), Duration.ofMinutes(5)))
        .as("whoever looks every five minutes sees old heads")
        .isEmpty();
  }
}
