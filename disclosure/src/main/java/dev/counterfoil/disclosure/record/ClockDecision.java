package dev.counterfoil.disclosure.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;

/**
 * A decision about a clock, which is kept with who took it and why.
 *
 * @param rule the rule's id
 * @param event the trigger that happened, or the stage that was met
 * @param at when it happened
 * @param isMet whether a stage was met; else a trigger happened
 * @param by who decided
 * @param why the reason, or where the report is
 */
public record ClockDecision(
    String rule, String event, Instant at, boolean isMet, String by, String why) {
  /** What is recorded of it. */
  public static JsonObject body(String rule, String event, Instant at, boolean isMet, String why) {
    return JsonObject.builder()
        .put("rule", rule)
        .put("event", event)
        .put("at", at.getEpochSecond())
        .put("met", isMet)
        .put("why", why)
        .build();
  }

  static ClockDecision of(RecordEntry entry) throws FormatException {
    JsonObject body = entry.body();
    return new ClockDecision(
        body.string("rule"),
        body.string("event"),
        Instant.ofEpochSecond(body.number("at")),
        body.truth("met"),
        entry.by(),
        body.string("why"));
  }
}
