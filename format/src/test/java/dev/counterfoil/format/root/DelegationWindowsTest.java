package dev.counterfoil.format.root;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which delegation stands when, walked through on a virtual clock. */
class DelegationWindowsTest {
  private static final Instant NOW = Samples.NOW;

  private final Samples samples = new Samples();
  private DelegationWindows windows = DelegationWindows.none();

  private static Instant day(double day) {
    return NOW.plusSeconds(Math.round(day * 86_400));
  }

  private Delegation add(long version, int issued, int from, int days) throws Exception {
    Delegation delegation =
        samples.delegation(version, samples.bounds(), day(issued), day(from), days);
    windows = windows.with(new DelegationWindows.Window(delegation, delegation.unsigned()));
    return delegation;
  }

  private long standing(double day) {
    return windows.standing(day(day)).map(one -> one.delegation().version()).orElse(0L);
  }

  @Test
  void thirteenWindowsOfOneCeremonyFollowEachOtherWithoutAGap() throws Exception {
    for (int window = 0; window < 13; window++) {
      add(1 + window, 0, 29 * window, 30);
    }
    for (double day = 0; day < 29 * 12 + 30; day += 0.25) {
      assertThat(standing(day)).as("day %s", day).isEqualTo(Math.min(13, (long) (day / 29) + 1));
      assertThat(windows.until(day(day))).contains(day(29 * 12 + 30));
    }
    assertThat(standing(29 * 12 + 30)).isZero();
    assertThat(windows.until(day(29 * 12 + 30))).isEmpty();
    assertThat(standing(-0.1)).as("before the first").isZero();
  }

  @Test
  void theAlarmRisesAsTheLastWindowNearsItsEnd() throws Exception {
    for (int window = 0; window < 13; window++) {
      add(1 + window, 0, 29 * window, 30);
    }
    int end = 29 * 12 + 30;
    assertThat(windows.alarm(day(end - 60.01))).isEqualTo(CeremonyAlarm.NONE);
    assertThat(windows.alarm(day(end - 60))).isEqualTo(CeremonyAlarm.PLAN);
    assertThat(windows.alarm(day(end - 30.01))).isEqualTo(CeremonyAlarm.PLAN);
    assertThat(windows.alarm(day(end - 30))).isEqualTo(CeremonyAlarm.DUE);
    assertThat(windows.alarm(day(end - 10))).isEqualTo(CeremonyAlarm.URGENT);
    assertThat(windows.alarm(day(end - 0.01))).isEqualTo(CeremonyAlarm.URGENT);
    assertThat(windows.alarm(day(end))).isEqualTo(CeremonyAlarm.ENDED);
    add(14, end - 50, end - 50, 30);
    assertThat(windows.alarm(day(end - 50)))
        .as("one window more is no year")
        .isEqualTo(CeremonyAlarm.DUE);
  }

  @Test
  void aGapIsWhereTheAlarmCountsTo() throws Exception {
    add(1, 0, 0, 30);
    add(2, 0, 31, 30);
    assertThat(windows.until(day(5))).contains(day(30));
    assertThat(standing(30.5)).isZero();
    assertThat(standing(31)).isEqualTo(2);
  }

  @Test
  void aLowerVersionNeverComesBack() throws Exception {
    add(1, 0, 0, 30);
    add(2, 0, 29, 30);
    add(3, 0, 58, 30);
    add(4, 10, 10, 5);
    assertThat(standing(10)).isEqualTo(4);
    assertThat(standing(14.9)).isEqualTo(4);
    for (double day = 15; day < 100; day++) {
      assertThat(standing(day)).as("day %s: neither 1 nor those ahead", day).isZero();
    }
  }

  @Test
  void anAheadWindowGivesWayToAHigherVersionThatBeginsEarlier() throws Exception {
    add(1, 0, 0, 30);
    add(2, 0, 29, 30);
    add(3, 0, 25, 30);
    assertThat(standing(24)).isEqualTo(1);
    assertThat(standing(25)).isEqualTo(3);
    assertThat(standing(29)).isEqualTo(3);
    assertThat(standing(56)).isZero();
  }

  @Test
  void anEndedHigherVersionLeavesNothingBehind() throws Exception {
    add(1, 0, 0, 30);
    add(2, 0, 5, 1);
    assertThat(standing(4)).isEqualTo(1);
    assertThat(standing(5)).isEqualTo(2);
    assertThat(standing(7)).as("the window of 1 would hold").isZero();
  }

  @Test
  void whatStoodOnceIsTheLeastThatStandsWhateverTheTime() throws Exception {
    add(1, 0, 0, 30);
    add(2, 0, 20, 30);
    assertThat(standing(19)).isEqualTo(1);
    windows = windows.stoodUnder(2);
    assertThat(standing(19)).isZero();
    assertThat(standing(20)).isEqualTo(2);
  }

  @Test
  void oneWhoseWindowHadBegunWhenItWasSignedStandsFromItsEntryOn() throws Exception {
    add(1, 0, 0, 30);
    Delegation second = add(2, 5, 5, 30);
    assertThat(standing(4)).as("whoever dates an entry back finds nothing").isZero();
    assertThat(windows.standing(day(5)).map(DelegationWindows.Window::delegation))
        .isEqualTo(Optional.of(second));
  }

  @Test
  void aYearOfMonthlyCeremoniesKeepsFewWindows() throws Exception {
    for (int month = 0; month < 24; month++) {
      add(1 + month, 25 * month, 25 * month, 30);
      assertThat(windows.all()).hasSize(1);
    }
    assertThat(windows.highestVersion()).isEqualTo(24);
  }

  @Test
  void theFourteenthWindowIsRefusedAndTakenOnceOneIsOver() throws Exception {
    for (int window = 0; window < 13; window++) {
      add(1 + window, 0, 29 * window, 30);
    }
    assertThatThrownBy(() -> add(14, 0, 29 * 13, 30)).hasMessageContaining("13 windows");
    windows = windows.stoodUnder(2);
    add(14, 29, 29 * 13, 30);
    assertThat(windows.all()).hasSize(13);
  }

  @Test
  void versionsRiseAndNoneUsesThemUp() throws Exception {
    add(1, 0, 0, 30);
    assertThatThrownBy(() -> add(1, 1, 1, 30)).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> add(1_002, 1, 1, 30)).isInstanceOf(FormatException.class);
    add(1_001, 1, 1, 30);
    assertThat(standing(1)).isEqualTo(1_001);
    assertThat(Duration.between(day(1), windows.until(day(1)).orElseThrow()).toDays())
        .isEqualTo(30);
  }
}
