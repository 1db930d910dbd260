package dev.counterfoil.disclosure.clocks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One thing that a rule wants told.
 *
 * @param id within its rule
 * @param limits each with what it runs from; the earliest of those that run counts
 * @param every how often it is due again; empty where once is enough
 * @param to the recipient
 * @param form how it is told
 * @param fields texts that it needs
 */
public record ClockStage(
    String id,
    List<Limit> limits,
    Optional<TimeLimit> every,
    String to,
    String form,
    List<String> fields) {
  /** What a trigger begins with that is another stage of the same rule, once it was met. */
  static final String MET = "met:";

  /**
   * A limit.
   *
   * @param trigger the event that starts it, or {@code met:} and a stage
   * @param within how long it runs
   */
  public record Limit(String trigger, TimeLimit within) {}

  public ClockStage {
    limits = List.copyOf(limits);
    fields = List.copyOf(fields);
  }

  static ClockStage parse(JsonObject json) throws FormatException {
    json.allowOnly("id", "limits", "every", "to", "form", "fields");
    List<Limit> limits = new ArrayList<>();
    for (JsonObject one : json.objects("limits")) {
      one.allowOnly("trigger", "within");
      limits.add(new Limit(one.string("trigger"), TimeLimit.parse(one.string("within"))));
    }
    if (limits.isEmpty()) {
      throw new FormatException("stage " + json.string("id") + " has no limit");
    }
    Optional<String> every = json.optionalString("every");
    return new ClockStage(
        json.string("id"),
        limits,
        every.isEmpty() ? Optional.empty() : Optional.of(TimeLimit.parse(every.get())),
        json.string("to"),
        json.string("form"),
        json.strings("fields"));
  }
}
