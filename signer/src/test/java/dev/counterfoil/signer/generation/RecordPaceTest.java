package dev.counterfoil.signer.generation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecordPaceTest {
  private static final long START = 1_000;
  private final RecordPace pace = new RecordPace(START);

  @Test
  void recordsForWhichNoTokenWaitsAreGathered() {
    pace.more(START + 5);
    pace.more(START + 7);
    assertThat(pace.next(false, 0)).isEqualTo(START + 5 + RecordPace.GATHERED_NANOS);
    long answered = START + 5 + RecordPace.GATHERED_NANOS;
    pace.answered(answered, 10);
    pace.more(answered + 20);
    assertThat(pace.next(false, 10)).isEqualTo(answered + 20 + RecordPace.GATHERED_NANOS);
  }

  @Test
  void theyGoAtOnceWhenATokenComesToWait() {
    pace.more(START + 5);
    assertThat(pace.next(false, 0)).isGreaterThan(START + 6);
    assertThat(pace.next(true, 0)).isLessThanOrEqualTo(START + 5);
  }

  @Test
  void whileATokenWaitsTheyGoWhenTheCustodianHasSpokenAndSoonWhereHeDoesNot() {
    pace.answered(START, 10);
    pace.more(START + 1);
    assertThat(pace.next(true, 9)).isEqualTo(START + RecordPace.HURRIED_NANOS);
    assertThat(pace.next(true, 10)).isLessThanOrEqualTo(START + 1);
    // An answer to a custodian that is behind does not make an older word count for a newer one.
    pace.answered(START + 2, 3);
    pace.more(START + 3);
    assertThat(pace.next(true, 9)).isEqualTo(START + 2 + RecordPace.HURRIED_NANOS);
  }
}
