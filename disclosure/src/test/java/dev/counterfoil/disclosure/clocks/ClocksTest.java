package dev.counterfoil.disclosure.clocks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.PublicDocuments;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When each regime's limits end: across zones, changes of the clock, weekends and holidays. */
class ClocksTest {
  private static final Map<String, String> UNITS =
      Map.of("hours", "h", "bizdays", "bd", "minutes", "m", "days", "d", "months", "mo");

  @ParameterizedTest
  @CsvSource({
    // Hours run on over a weekend, and over the hour that is skipped or comes twice.
    "gdpr-33, notification, 2026-11-27T22:00:00Z, 2026-11-30T22:00:00Z",
    "gdpr-33, notification, 2026-03-28T12:00:00Z, 2026-03-31T12:00:00Z",
    "gdpr-33, notification, 2026-10-24T12:00:00Z, 2026-10-27T12:00:00Z",
    "gdpr-33-2, controllers, 2026-12-31T23:30:00Z, 2027-01-01T23:30:00Z",
    "nis2-23, early-warning, 2026-11-30T02:00:00Z, 2026-12-01T02:00:00Z",
    "nis2-23-trust-service, notification, 2026-11-30T02:00:00Z, 2026-12-01T02:00:00Z",
    // A month ends with the month, and at the same local time: an hour earlier in UTC in summer.
    "nis2-23, final-report, 2027-01-31T10:00:00Z, 2027-02-28T10:00:00Z",
    "nis2-23, final-report, 2027-02-28T10:00:00Z, 2027-03-28T09:00:00Z",
    "cra-14-2, final-report, 2026-10-20T10:00:00Z, 2026-11-03T11:00:00Z",
    "cra-14-4, early-warning, 2026-09-12T10:00:00Z, 2026-09-13T10:00:00Z",
    "dora-19, intermediate, 2026-11-27T16:00:00Z, 2026-11-30T16:00:00Z",
    // Four business days in New York; the day there counts, not the one in UTC.
    "sec-8k-105, 8-k, 2026-11-30T15:00:00Z, 2026-12-04T22:30:00Z",
    "sec-8k-105, 8-k, 2026-12-01T03:00:00Z, 2026-12-04T22:30:00Z",
    "sec-8k-105, 8-k, 2026-11-28T15:00:00Z, 2026-12-03T22:30:00Z",
    // Thanksgiving; Christmas; Independence Day on a Saturday is observed on the Friday.
    "sec-8k-105, 8-k, 2026-11-24T15:00:00Z, 2026-12-01T22:30:00Z",
    "sec-8k-105, 8-k, 2026-12-22T15:00:00Z, 2026-12-29T22:30:00Z",
    "sec-8k-105, 8-k, 2026-06-30T15:00:00Z, 2026-07-07T21:30:00Z",
    // Daylight saving time begins on 8 March 2026.
    "sec-8k-105, 8-k, 2026-03-05T15:00:00Z, 2026-03-11T21:30:00Z",
    "ccadb, full-report, 2026-11-30T10:00:00Z, 2026-12-14T10:00:00Z",
    "fedramp-d-pain5, initial, 2026-11-30T10:00:00Z, 2026-11-30T10:15:00Z",
    "fedramp-c-pain1, initial, 2026-11-25T15:00:00Z, 2026-11-28T04:59:00Z"
  })
  void aLimitEnds(String rule, String stage, Instant from, Instant due) throws Exception {
    ClockRule of = ClockPack.rule(ClockPack.all(List.of()), rule).orElseThrow();
    ClockStage.Limit limit =
        of.stages().stream()
            .filter(one -> one.id().equals(stage))
            .findFirst()
            .orElseThrow()
            .limits()
            .getFirst();
    assertThat(limit.within().after(from, of.zone(), of.calendar(), of.dayEnds())).isEqualTo(due);
  }

  @Test
  void whatIsNotInForceStartsNoClock() throws Exception {
    List<ClockPack> packs = ClockPack.all(List.of());
    assertThat(ClockPack.rule(packs, "circia").map(ClockRule::enabled)).hasValue(false);
    assertThat(ClockPack.rule(packs, "gdpr-33").map(ClockRule::enabled)).hasValue(true);
    assertThat(packs).allMatch(pack -> pack.reviewedOn().equals("never"));
  }

  @Test
  void fedrampsLimitsAreThoseThatItPublishes() throws Exception {
    Path rules = PublicDocuments.at("fedramp-consolidated-rules.json");
    JsonObject all =
        StrictJson.object(Files.readAllBytes(rules), 64 << 20)
            .object("FRR")
            .object("IEC")
            .object("data")
            .object("all")
            .object("CSO");
    List<ClockPack> packs = ClockPack.all(List.of());
    Map<String, String> stages =
        Map.of("IEC-CSO-IIR", "initial", "IEC-CSO-OIR", "ongoing", "IEC-CSO-FIR", "final");
    int compared = 0;
    for (Map.Entry<String, String> stage : stages.entrySet()) {
      for (String level : List.of("a", "b", "c", "d")) {
        for (String pain : List.of("1", "2", "3", "4", "5")) {
          JsonObject frames =
              all.object(stage.getKey())
                  .object("varies_by_class")
                  .object(level)
                  .object("pain_timeframes")
                  .object(pain);
          JsonObject frame = frames.object(frames.names().iterator().next());
          Object count = frame.get("timeframe_num");
          String unit = UNITS.get(frame.string("timeframe_type"));
          String published =
              count instanceof Double part && unit != null && unit.equals("h")
                  ? Math.round(part * 60) + "m"
                  : count + unit;
          ClockRule rule = ClockPack.rule(packs, "fedramp-" + level + "-pain" + pain).orElseThrow();
          TimeLimit ours =
              rule.stages().stream()
                  .filter(one -> one.id().equals(stage.getValue()))
                  .findFirst()
                  .orElseThrow()
                  .limits()
                  .getFirst()
                  .within();
          assertThat(ours).isEqualTo(TimeLimit.parse(published));
          compared++;
        }
      }
    }
    assertThat(compared).isEqualTo(60);
  }
}
