package dev.counterfoil.disclosure.desk;

import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import dev.counterfoil.disclosure.record.DisclosureRecord;
import dev.counterfoil.disclosure.record.Hold;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Decisions not to disclose yet: two people, a reason, an end, and a commitment that everybody
 * sees. One person ends it, for telling is what is done without a decision.
 */
final class HoldDesk {
  private static final int REASON_MAX = 2_000;
  private static final int HOLDS_MAX = 100;

  private final DisclosureRecord record;
  private final InstantSource clock;

  HoldDesk(DisclosureRecord record, InstantSource clock) {
    this.record = record;
    this.clock = clock;
  }

  Answer hold(IncidentRecord one, JsonObject arguments, String by)
      throws FormatException, IOException {
    Instant now = clock.instant();
    Instant until = Instant.ofEpochSecond(arguments.number("until"));
    String reason = arguments.string("reason");
    if (reason.isBlank() || reason.length() > REASON_MAX) {
      throw new FormatException("a hold has a reason of at most " + REASON_MAX + " characters");
    }
    if (!until.isAfter(now) || until.isAfter(now.plus(Hold.LONGEST))) {
      throw new FormatException("a hold ends in the future, at most 30 days from now");
    }
    if (one.holds().size() >= HOLDS_MAX) {
      return new Answer.Refused(
          Code.CONFLICT, "this incident was held back often enough: disclose");
    }
    long position =
        record
            .add(RecordKind.HOLD, one.id(), now, by, Hold.body(reason, until), Optional.empty())
            .position();
    return shown(one, position);
  }

  Answer decide(IncidentRecord one, JsonObject arguments, String by, boolean lifts)
      throws FormatException, IOException {
    Hold hold =
        one.holds().stream()
            .filter(is(arguments.number("hold")))
            .findFirst()
            .orElseThrow(() -> new FormatException("this incident has no such hold"));
    if (hold.liftedAt().isPresent() || !clock.instant().isBefore(hold.until())) {
      return new Answer.Refused(Code.CONFLICT, "this hold is over: begin another one");
    }
    if (!lifts && hold.by().equals(by)) {
      return new Answer.Refused(
          Code.NOT_ALLOWED,
          "you asked for it yourself. Another operator runs: counterfoil hold confirm %s %d"
              .formatted(one.id(), hold.position()));
    }
    record.add(
        RecordKind.HOLD_DECISION,
        one.id(),
        clock.instant(),
        by,
        JsonObject.builder().put("hold", hold.position()).put("lifted", lifts).build(),
        Optional.empty());
    return shown(one, hold.position());
  }

  private static Predicate<Hold> is(long position) {
    return hold -> hold.position() == position;
  }

  private Answer shown(IncidentRecord one, long position) {
    return DisclosureDesk.done(
        one.holds().stream().filter(is(position)).findFirst().map(this::json).orElseThrow());
  }

  Answer list(IncidentRecord one) {
    return DisclosureDesk.done(
        JsonObject.builder()
            .put("incident", one.id())
            .put("holds", one.holds().stream().map(this::json).toList())
            .build());
  }

  private JsonObject json(Hold hold) {
    return JsonObject.builder()
        .put("hold", hold.position())
        .put("reason", hold.reason())
        .put("until", hold.until().toString())
        .put("by", hold.by())
        .put("confirmed_by", hold.confirmedBy().orElse(null))
        .put("in_force", hold.isInForce(clock.instant()))
        .put("commitment", record.log().line(hold.position()))
        .build();
  }

  /** Why nothing may be published of an incident now; empty where it may. */
  static Optional<Answer.Refused> refusal(IncidentRecord one, Instant now) {
    return one.heldBack(now)
        .map(
            hold ->
                new Answer.Refused(
                    Code.CONFLICT,
                    "it is held back until %s by %s and %s. To end that, run: counterfoil hold lift %s %d"
                        .formatted(
                            hold.until(),
                            hold.by(),
                            hold.confirmedBy().orElse(""),
                            one.id(),
                            hold.position())));
  }

  /** When what is held back is told after all. */
  static List<DueStage> clocks(IncidentRecord one, Instant now) {
    return one.heldBack(now).stream()
        .map(
            hold ->
                new DueStage(
                    one.id(),
                    "hold",
                    Long.toString(hold.position()),
                    hold.until(),
                    "the public",
                    "disclose, or decide again",
                    List.of(),
                    "held back by %s and %s".formatted(hold.by(), hold.confirmedBy().orElse(""))))
        .toList();
  }

  /** What everybody sees: the log's line, and when it ends; not why. */
  static String published(DisclosureRecord record, String domain, Instant now) {
    StringBuilder out = new StringBuilder("Domain " + domain + " holds back:\n");
    for (IncidentRecord one : record.incidents()) {
      for (Hold hold : one.holds()) {
        if (hold.confirmedBy().isPresent()) {
          out.append("\nposition ").append(hold.position()).append(" of the disclosure log, ");
          out.append(
              hold.liftedAt().isPresent()
                  ? "ended at " + hold.liftedAt().get()
                  : now.isBefore(hold.until())
                      ? "until " + hold.until()
                      : "OVER since " + hold.until());
          out.append('\n').append(record.log().line(hold.position())).append('\n');
        }
      }
    }
    return out.toString();
  }
}
