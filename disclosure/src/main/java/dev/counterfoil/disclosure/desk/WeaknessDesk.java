package dev.counterfoil.disclosure.desk;

import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import dev.counterfoil.disclosure.record.DisclosureRecord;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.disclosure.weaknesses.Weakness;
import dev.counterfoil.disclosure.weaknesses.WeaknessReport;
import dev.counterfoil.disclosure.weaknesses.WeaknessState;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/** Weaknesses that others report: taken in, moved on by people, with their clocks. */
final class WeaknessDesk {
  /** Strangers write them: a flood of reports may not fill the log. */
  private static final int OPEN_MAX = 1_000;

  private static final int WHY_MAX = 2_000;

  private final DisclosureRecord record;
  private final InstantSource clock;

  WeaknessDesk(DisclosureRecord record, InstantSource clock) {
    this.record = record;
    this.clock = clock;
  }

  Answer receive(JsonObject arguments, String by) throws FormatException, IOException {
    arguments.allowOnly("report");
    WeaknessReport report = WeaknessReport.parse(arguments.object("report"));
    if (record.weaknesses().stream().filter(one -> !one.state().isOver()).count() >= OPEN_MAX) {
      return new Answer.Refused(
          Code.CONFLICT, OPEN_MAX + " reports are open: triage some, then take this one");
    }
    String id =
        "V-%d-%04d"
            .formatted(
                clock.instant().atOffset(ZoneOffset.UTC).getYear(), record.weaknesses().size() + 1);
    record.add(
        RecordKind.WEAKNESS,
        id,
        clock.instant(),
        by,
        JsonObject.builder().put("report", report.toJson()).build(),
        Optional.empty());
    return DisclosureDesk.done(weakness(id).toJson());
  }

  private Weakness weakness(String id) throws FormatException {
    return record.weaknesses().stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new FormatException("no report has this name: see counterfoil vulnerability list"));
  }

  /** All of them, without their texts. */
  Answer list() {
    return DisclosureDesk.done(
        JsonObject.builder()
            .put(
                "reports",
                record.weaknesses().stream()
                    .map(
                        one ->
                            JsonObject.builder()
                                .put("id", one.id())
                                .put("state", one.state().text())
                                .put("subject", one.report().subject())
                                .put("due", one.due().map(due -> due.at().toString()).orElse(null))
                                .put(
                                    "late",
                                    one.due()
                                        .filter(due -> clock.instant().isAfter(due.at()))
                                        .isPresent())
                                .build())
                    .toList())
            .build());
  }

  Answer show(JsonObject arguments) throws FormatException {
    return DisclosureDesk.done(weakness(arguments.string("id")).toJson());
  }

  /** One step, with its reason; or another end of the embargo. */
  Answer move(JsonObject arguments, String by) throws FormatException, IOException {
    arguments.allowOnly("id", "state", "why", "embargo");
    Weakness one = weakness(arguments.string("id"));
    Optional<String> state = arguments.optionalString("state");
    Optional<Long> embargo = arguments.optionalNumber("embargo");
    String why = arguments.string("why");
    if (why.isBlank() || why.length() > WHY_MAX) {
      throw new FormatException("a decision has a reason of at most " + WHY_MAX + " characters");
    }
    if (state.isEmpty() == embargo.isEmpty()) {
      throw new FormatException("name a state, or an end of the embargo");
    }
    if (state.isPresent()) {
      Optional<String> objection = one.objection(WeaknessState.of(state.get()), clock.instant());
      if (objection.isPresent()) {
        return new Answer.Refused(Code.CONFLICT, objection.get());
      }
    } else {
      one.embargoed(Instant.ofEpochSecond(embargo.get()));
    }
    record.add(
        RecordKind.WEAKNESS_MOVE,
        one.id(),
        clock.instant(),
        by,
        arguments.without("id"),
        Optional.empty());
    return DisclosureDesk.done(weakness(one.id()).toJson());
  }

  /** Which are due. */
  List<DueStage> clocks() {
    return record.weaknesses().stream()
        .flatMap(
            one ->
                one.due().stream()
                    .map(
                        due ->
                            new DueStage(
                                one.id(),
                                "vulnerability",
                                due.stage(),
                                due.at(),
                                due.stage().equals("acknowledge") ? "the reporter" : "the public",
                                "counterfoil vulnerability "
                                    + (due.stage().equals("acknowledge") ? "acknowledge" : "triage")
                                    + " "
                                    + one.id(),
                                List.of(),
                                "received " + one.receivedAt())))
        .toList();
  }
}
