package dev.counterfoil.operations.census;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Acknowledgement.Mode;
import dev.counterfoil.format.word.Acknowledgement.View;
import dev.counterfoil.operations.census.Exposure.Service;
import dev.counterfoil.operations.census.Exposure.Spoken;
import dev.counterfoil.operations.census.Exposure.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who would let a thief in. */
class ExposureTest {
  private static Spoken spoken(
      Mode mode, boolean silent, boolean leaving, long lagMs, String... services) {
    return new Spoken(
        new Acknowledgement(
            "p-" + lagMs,
            "enterprise",
            Instant.parse("2026-11-25T12:00:00Z"),
            List.of(services),
            new View(5, Hash.sha256(new byte[] {1})),
            5,
            Duration.ofMillis(lagMs),
            List.of(),
            mode,
            List.of(),
            mode == Mode.STREAM
                ? java.util.Optional.of(Duration.ofMillis(lagMs + 1))
                : java.util.Optional.empty(),
            java.util.Optional.empty(),
            leaving),
        silent,
        false);
  }

  private static Service one(long issued, long sighted, Spoken... processes) {
    List<Service> judged =
        Exposure.judge(
            Map.of("mail", issued),
            Map.of("mail", sighted),
            Set.of(),
            Set.of("mail"),
            List.of(processes),
            true);
    assertThat(judged).hasSize(1);
    return judged.getFirst();
  }

  @Test
  void whoLooksIntoTheLogRefuses() {
    for (Mode mode : List.of(Mode.TILES, Mode.STREAM, Mode.STAPLED, Mode.ONLINE)) {
      assertThat(one(3, 2, spoken(mode, false, false, 10, "mail")).verdict())
          .isEqualTo(Verdict.REFUSES);
    }
    Service mixed =
        one(
            3,
            2,
            spoken(Mode.TILES, false, false, 10, "files", "mail"),
            spoken(Mode.REPORT, false, false, 900, "mail"));
    assertThat(mixed.verdict()).isEqualTo(Verdict.WOULD_NEVER_REFUSE);
    assertThat(mixed.verdict().text()).isEqualTo("would-never-refuse");
    assertThat(mixed.modes()).containsExactly("report", "tiles");
    assertThat(mixed.lag()).isEqualTo(Duration.ofMillis(900));
  }

  @Test
  void whoIsSilentHasLeftOrSpeaksForOthersCountsForNothing() {
    assertThat(one(3, 0).verdict()).isEqualTo(Verdict.WOULD_NEVER_KNOW);
    assertThat(one(3, 0, spoken(Mode.TILES, false, true, 1, "mail")).verdict())
        .isEqualTo(Verdict.WOULD_NEVER_KNOW);
    assertThat(one(3, 0, spoken(Mode.TILES, false, false, 1, "files")).verdict())
        .isEqualTo(Verdict.WOULD_NEVER_KNOW);
    Service silent = one(3, 0, spoken(Mode.TILES, true, false, 1, "mail"));
    assertThat(silent.verdict()).isEqualTo(Verdict.WOULD_NEVER_KNOW);
    assertThat(silent.silent()).isOne();
    assertThat(silent.lag()).isNull();
  }

  @Test
  void whoReportsWithoutAWordIsNoticed() {
    assertThat(one(3, 1).verdict()).isEqualTo(Verdict.NOTICES);
  }

  /** What somebody reported once says nothing of a forgery that comes now. */
  @Test
  void whereNobodyReportsAnyMoreNobodyNotices() {
    for (Spoken gone :
        List.of(
            spoken(Mode.TILES, true, false, 1, "mail"),
            spoken(Mode.TILES, true, true, 1, "mail"),
            spoken(Mode.TILES, false, true, 1, "mail"))) {
      Service left = one(3, 1, gone);
      assertThat(left.verdict()).as(gone.toString()).isEqualTo(Verdict.WOULD_NEVER_KNOW);
      assertThat(left.silent()).isEqualTo(gone.said().leaving() ? 0 : 1);
    }
    assertThat(
            Exposure.judge(
                Map.of("old", 1L, "new", 1L),
                Map.of("old", 1L, "new", 1L),
                Set.of(),
                Set.of("new"),
                List.of(),
                true))
        .extracting(Service::audience, Service::verdict)
        .containsExactly(tuple("old", Verdict.WOULD_NEVER_KNOW), tuple("new", Verdict.NOTICES));
  }

  @Test
  void issuedAndNeverSightedIsABlindSpotWhateverIsSaid() {
    Spoken looks = spoken(Mode.TILES, false, false, 1, "mail");
    assertThat(one(3, 0, looks).isBlindSpot()).isTrue();
    assertThat(one(3, 1, looks).isBlindSpot()).isFalse();
    assertThat(one(0, 0, looks).isBlindSpot()).isFalse();
    // The monitor has nobody to report to.
    assertThat(one(3, 0, new Spoken(looks.said(), false, true)).isBlindSpot()).isFalse();
    assertThat(one(3, 0, new Spoken(looks.said(), true, true)).isBlindSpot()).isTrue();
  }

  /** Counterfoils that are not held may be its tokens: nobody says that it is no blind spot. */
  @Test
  void whereNotAllThatWasIssuedIsHeldNoneIsSaidToBeNoBlindSpot() {
    for (boolean isComplete : List.of(true, false)) {
      List<Service> judged =
          Exposure.judge(
              Map.of("mail", 1L, "seen", 1L),
              Map.of("seen", 1L),
              Set.of("files"),
              Set.of(),
              List.of(spoken(Mode.TILES, false, false, 1, "files", "mail", "seen")),
              isComplete);
      assertThat(judged)
          .extracting(Service::audience, one -> one.toJson().get("blind_spot"))
          .containsExactlyInAnyOrder(
              tuple("mail", true),
              tuple("seen", false),
              tuple("files", isComplete ? Boolean.FALSE : null));
    }
  }

  @Test
  void theWorstComeFirstAndAudiencesWithoutTokensAreThere() {
    assertThat(
            Exposure.judge(
                Map.of("a", 1L, "b", 1L, "c", 1L),
                Map.of("a", 1L, "c", 1L),
                Set.of("d"),
                Set.of("c"),
                List.of(spoken(Mode.TILES, false, false, 1, "a")),
                true))
        .extracting(Service::audience)
        .containsExactly("b", "d", "c", "a");
  }
}
