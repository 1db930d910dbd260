package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.monitor.judging.UnheldToken.Listed;
import dev.counterfoil.monitor.judging.UnheldToken.Log;
import dev.counterfoil.monitor.judging.UnheldToken.Unvouched;
import dev.counterfoil.monitor.judging.UnheldToken.Verdict;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each ground of a verdict as a row: what differs from a token of a dead signer's last moment. */
class UnheldTokenTest {
  private static final Instant DIED = Instant.parse("2026-11-25T12:00:00Z");
  private static final long PUBLISHED = 500;

  /** A token of the last moment, of which the authority cannot say anything. */
  static final class Case {
    private Log log = new Log.SignerGone(DIED);
    private long position = PUBLISHED;
    private Optional<Instant> issuedAt = Optional.of(DIED);
    private Listed listed = Listed.NOT_KNOWN;
    private Unvouched record = Unvouched.NONE;
    private boolean claimed;
    private Instant now = DIED.plusSeconds(5);

    Case log(Log value) {
      log = value;
      return this;
    }

    Case position(long value) {
      position = value;
      return this;
    }

    Case issuedAt(Instant value) {
      issuedAt = Optional.of(value);
      return this;
    }

    Case withoutTime() {
      issuedAt = Optional.empty();
      return this;
    }

    Case listed(Listed value) {
      listed = value;
      return this;
    }

    Case record(Unvouched value) {
      record = value;
      return this;
    }

    Case claimed() {
      claimed = true;
      return this;
    }

    Case now(Instant value) {
      now = value;
      return this;
    }

    Verdict verdict() {
      return new UnheldToken(
              log,
              position,
              PUBLISHED,
              issuedAt,
              DIED.minusSeconds(10),
              listed,
              record,
              claimed,
              now,
              DIED.plusSeconds(600))
          .verdict();
    }
  }

  static Stream<Arguments> rows() {
    Log lost = new Log.Lost(DIED);
    return Stream.of(
        row("the last moment of a signer that died", new Case(), Verdict.UNPROVEN),
        row("the same, and handed out", new Case().listed(Listed.RELEASED), Verdict.UNPROVEN),
        row(
            "the same, and the list lacks it",
            new Case().listed(Listed.NOT_RELEASED),
            Verdict.NOT_RELEASED),
        row(
            "its signer is there and published since",
            new Case().log(new Log.Issuing()),
            Verdict.PAST_A_LIVE_LOG),
        row(
            "the same, and the authority handed it out: its disk went back",
            new Case().log(new Log.Issuing()).listed(Listed.RELEASED),
            Verdict.ROLLED_BACK),
        row(
            "the same, and the list lacks it",
            new Case().log(new Log.Issuing()).listed(Listed.NOT_RELEASED),
            Verdict.PAST_A_LIVE_LOG),
        row(
            "further than its signer can have come, whatever the authority says",
            new Case()
                .log(new Log.Issuing())
                .listed(Listed.RELEASED)
                .position(PUBLISHED + UnheldToken.UNPUBLISHED_MAX),
            Verdict.PAST_A_LIVE_LOG),
        row(
            "its log was replaced on purpose, and the authority handed it out",
            new Case().log(new Log.Complete()).listed(Listed.RELEASED),
            Verdict.ROLLED_BACK),
        row(
            "before the last head, and the authority handed it out",
            new Case().issuedAt(DIED.minusSeconds(12)).listed(Listed.RELEASED),
            Verdict.ROLLED_BACK),
        row(
            "after its death, whatever the authority says",
            new Case().issuedAt(DIED.plusSeconds(2)).listed(Listed.RELEASED),
            Verdict.TOO_LATE),
        row(
            "its log was replaced on purpose",
            new Case().log(new Log.Complete()),
            Verdict.PAST_A_COMPLETE_LOG),
        row("the authority does not say", new Case().log(new Log.NotKnown()), Verdict.UNPROVEN),
        row(
            "the last position that can be unpublished",
            new Case().position(PUBLISHED + UnheldToken.UNPUBLISHED_MAX - 1),
            Verdict.UNPROVEN),
        row(
            "one further",
            new Case().position(PUBLISHED + UnheldToken.UNPUBLISHED_MAX),
            Verdict.TOO_FAR),
        row("the second of its death", new Case().issuedAt(DIED.plusSeconds(1)), Verdict.UNPROVEN),
        row("after its death", new Case().issuedAt(DIED.plusSeconds(2)), Verdict.TOO_LATE),
        row(
            "the second of the last head",
            new Case().issuedAt(DIED.minusSeconds(11)),
            Verdict.UNPROVEN),
        row("before the last head", new Case().issuedAt(DIED.minusSeconds(12)), Verdict.TOO_EARLY),
        row("its time is not known", new Case().withoutTime(), Verdict.UNPROVEN),
        row("two digests for its position", new Case().claimed(), Verdict.TWO_DIGESTS),
        row(
            "two digests, and this one was handed out",
            new Case().claimed().listed(Listed.RELEASED),
            Verdict.UNPROVEN),
        row(
            "a custodian has another token there",
            new Case().record(Unvouched.ANOTHER_TOKEN).listed(Listed.NOT_KNOWN),
            Verdict.TWO_DIGESTS),
        row(
            "the same, and the authority handed this one out",
            new Case().record(Unvouched.ANOTHER_TOKEN).listed(Listed.RELEASED),
            Verdict.ROLLED_BACK),
        row(
            "a custodian has its counterfoil",
            new Case().record(Unvouched.THIS_TOKEN).listed(Listed.NOT_RELEASED),
            Verdict.HELD_ELSEWHERE),
        row(
            "its log lost it, and it was handed out",
            new Case().log(lost).listed(Listed.RELEASED),
            Verdict.LOST),
        row("its log may have lost it", new Case().log(lost), Verdict.UNPROVEN),
        row(
            "its log ended by loss, and the list lacks it",
            new Case().log(lost).listed(Listed.NOT_RELEASED),
            Verdict.NOT_RELEASED),
        row(
            "far past the end of a log that lost tokens",
            new Case().log(lost).position(PUBLISHED + 100_000).listed(Listed.RELEASED),
            Verdict.TOO_FAR),
        row("unproven until it expires", new Case().now(DIED.plusSeconds(600)), Verdict.UNSETTLED));
  }

  private static Arguments row(String name, Case facts, Verdict verdict) {
    return Arguments.of(name, facts, verdict);
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("rows")
  void isJudgedByItsFacts(String name, Case facts, Verdict verdict) {
    assertThat(facts.verdict()).isEqualTo(verdict);
  }

  @Test
  void everyVerdictHasARow() {
    Set<Verdict> seen = EnumSet.noneOf(Verdict.class);
    rows().forEach(row -> seen.add((Verdict) row.get()[2]));
    // No fact leads to the last ones: there was nobody to give one.
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(
            EnumSet.complementOf(EnumSet.of(Verdict.UNANSWERED, Verdict.NOT_HELD)));
  }
}
